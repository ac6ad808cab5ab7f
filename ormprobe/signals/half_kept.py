"""Committed writes of work that then ended in an error or a refusal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ormprobe.checks.differences import extra_members
from ormprobe.checks.failing import failed_checks
from ormprobe.checks.model import FailedCheck, Leaf
from ormprobe.checks.values import length, same, scalars
from ormprobe.signals.accesses import Access, accesses, looked_at
from ormprobe.signals.errors import key_of
from ormprobe.signals.known import Known, steps_of
from ormprobe.timeline.model import Error, EventRef, Refusal, Scope, Shape
from ormprobe_taxonomy.signals import HalfKept

READS = ("checks",)

_ERROR = 400


@dataclass(frozen=True, slots=True)
class _Work:
    """What ended badly: a request, or what a test wanted to be refused. target: of a check that is
    about its answer, and so not about what it left."""

    writes: list[Access]
    ended_us: int
    event: EventRef
    status: int | None = None
    target: Scope | None = None
    errors: tuple[Error, ...] = ()


def detect(scope: Scope, known: Known) -> Iterator[HalfKept]:
    checks = [check for check in failed_checks(scope, known) if check.leaves]
    if not checks:
        return
    found = accesses(scope, known)
    works = [*_refused_requests(scope, found), *_refused_calls(scope, found)]
    for work in works:
        later = [check for check in checks if check.check.at_us > work.ended_us]
        later = [check for check in later if work.target is None or check.target is not work.target]
        if work.writes and later:
            yield from _signal(known, later, found, work)


def _refused_requests(scope: Scope, found: list[Access]) -> Iterator[_Work]:
    for step in steps_of(scope):
        if step.kind != "request" or ((step.status or 0) < _ERROR and not step.failures):
            continue
        writes = [each for each in found if each.step is step and each.kept and each.in_app]
        errors = tuple(error for part in step.walk() for error in part.errors)
        ended = step.ended_us or step.started_us
        yield _Work(writes, ended, step.event, step.status, step, errors)


def _refused_calls(scope: Scope, found: list[Access]) -> Iterator[_Work]:
    for refusal in scope.refusals:
        inside = [
            each
            for each in found
            if each.step is scope and refusal.began_us <= each.at_us <= refusal.at_us
        ]
        writes = [each for each in inside if each.kept and each.in_app]
        yield _Work(writes, refusal.at_us, refusal.event, errors=_errors_in(scope, refusal))


def _errors_in(scope: Scope, refusal: Refusal) -> tuple[Error, ...]:
    return tuple(
        error for error in scope.all_errors() if refusal.began_us <= error.at_us <= refusal.at_us
    )


def _signal(
    known: Known, checks: list[FailedCheck], found: list[Access], work: _Work
) -> Iterator[HalfKept]:
    proven, read = False, set[str]()
    for check in checks:
        looks = [each for each in looked_at(check, known, found) if each.at_us > work.ended_us]
        tables = {table for each in looks for table in each.tables}
        read |= tables
        touched = [each for each in work.writes if each.facts.target in tables]
        until = check.check.at_us
        if any(_left(leaf, each, found, until) for leaf in check.leaves for each in touched):
            proven = True
    left = [each for each in work.writes if each.facts.target in read]
    if not left:
        return
    first = left[0].statement
    yield HalfKept(
        at_us=first.at_us,
        place=known.place(left[-1].statement.site),
        tables=tuple(dict.fromkeys(each.facts.target or "" for each in left)),
        writes=len(left),
        refused=work.status,
        proven=proven,
        transaction=None if first.transaction is None else f"{first.process}/{first.transaction}",
        errors=tuple(key_of(error) for error in work.errors),
        events=(*(each.statement.event for each in left[:8]), work.event),
    )


def _left(leaf: Leaf, write: Access, found: list[Access], until_us: int) -> bool:
    """Whether a check found what a write left, and wanted it as it was before: the value that was
    there, or without the row that was inserted."""
    table = write.facts.target
    others = [each for each in found if each.facts.target == table and each.wrote]
    if any(write.at_us < each.at_us <= until_us for each in others):
        return False
    if write.facts.verb == "UPDATE":
        return any(
            _is_set(leaf, write, column, values) and _was(leaf, write, column, found)
            for column, values in write.assigned().items()
        )
    number = write.statement.affected or 1
    if write.facts.verb == "INSERT":
        values = [value for value in write.statement.bind_values if value is not None]
        if any(_holds(each, values) for each in extra_members(leaf)):
            return True
        return _more_by(leaf) == number or (leaf.expected is None and _holds(leaf.actual, values))
    return write.facts.verb == "DELETE" and _more_by(leaf) == -number


def _is_set(leaf: Leaf, write: Access, column: str, values: list[Shape]) -> bool:
    if column not in write.facts.computed:
        return any(same(leaf.actual, each) for each in values)
    by = _more_by(leaf)
    return by is not None and any(type(each) is int and abs(by) == abs(each) for each in values)


def _was(leaf: Leaf, write: Access, column: str, found: list[Access]) -> bool:
    """Whether the expected value stood in the column before the write."""
    for each in found:
        if each.at_us >= write.at_us:
            break
        if any(same(leaf.expected, cell) for cell in each.cells(column)):
            return True
        own = each.facts.target == write.facts.target and each.wrote
        set_to = each.assigned().get(column, []) if own else []
        if any(same(leaf.expected, value) for value in set_to):
            return True
    return False


def _more_by(leaf: Leaf) -> int | None:
    """By how much an actual number, or the length of a list, is more than the expected one."""
    one, other = length(leaf.actual), length(leaf.expected)
    if one is not None and other is not None:
        return one - other
    if type(leaf.actual) is int and type(leaf.expected) is int:
        return leaf.actual - leaf.expected
    return None


def _holds(shape: Shape, values: Sequence[Shape]) -> bool:
    return any(same(each, value) for each in scalars(shape) for value in values)
