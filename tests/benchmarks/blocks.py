"""Blocks of operations, timed on request: one line `<operation> <repeats>` in, nanoseconds per
operation out."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from time import perf_counter_ns


def serve(operations: dict[str, Callable[[int], None]]) -> None:
    """Answer requests for blocks until standard input ends."""
    for line in sys.stdin:
        name, repeats = line.split()
        operation, count = operations[name], int(repeats)
        gc.collect()
        started = perf_counter_ns()
        for number in range(count):
            operation(number)
        print((perf_counter_ns() - started) / count, flush=True)
