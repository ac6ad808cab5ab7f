"""Rows whose parent was deleted: left behind, or gone with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ormprobe.checks.differences import extra_members, missing_members
from ormprobe.checks.failing import failed_checks
from ormprobe.checks.model import Difference, FailedCheck, Leaf
from ormprobe.checks.values import length, same, scalars
from ormprobe.signals.accesses import Access, accesses, looked_at, references
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Scope, Shape
from ormprobe_taxonomy.signals import ParentTaken

READS = ("checks",)

NULLED, LEFT, TAKEN = "nulled", "left", "taken"


@dataclass(frozen=True, slots=True)
class _Children:
    """Rows that referred to what was deleted. how: as in the signal. number: how many there were,
    as far as that is known. declared: the database was told to do so."""

    table: str
    column: str
    how: str
    number: int | None
    declared: bool = False


def detect(scope: Scope, known: Known) -> Iterator[ParentTaken]:
    checks = [check for check in failed_checks(scope, known) if check.leaves]
    if not checks:
        return
    found = accesses(scope, known)
    for delete in found:
        if delete.facts.verb == "DELETE" and delete.wrote and delete.in_app and not delete.lost:
            signals = [
                _signal(known, checks, found, delete, children)
                for children in _children(known, found, delete)
            ]
            yield from _best(signal for signal in signals if signal is not None)


def _best(signals: Iterable[ParentTaken]) -> Iterator[ParentTaken]:
    """Of what may have become of the rows of one table, that which the check shows."""
    best: dict[tuple[str, str], ParentTaken] = {}
    for signal in signals:
        before = best.get((signal.table, signal.column))
        if before is None or (signal.proven, signal.counted) > (before.proven, before.counted):
            best[signal.table, signal.column] = signal
    yield from best.values()


def _children(known: Known, found: list[Access], delete: Access) -> Iterator[_Children]:
    parent = delete.facts.target or ""
    for table in sorted({table for access in found for table in access.tables}):
        for column, target in references(known, table).items():
            if target == parent and table != parent:
                yield from _of(known, found, delete, table, column)


def _of(
    known: Known, found: list[Access], delete: Access, table: str, column: str
) -> Iterator[_Children]:
    """What may have become of the rows that referred to what was deleted; none, of none."""
    own = [each for each in found if each.facts.target == table]
    with_it = [each for each in own if each.wrote and _is_one_work(each, delete)]
    for each in with_it:
        if _nulls(each, column) and _is_by_orm(each):
            yield _Children(table, column, NULLED, _number(each))
            return
    deleted = [each for each in with_it if each.facts.verb == "DELETE"]
    if deleted:
        numbers = [_number(each) or 0 for each in deleted]
        if all(map(_is_by_orm, deleted)):
            yield _Children(table, column, TAKEN, sum(numbers) or None)
        return
    if any(each.facts.verb == "DELETE" and each.at_us < delete.at_us for each in own):
        return
    refer = list(_referring(found, delete, table, column))
    inserts = [each for each in refer if each.facts.verb == "INSERT"]
    number = len(inserts) or None
    if refer:
        yield _Children(table, column, LEFT, number, _declares(known, table, column, "SET NULL"))
        if _declares(known, table, column, "CASCADE"):
            yield _Children(table, column, TAKEN, number)


def _nulls(write: Access, column: str) -> bool:
    """Whether an UPDATE sets a column to NULL, bound or written out."""
    values = dict(write.facts.assigned).get(column)
    if write.facts.verb != "UPDATE" or values is None:
        return False
    return None in write.assigned()[column] if values else column not in write.facts.computed


def _referring(found: list[Access], delete: Access, table: str, column: str) -> Iterator[Access]:
    """What shows that rows named the one that was deleted: their writes, or rows that were read."""
    keys = [value for _, value in delete.equals()]
    for each in found:
        if each.at_us >= delete.at_us:
            return
        written = each.assigned().get(column, []) if each.facts.target == table else []
        read = each.cells(column) if each.reads and table in each.tables else []
        if any(same(value, key) for value in (*written, *read) for key in keys):
            yield each


def _declares(known: Known, table: str, column: str, action: str) -> bool:
    """Whether the database was told to do that with rows whose parent is deleted."""
    created = known.run.created_tables.get(table)
    name, words = re.escape(column), action.replace(" ", r"\s+")
    pattern = rf"\b{name}\b[^,]*?\bON\s+DELETE\s+{words}\b"
    return created is not None and re.search(pattern, created.text, re.IGNORECASE) is not None


def _number(write: Access) -> int | None:
    done = write.statement
    return done.affected if done.affected is not None and done.affected > 0 else done.many


def _is_by_orm(access: Access) -> bool:
    """Whether the ORM wrote by itself, and not the app by a statement of its own."""
    return access.statement.via in ("flush", "autoflush") or access.statement.orm is not None


def _is_one_work(one: Access, delete: Access) -> bool:
    """Whether a write went with the deletion: the same line sent it, or the same flush."""
    first, second = one.statement, delete.statement
    if one.step is not delete.step:
        return False
    if first.site == second.site:
        return True
    together = first.transaction is not None and first.transaction == second.transaction
    return together and first.via in ("flush", "autoflush")


def _signal(
    known: Known,
    checks: list[FailedCheck],
    found: list[Access],
    delete: Access,
    children: _Children,
) -> ParentTaken | None:
    table, parent = children.table, delete.facts.target or ""
    values = list(_values_of(found, delete, children))
    read = proven = counted = False
    for check in checks:
        looks = [
            each
            for each in looked_at(check, known, found)
            if each.at_us > delete.at_us and table in each.tables
        ]
        # a read that joins what was deleted loses rows, whatever became of them
        if children.how == TAKEN:
            looks = [each for each in looks if parent not in each.tables]
        read = read or bool(looks)
        orphans = [row for each in looks for row in _orphans(each, delete, children.column)]
        for leaf in check.leaves if looks else ():
            shown = _shows(leaf, children.how, values, orphans)
            by = _more_by(leaf)
            wanted = -1 if children.how == TAKEN else 1
            fits = by is not None and by == wanted * (children.number or 0) != 0
            # what the schema declares, and rows of many that were asked for, may have been meant
            doubts = children.declared + _is_asked(check)
            proven = proven or (shown and not doubts)
            counted = counted or (shown and doubts == 1) or (fits and not doubts)
    if not read:
        return None
    statement = delete.statement
    number = statement.transaction
    return ParentTaken(
        at_us=statement.at_us,
        place=known.place(statement.site),
        table=table,
        column=children.column,
        parent=parent,
        how=children.how,
        proven=proven,
        counted=counted,
        transaction=None if number is None else f"{statement.process}/{number}",
        events=(statement.event,),
    )


def _is_asked(check: FailedCheck) -> bool:
    """Whether a request asked for some rows of many: then too many may have another cause."""
    query = check.target.inputs.get("query") if check.target is not None else None
    return query is not None and bool(query.values)


def _orphans(read: Access, delete: Access, column: str) -> Iterator[tuple[Shape, ...]]:
    """The rows of a later reading that name what was deleted, or nothing any more."""
    keys = [value for _, value in delete.equals()]
    yield from _rows_with(read, column, lambda cell: cell is None or _is_any(cell, keys))


def _values_of(found: list[Access], delete: Access, children: _Children) -> Iterator[Shape]:
    """What is known of the rows that referred to it: as they were written, or read before."""
    keys = [value for _, value in delete.equals()]
    for each in found:
        if each.at_us >= delete.at_us:
            return
        if each.facts.target == children.table and each.facts.verb in ("INSERT", "UPDATE"):
            written = each.assigned().get(children.column, [])
            if any(_is_any(value, keys) for value in written):
                yield from each.statement.bind_values
        elif each.reads and children.table in each.tables:
            for row in _rows_with(each, children.column, lambda cell: _is_any(cell, keys)):
                yield from row


def _rows_with(
    read: Access, column: str, fits: Callable[[Shape], bool]
) -> Iterator[tuple[Shape, ...]]:
    rows = read.statement.rows
    for index, name in enumerate(rows.columns if rows is not None else ()):
        if name.lower() == column and rows is not None:
            yield from (row for row in rows.values if index < len(row) and fits(row[index]))


def _is_any(value: Shape, keys: list[Shape]) -> bool:
    return any(same(value, key) for key in keys)


def _shows(leaf: Leaf, how: str, values: list[Shape], orphans: list[tuple[Shape, ...]]) -> bool:
    """Whether a difference is made of such rows: left where none was wanted, or gone."""
    if how == TAKEN:
        few = leaf.difference in (Difference.MISSING, Difference.MIXED)
        return few and _are_all(missing_members(leaf), values)
    if leaf.difference is Difference.MORE:
        return bool(orphans)
    if leaf.difference in (Difference.EXTRA, Difference.MIXED):
        return _are_all(extra_members(leaf), [*values, *(cell for row in orphans for cell in row)])
    none = None in (leaf.expected, leaf.actual)
    return bool(orphans) and leaf.difference is Difference.VALUE and none


def _are_all(members: list[Shape], values: list[Shape]) -> bool:
    """Whether each member shows a value of the rows."""
    told = [each for each in values if each is not None and not isinstance(each, bool)]
    return bool(members) and all(
        any(same(value, each) for value in scalars(member) for each in told if each != "")
        for member in members
    )


def _more_by(leaf: Leaf) -> int | None:
    """By how much an actual number, or the length of a list, is more than the expected one."""
    one, other = length(leaf.actual), length(leaf.expected)
    if one is not None and other is not None:
        return one - other
    if type(leaf.actual) is int and type(leaf.expected) is int:
        return leaf.actual - leaf.expected
    return None
