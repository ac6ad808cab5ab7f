"""Detectors: each turns the events of one outermost scope into signals of one kind.

A detector is a module with `READS`, the lists of a scope without which it has nothing to say, and
`detect(scope, known)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from ormprobe.signals import (
    bypasses,
    detached,
    dropped_changes,
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
    dropped_changes,
    repeated_loads,
    bypasses,
)


def detect(scope: Scope, known: Known) -> Iterator[Signal]:
    """The signals of an outermost scope, with the scopes inside it."""
    _take_in(scope)
    held = {name for found in scope.walk() for name in _LISTS if getattr(found, name)}
    for detector in DETECTORS:
        if held.intersection(detector.READS):
            yield from detector.detect(scope, known)


def _take_in(scope: Scope) -> None:
    """Take in errors that ended the scope and were raised before it: in a class's set-up, say."""
    held = scope.all_errors()
    for found in scope.walk():
        for failure in found.failures:
            for link in failure.chain:
                if link.error is not None and link.error not in held:
                    found.errors.append(link.error)
                    held.append(link.error)


_LISTS = (
    "errors", "failures", "statements", "transactions", "sessions", "warnings", "connections",
    "unawaited", "checks",
)  # fmt: skip
