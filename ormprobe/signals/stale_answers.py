"""Answers that are older than the write: as read before it, where what was written was expected."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.checks.differences import missing_members
from ormprobe.checks.failing import failed_checks
from ormprobe.checks.model import Difference, FailedCheck, Leaf
from ormprobe.checks.values import is_scalar, is_sequence, is_strong, length, same
from ormprobe.signals.accesses import Access, accesses, references
from ormprobe.signals.known import Known, in_tests
from ormprobe.signals.stale_lists import changed_by, is_of_rows
from ormprobe.timeline.model import Scope, Shape
from ormprobe_taxonomy.signals import AnsweredStale

READS = ("checks",)

MAX_WRITES = 300

_SMALL = 20
"""Numbers up to here agree by accident: any test counts one and two."""

Told = tuple[str | None, bool]
"""The column, None for rows, and whether values agree and not only weak ones or numbers."""


def detect(scope: Scope, known: Known) -> Iterator[AnsweredStale]:
    checks = [check for check in failed_checks(scope, known) if check.leaves]
    if not checks:
        return
    found = accesses(scope, known)
    for check in checks:
        before = [access for access in found if access.at_us <= check.check.at_us]
        signals = list(_stale(known, check, before))
        if signals:
            yield min(signals, key=lambda signal: not signal.values)


def _stale(known: Known, check: FailedCheck, found: list[Access]) -> Iterator[AnsweredStale]:
    """The newest write first: an answer misses the last one, if any."""
    writes = [each for each in found if each.wrote and each.in_app and not each.lost][-MAX_WRITES:]
    for write in reversed(writes):
        for read in sorted(_reads_before(found, write), key=lambda r: _distance(check, r, write)):
            again = _read_after(check, found, write, read)
            for leaf in check.leaves:
                told = _of_value(leaf, read, write, again)
                told = told or _of_rows(known, check, leaf, read, write, found)
                if told is None:
                    continue
                shown = not again or any(_shows(each, leaf, told[0]) for each in again)
                if not shown and not _is_kept_in_memory(write, read, again, told):
                    continue
                yield _signal(known, check, read, write, told, bool(again))


def _signal(
    known: Known, check: FailedCheck, read: Access, write: Access, told: Told, again: bool
) -> AnsweredStale:
    statement = write.statement
    # answered from another request than that which wrote: who kept the rows is to blame
    kept = _distance(check, read, write) == _KEPT
    place = read.statement.site if kept else statement.site
    number = statement.transaction
    return AnsweredStale(
        at_us=write.at_us,
        place=known.place(place),
        read=known.place(read.statement.site),
        table=write.facts.target or "",
        column=told[0],
        reread=again,
        values=told[1],
        transaction=None if number is None else f"{statement.process}/{number}",
        events=(read.statement.event, statement.event),
    )


def _is_kept_in_memory(write: Access, read: Access, again: list[Access], told: Told) -> bool:
    """Whether objects that a session holds were given in place of the rows that were committed:
    they cannot have had the older value any more."""
    session = read.statement.session
    return (
        told[1]
        and told[0] is not None
        and write.kept
        and session is not None
        and session != write.statement.session
        and all(each.statement.session == session and _keys(each) for each in again)
    )


_HERE, _KEPT, _ELSEWHERE = range(3)


def _distance(check: FailedCheck, read: Access, write: Access) -> int:
    """How a reading stands to the answer: of the same request or call, of an earlier one of the
    same handler, which may have kept what it read, or of another."""
    target = check.target
    if target is None or target.kind != "request" or read.step is target:
        return _HERE
    same = read.step.handler is not None and read.step.handler == target.handler
    return _KEPT if same and write.step is not target else _ELSEWHERE


def _reads_before(found: list[Access], write: Access) -> Iterator[Access]:
    """The readings by the app of the table that is written, the newest first."""
    table = write.facts.target
    for access in reversed(found):
        earlier = access.reads and access.at_us < write.at_us and table in access.tables
        if earlier and not in_tests(access.statement.site):
            yield access


def _read_after(
    check: FailedCheck, found: list[Access], write: Access, read: Access
) -> list[Access]:
    """Later readings, for the same answer, of the same rows, as far as the keys are known."""
    table = write.facts.target
    keys = _keys(read)
    after = [each for each in found if each.reads and each.at_us > write.at_us]
    if check.target is not None and check.target.kind == "request":
        after = [each for each in after if each.step is check.target]
    after = [each for each in after if table in each.tables]
    return [each for each in after if not keys or not _keys(each) or keys & _keys(each)]


def _keys(access: Access) -> set[str]:
    rows = access.statement.rows
    return {repr(key) for each in (rows.entities if rows is not None else ()) for key in each.keys}


def _of_value(leaf: Leaf, read: Access, write: Access, again: list[Access]) -> Told | None:
    """The column whose earlier value was found where the written one was expected.

    again: later readings: what a driver was given may differ in form from what it gives back.
    """
    if write.facts.verb != "UPDATE" or not is_scalar(leaf.actual) or not is_scalar(leaf.expected):
        return None
    if not _is_row_of(read, write):
        return None
    for column, written in write.assigned().items():
        cells = read.cells(column)
        if not any(_is_same(leaf.actual, cell) for cell in cells):
            continue
        now = [cell for each in again for cell in each.cells(column)]
        if any(same(leaf.expected, cell) for cell in now) and len(cells) == 1:
            return column, _is_telling(leaf, column)
        if column in write.facts.computed:
            if any(_is_added(leaf, each) for each in written):
                return column, True
        elif any(_is_same(leaf.expected, each) for each in written):
            return column, _is_telling(leaf, column)
    return None


def _is_same(one: Shape, other: Shape) -> bool:
    return (one is None and other is None) or same(one, other)


def _is_telling(leaf: Leaf, column: str) -> bool:
    """Whether an agreement of values is hardly one by accident."""
    if any(part == column for part in leaf.path):
        return True
    return any(_is_rare(each) for each in (leaf.actual, leaf.expected))


def _is_rare(value: Shape) -> bool:
    return is_strong(value) or (type(value) is int and abs(value) > _SMALL)


def _is_added(leaf: Leaf, value: Shape) -> bool:
    """Whether the expected number is the found one with what an expression added or took."""
    if not (type(leaf.actual) is int and type(leaf.expected) is int and type(value) is int):
        return False
    return abs(leaf.expected - leaf.actual) == abs(value)


def _is_row_of(read: Access, write: Access) -> bool:
    """Whether a read returned a row that the write was for, as far as the keys are known."""
    keys = {repr(value) for _, value in write.equals()}
    shown = _keys(read) | {repr(value) for _, value in read.equals()}
    return not keys or not shown or bool(keys & shown)


def _of_rows(
    known: Known, check: FailedCheck, leaf: Leaf, read: Access, write: Access, found: list[Access]
) -> Told | None:
    """Whether a list, or a number, is that of the rows before some were inserted or deleted."""
    rows = read.statement.rows
    change = changed_by(write)
    if rows is None or not change or read.step is not write.step:
        return None
    if not _is_in_result(known, read, write) or _is_read_elsewhere(check, read, write):
        return None
    if is_sequence(leaf.actual):
        if leaf.difference not in (Difference.MISSING, Difference.EXTRA):
            return None
        # what was missed was written, or the list was expected longer by accident
        sure = bool(length(leaf.actual)) or _are_written(leaf, found)
        return (None, sure) if is_of_rows(leaf, rows, change) else None
    one, other = leaf.actual, leaf.expected
    if type(one) is not int or type(other) is not int or other != one + change:
        return None
    counted = rows.count == 1 and len(rows.columns) == 1 and rows.values
    number = rows.values[0][0] if counted else rows.count
    loaded = read.statement.load is not None or bool(read.facts.aggregates)
    return (None, False) if loaded and number == one else None


def _are_written(leaf: Leaf, found: list[Access]) -> bool:
    """Whether every member that was missed is a value that the outcome wrote."""
    missed = missing_members(leaf)
    written = [
        value
        for access in found
        if access.wrote
        for values in access.assigned().values()
        for value in values
    ]
    return bool(missed) and all(any(same(each, value) for value in written) for each in missed)


def _is_in_result(known: Known, read: Access, write: Access) -> bool:
    """Whether the rows that were written are of those that were read: of the same parent.

    A look-up by another value, as for a name that may be taken, reads no list.
    """
    table = write.facts.target or ""
    keys = references(known, table)
    written = write.assigned() if write.facts.verb == "INSERT" else {}
    for predicate, value in read.equals():
        column = predicate.column.name
        if predicate.column.table not in (table, None):
            continue
        if column not in keys:
            return False
        if column in written and not any(same(value, each) for each in written[column]):
            return False
    return True


def _is_read_elsewhere(check: FailedCheck, read: Access, write: Access) -> bool:
    """Whether what was found was read by another statement, after the write."""
    return any(
        off.statement is not read.statement and off.statement.at_us > write.at_us
        for off in check.read
    )


def _shows(access: Access, leaf: Leaf, column: str | None) -> bool:
    """Whether the rows that were read again hold what was expected."""
    rows = access.statement.rows
    if rows is None:
        return False
    if column is not None:
        return any(same(leaf.expected, cell) for cell in access.cells(column))
    wanted = length(leaf.expected) if is_sequence(leaf.expected) else leaf.expected
    return type(wanted) is int and rows.count == wanted and wanted > 0
