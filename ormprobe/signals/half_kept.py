"""Committed writes of work that then ended in an error or a refusal."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.checks.failing import failed_checks
from ormprobe.checks.model import FailedCheck
from ormprobe.checks.values import same, scalars
from ormprobe.signals.accesses import Access, accesses, looked_at
from ormprobe.signals.errors import key_of
from ormprobe.signals.known import Known, steps_of
from ormprobe.timeline.model import Error, Scope
from ormprobe_taxonomy.signals import HalfKept

READS = ("checks",)

_ERROR = 400


def detect(scope: Scope, known: Known) -> Iterator[HalfKept]:
    checks = [check for check in failed_checks(scope, known) if check.leaves]
    if not checks:
        return
    found = accesses(scope, known)
    for step in steps_of(scope):
        if step.kind != "request" or (step.status or 0) < _ERROR:
            continue
        writes = [a for a in found if a.step is step and a.kept and a.in_app]
        later = [check for check in checks if check.check.at_us > (step.ended_us or 0)]
        if writes and later:
            yield from _signal(known, later, found, writes, step)


def _signal(
    known: Known,
    checks: list[FailedCheck],
    found: list[Access],
    writes: list[Access],
    step: Scope,
) -> Iterator[HalfKept]:
    ended = step.ended_us or 0
    proven, read = False, set[str]()
    for check in checks:
        if check.target is step:
            continue
        looks = [a for a in looked_at(check, known, found) if a.at_us > ended]
        read |= {table for a in looks for table in a.tables}
        proven = proven or any(_left(check, a) for a in writes if a.facts.target in read)
    left = [a for a in writes if a.facts.target in read]
    if not left:
        return
    first = left[0].statement
    yield HalfKept(
        at_us=first.at_us,
        place=known.place(left[-1].statement.site),
        tables=tuple(dict.fromkeys(a.facts.target or "" for a in left)),
        writes=len(left),
        refused=step.status,
        proven=proven,
        transaction=None if first.transaction is None else f"{first.process}/{first.transaction}",
        errors=tuple(key_of(error) for error in _errors(step)),
        events=(*(a.statement.event for a in left[:8]), step.event),
    )


def _left(check: FailedCheck, write: Access) -> bool:
    """Whether a check found what a write left: its value, or a row too many or too few."""
    values = write.statement.bind_values
    for leaf in check.leaves:
        if any(same(found, v) for found in scalars(leaf.actual) for v in values if v is not None):
            return True
        if write.facts.verb in ("INSERT", "DELETE") and leaf.difference in _BY_NUMBER:
            return True
    return False


_BY_NUMBER = ("more", "less", "extra", "missing")


def _errors(step: Scope) -> list[Error]:
    return [error for found in step.walk() for error in found.errors]
