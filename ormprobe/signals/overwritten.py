"""Writes whose value was made from a reading that another write had outdated by then."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.checks.failing import failed_checks
from ormprobe.checks.model import FailedCheck, Leaf
from ormprobe.checks.values import is_scalar, same
from ormprobe.signals.accesses import Access, accesses
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Scope, Shape
from ormprobe_taxonomy.signals import WriteOverwritten

READS = ("checks",)

MAX_WRITES = 500


def detect(scope: Scope, known: Known) -> Iterator[WriteOverwritten]:
    checks = [check for check in failed_checks(scope, known) if check.leaves]
    if not checks:
        return
    found = accesses(scope, known)
    writes = [a for a in found if a.facts.verb == "UPDATE" and a.wrote and not a.lost]
    told: dict[tuple[str, str], WriteOverwritten] = {}
    for last in writes[-MAX_WRITES:]:
        if not last.in_app or _is_versioned(last):
            continue
        for other in writes:
            if other.at_us >= last.at_us:
                break
            signal = _overwrites(known, checks, found, last, other)
            if signal is None:
                continue
            before = told.get((signal.table, signal.column))
            if before is None or (signal.proven and not before.proven):
                told[signal.table, signal.column] = signal
    yield from told.values()


def _overwrites(
    known: Known,
    checks: list[FailedCheck],
    found: list[Access],
    last: Access,
    other: Access,
) -> WriteOverwritten | None:
    table = last.facts.target
    if table is None or other.facts.target != table or not _is_same_row(last, other):
        return None
    read = _read_before(found, last, other)
    if read is None:
        return None
    apart = _actor(last) != _actor(other)
    if not apart and not _is_interleaved(known, found, read, last, other):
        return None
    columns = _columns(last, other)
    seen = [
        each for each in columns if any(_found(c, found, (read, other, last), each) for c in checks)
    ]
    if not columns:
        return None
    column = (seen or columns)[0]
    number = last.statement.transaction
    return WriteOverwritten(
        at_us=last.at_us,
        place=known.place(last.statement.site),
        other=known.place(other.statement.site),
        table=table,
        column=column,
        proven=bool(seen),
        transaction=None if number is None else f"{last.statement.process}/{number}",
        events=(read.statement.event, other.statement.event, last.statement.event),
    )


def _columns(last: Access, other: Access) -> list[str]:
    """Columns that both set, the last one to a value, as it would not if it counted on."""
    theirs = dict(other.facts.assigned)
    return [
        column
        for column, places in last.facts.assigned
        if column in theirs and places and column not in last.facts.computed
    ]


def _is_same_row(last: Access, other: Access) -> bool:
    mine = {(p.column.name, repr(value)) for p, value in last.equals()}
    theirs = {(p.column.name, repr(value)) for p, value in other.equals()}
    return bool(mine & theirs)


def _is_versioned(write: Access) -> bool:
    """Whether the row is only written where it is still as it was read: a version, or the value."""
    written = {column for column, _ in write.facts.assigned}
    return any(predicate.column.name in written for predicate, _ in write.equals())


def _actor(access: Access) -> tuple[object, ...]:
    done = access.statement
    return done.process, done.connection, done.session, id(access.step)


def _is_by(access: Access, actor: Access) -> bool:
    """Whether the same task did both, as far as its session, connection and request tell."""
    one, other = access.statement, actor.statement
    if one.process != other.process or access.step is not actor.step:
        return False
    if one.session is not None and one.session == other.session:
        return True
    return one.session == other.session and one.connection == other.connection


def _read_before(found: list[Access], last: Access, other: Access) -> Access | None:
    """The latest reading of the row by who wrote last, where that came before the other write."""
    table = last.facts.target
    reads = [
        each
        for each in found
        if each.reads and each.at_us < last.at_us and table in each.tables and _is_by(each, last)
    ]
    reads = [each for each in reads if _shows(each, last)]
    if not reads or reads[-1].facts.locked:
        return None
    # with one actor two readings stand before two writes: the first one's is not the last one's
    return reads[-1] if reads[-1].at_us < other.at_us else None


def _shows(read: Access, write: Access) -> bool:
    """Whether a reading returned the row that was written, as far as its keys are known."""
    asked = {(p.column.name, repr(value)) for p, value in read.equals()}
    keys = {(p.column.name, repr(value)) for p, value in write.equals()}
    if asked & keys:
        return True
    rows = read.statement.rows
    wanted = {value for _, value in keys}
    return rows is not None and any(repr(k) in wanted for e in rows.entities for k in e.keys)


def _is_interleaved(
    known: Known, found: list[Access], read: Access, last: Access, other: Access
) -> bool:
    """Whether one function, outside a loop, read twice, then wrote twice: it ran twice at once."""
    first, second = last.statement, other.statement
    site = first.site
    if site is None or second.site != site or first.text != second.text:
        return False
    reads = [
        each
        for each in found
        if each.reads
        and each.at_us <= read.at_us
        and each.statement.text == read.statement.text
        and each.statement.site == read.statement.site
        and _shows(each, last)
    ]
    read_site = read.statement.site
    if len(reads) < 2 or read_site is None or read_site.function != site.function:
        return False
    return not known.source.is_looped(site.path, site.line)


def _found(
    check: FailedCheck, found: list[Access], three: tuple[Access, Access, Access], column: str
) -> bool:
    """Whether a check found the value that was written last, and missed the other write in it.

    three: the reading, the write that was lost, and the one over it.
    """
    read, other, last = three
    written = last.assigned().get(column, [])
    # a driver may be given another form of the value than it gives back
    shown = [cell for each in _after(found, last, column) for cell in each.cells(column)]
    theirs = other.assigned().get(column, [])
    for leaf in check.leaves:
        if not is_scalar(leaf.actual) or leaf.expected is None:
            continue
        if not any(same(leaf.actual, each) for each in (*written, *shown)):
            continue
        if any(same(leaf.expected, each) for each in theirs):
            return True
        if _is_counted_on(leaf, read.cells(column), theirs):
            return True
    return False


def _after(found: list[Access], last: Access, column: str) -> list[Access]:
    """What read the row as the last write left it."""
    table = last.facts.target
    later = [each for each in found if each.at_us > last.at_us and table in each.tables]
    again = [each for each in later if each.wrote and column in dict(each.facts.assigned)]
    until = again[0].at_us if again else None
    return [
        each
        for each in later
        if each.reads and (until is None or each.at_us < until) and _shows(each, last)
    ]


def _is_counted_on(leaf: Leaf, before: list[Shape], theirs: list[Shape]) -> bool:
    """Whether the expected number lies where the other write would have led; of numbers that are
    too large to be known, whether the column holds numbers."""
    values = (leaf.actual, leaf.expected, *before[:1], *theirs[:1])
    if len(values) == 4 and all(type(each) is int for each in values):
        actual, expected, first, second = (int(str(each)) for each in values)
        return (expected - actual) * (second - first) > 0
    return all(isinstance(each, str) and each[:1] in _NUMBERS for each in (*before, *theirs))


_NUMBERS = "inf"
"""Types of encoded values: integers, decimals and floats."""
