"""Detectors: each turns the events of one outermost scope into signals of one kind.

A detector is a module with `READS`, the lists of a scope without which it has nothing to say, and
`detect(scope, known)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from ormprobe.signals import (
    detached,
    first_connections,
    lost_writes,
    missing_tables,
    raised,
    repeated_loads,
    unknown_names,
)
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Scope
from ormprobe_taxonomy.signals import Signal


class Detector(Protocol):
    @property
    def READS(self) -> tuple[str, ...]: ...
    def detect(self, scope: Scope, known: Known) -> Iterator[Signal]: ...


DETECTORS: tuple[Detector, ...] = (
    raised,
    detached,
    missing_tables,
    unknown_names,
    first_connections,
    lost_writes,
    repeated_loads,
)


def detect(scope: Scope, known: Known) -> Iterator[Signal]:
    """The signals of an outermost scope, with the scopes inside it."""
    held = {name for found in scope.walk() for name in _LISTS if getattr(found, name)}
    for detector in DETECTORS:
        if held.intersection(detector.READS):
            yield from detector.detect(scope, known)


_LISTS = ("errors", "failures", "statements", "transactions")
