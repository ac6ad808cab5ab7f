"""Detectors: each turns the events of one outermost scope into signals of one kind.

A detector is a module with `READS`, the lists of a scope without which it has nothing to say, and
`detect(scope, known)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from ormprobe.signals import (
    amiss_conditions,
    assumed_rows,
    bypassed_hooks,
    bypasses,
    changed_in_place,
    closed_before,
    code_errors,
    contention,
    counted_apart,
    detached,
    drained_pools,
    drift,
    dropped_changes,
    dropped_rows,
    first_connections,
    half_kept,
    homes,
    implicit_access,
    innocence,
    kept_connections,
    lost_writes,
    mapping_places,
    misplaced_operators,
    missing_tables,
    misused_objects,
    mixed_datetimes,
    multiplied_rows,
    never_awaited,
    never_set_up,
    open_orders,
    other_databases,
    overlaps,
    overwritten,
    parents_taken,
    projections,
    raised,
    refused_statements,
    repeated_loads,
    repeated_queries,
    single_writes,
    skipped_writes,
    stale_answers,
    stubs,
    swapped_directions,
    unbounded_results,
    undone,
    unknown_names,
    unmapped_values,
    unset_keys,
    unused_inputs,
    values_in_text,
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
    implicit_access,
    overlaps,
    homes,
    closed_before,
    drained_pools,
    never_awaited,
    never_set_up,
    lost_writes,
    dropped_changes,
    repeated_loads,
    kept_connections,
    assumed_rows,
    code_errors,
    repeated_queries,
    refused_statements,
    drift,
    misused_objects,
    mixed_datetimes,
    contention,
    mapping_places,
    unmapped_values,
    undone,
    bypasses,
    other_databases,
    projections,
    stubs,
    innocence,
    unbounded_results,
    single_writes,
    values_in_text,
    skipped_writes,
    changed_in_place,
    bypassed_hooks,
    unset_keys,
    half_kept,
    overwritten,
    stale_answers,
    parents_taken,
    misplaced_operators,
    multiplied_rows,
    counted_apart,
    open_orders,
    unused_inputs,
    amiss_conditions,
    swapped_directions,
    dropped_rows,
)


def detect(scope: Scope, known: Known) -> Iterator[Signal]:
    """The signals of an outermost scope, with the scopes inside it."""
    _take_in(scope)
    known.memory.take_in(scope, known.run)
    held = {name for found in scope.walk() for name in _LISTS if getattr(found, name)}
    if scope.kind == "process" and scope.last:
        held.add("connections")  # what is still out when the process ends shows in no list
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
    "unawaited", "unmapped", "unwritten", "checks",
)  # fmt: skip
