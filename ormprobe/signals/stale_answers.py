"""Answers that are older than the write: as read before it, where what was written was expected."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.checks.failing import failed_checks
from ormprobe.checks.model import Difference, FailedCheck, Leaf
from ormprobe.checks.values import (
    identity,
    is_mapping,
    is_scalar,
    is_sequence,
    is_strong,
    length,
    members,
    same,
    scalars,
)
from ormprobe.signals.accesses import Access, accesses
from ormprobe.signals.known import Known, in_tests
from ormprobe.timeline.model import Scope, Shape
from ormprobe_taxonomy.signals import AnsweredStale

READS = ("checks",)

MAX_WRITES = 300


def detect(scope: Scope, known: Known) -> Iterator[AnsweredStale]:
    checks = [check for check in failed_checks(scope, known) if check.leaves]
    if not checks:
        return
    found = accesses(scope, known)
    for check in checks:
        before = [access for access in found if access.at_us <= check.check.at_us]
        signal = next(_stale(known, check, before), None)
        if signal is not None:
            yield signal


def _stale(known: Known, check: FailedCheck, found: list[Access]) -> Iterator[AnsweredStale]:
    """The newest write first: an answer misses the last one, if any."""
    writes = [a for a in found if a.wrote and a.in_app and not _is_lost(a)][-MAX_WRITES:]
    for write in reversed(writes):
        for read in _reads_before(found, write):
            for leaf in check.leaves:
                told = _of_value(leaf, read, write) or _of_list(leaf, read, write)
                if told is None:
                    continue
                column, values = told
                again = _read_after(found, write, read)
                if again and not any(_shows(each, leaf, column) for each in again):
                    continue
                yield _signal(known, check, read, write, leaf, column, values, bool(again))


def _is_lost(access: Access) -> bool:
    settled = access.statement.settled_by
    return settled is not None and settled.end in ("rollback", "reset", "close")


def _signal(
    known: Known,
    check: FailedCheck,
    read: Access,
    write: Access,
    leaf: Leaf,
    column: str | None,
    values: bool,
    again: bool,
) -> AnsweredStale:
    statement = write.statement
    # answered from another request or call than that which wrote: who kept the rows is to blame
    kept = check.target is not None and check.target.kind == "request"
    elsewhere = kept and write.step is not check.target
    place = read.statement.site if elsewhere else statement.site
    number = statement.transaction
    return AnsweredStale(
        at_us=write.at_us,
        place=known.place(place),
        read=known.place(read.statement.site),
        table=write.facts.target or "",
        column=column,
        reread=again,
        listed=column is None,
        values=values,
        strong=any(map(is_strong, scalars(leaf.actual))),
        transaction=None if number is None else f"{statement.process}/{number}",
        events=(read.statement.event, statement.event),
    )


def _reads_before(found: list[Access], write: Access) -> Iterator[Access]:
    """The readings by the app of the table that is written, the newest first."""
    table = write.facts.target
    for access in reversed(found):
        if access.reads and access.at_us < write.at_us and table in access.tables:
            if not in_tests(access.statement.site):
                yield access


def _read_after(found: list[Access], write: Access, read: Access) -> list[Access]:
    """Later readings that show the same rows, as far as the keys of both are known."""
    table = write.facts.target
    keys = _keys(read)
    after = [a for a in found if a.reads and a.at_us > write.at_us and table in a.tables]
    return [a for a in after if not keys or not _keys(a) or keys & _keys(a)]


def _keys(access: Access) -> set[object]:
    rows = access.statement.rows
    return {repr(k) for e in (rows.entities if rows is not None else ()) for k in e.keys}


def _of_value(leaf: Leaf, read: Access, write: Access) -> tuple[str, bool] | None:
    """The column whose earlier value was found where the written one was expected."""
    if write.facts.verb != "UPDATE" or not _is_value(leaf) or not _is_row_of(read, write):
        return None
    for column, written in write.assigned().items():
        cells = read.cells(column)
        if not any(same(leaf.actual, cell) or leaf.actual is cell is None for cell in cells):
            continue
        if column in write.facts.computed:
            if _counts(leaf, written):
                return column, True
        elif any(same(leaf.expected, v) or (v is None and leaf.expected is None) for v in written):
            return column, True
    return None


def _is_value(leaf: Leaf) -> bool:
    return is_scalar(leaf.actual) and is_scalar(leaf.expected)


def _counts(leaf: Leaf, written: list[Shape]) -> bool:
    """Whether the expected number is the found one with what an expression added to it."""
    one, other = leaf.actual, leaf.expected
    if not isinstance(one, int) or not isinstance(other, int) or isinstance(one, bool):
        return False
    return any(isinstance(each, int) and abs(other - one) == abs(each) for each in written)


def _is_row_of(read: Access, write: Access) -> bool:
    """Whether a read returned a row that the write was for, as far as the keys are known."""
    keys = {repr(value) for _, value in write.equals()}
    shown = _keys(read) | {repr(value) for _, value in read.equals()}
    return not keys or not shown or bool(keys & shown)


def _of_list(leaf: Leaf, read: Access, write: Access) -> tuple[None, bool] | None:
    """Whether a list, or a number, is that of the rows before some were inserted or deleted."""
    rows = read.statement.rows
    verb = write.facts.verb
    if rows is None or verb not in ("INSERT", "DELETE"):
        return None
    change = _changed(write)
    if change is None:
        return None
    if verb == "DELETE":
        change = -change
    if leaf.difference in (Difference.MISSING, Difference.EXTRA) and is_sequence(leaf.actual):
        if length(leaf.actual) != rows.count or _is_from_elsewhere(leaf, read):
            return None
        wanted = length(leaf.expected)
        if wanted is None or (wanted != rows.count + change and not _is_membership(leaf)):
            return None
        return None, True
    one, other = leaf.actual, leaf.expected
    if isinstance(one, int) and isinstance(other, int) and not isinstance(one, bool):
        if one == rows.count and other == rows.count + change and len(rows.columns) > 1:
            return None, False
    return None


def _is_membership(leaf: Leaf) -> bool:
    """Whether one member was looked for: the rest of the list is not known to be right."""
    return leaf.difference is Difference.MISSING and length(leaf.expected) == 1


def _changed(write: Access) -> int | None:
    """How many rows it inserted or deleted."""
    done = write.statement
    if done.affected is not None and done.affected > 0:
        return done.affected
    if write.facts.verb != "INSERT":
        return None
    return done.many or max((len(values) for values in write.assigned().values()), default=1)


def _is_from_elsewhere(leaf: Leaf, read: Access) -> bool:
    """Whether the found list shows values that the read's rows do not have."""
    rows = read.statement.rows
    if rows is None or not rows.values:
        return False
    cells = {identity(cell) for row in rows.values for cell in row}
    shown = [value for value in scalars(leaf.actual) if isinstance(value, str) and value]
    firsts = members(leaf.actual)[:1] if rows.cut else members(leaf.actual)
    parts = [value for each in firsts for value in scalars(each) if isinstance(value, str)]
    if not shown:
        return False
    if any(is_mapping(each) for each in members(leaf.actual)):
        return not any(identity(value) in cells for value in parts)
    return not all(identity(value) in cells for value in parts)


def _shows(access: Access, leaf: Leaf, column: str | None) -> bool:
    """Whether the rows that were read again hold what was expected."""
    rows = access.statement.rows
    if rows is None:
        return False
    if column is not None:
        return any(same(leaf.expected, cell) for cell in access.cells(column))
    wanted = length(leaf.expected) if is_sequence(leaf.expected) else leaf.expected
    return isinstance(wanted, int) and rows.count == wanted and wanted > 0
