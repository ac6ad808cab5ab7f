"""Rows whose parent was deleted: left behind, or gone with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
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
    as far as that is known."""

    table: str
    column: str
    how: str
    number: int | None


def detect(scope: Scope, known: Known) -> Iterator[ParentTaken]:
    checks = [check for check in failed_checks(scope, known) if check.leaves]
    if not checks:
        return
    found = accesses(scope, known)
    for delete in found:
        if delete.facts.verb == "DELETE" and delete.wrote and delete.in_app and not delete.lost:
            for children in _children(known, found, delete):
                signal = _signal(known, checks, found, delete, children)
                if signal is not None:
                    yield signal


def _children(known: Known, found: list[Access], delete: Access) -> Iterator[_Children]:
    parent = delete.facts.target or ""
    for table in sorted({table for access in found for table in access.tables}):
        for column, target in references(known, table).items():
            if target == parent and table != parent:
                children = _of(known, found, delete, table, column)
                if children is not None:
                    yield children


def _of(
    known: Known, found: list[Access], delete: Access, table: str, column: str
) -> _Children | None:
    """What became of the rows that referred to what was deleted; None where there were none."""
    own = [each for each in found if each.facts.target == table]
    with_it = [each for each in own if each.wrote and _is_one_work(each, delete)]
    for each in with_it:
        nulls = each.facts.verb == "UPDATE" and None in each.assigned().get(column, [])
        if nulls and _is_by_orm(each):
            return _Children(table, column, NULLED, _number(each))
    deleted = [each for each in with_it if each.facts.verb == "DELETE"]
    if deleted:
        by_orm = all(map(_is_by_orm, deleted))
        numbers = [_number(each) for each in deleted]
        known_numbers = [number for number in numbers if number is not None]
        return _Children(table, column, TAKEN, sum(known_numbers) or None) if by_orm else None
    if any(each.facts.verb == "DELETE" and each.at_us < delete.at_us for each in own):
        return None
    refer = list(_referring(found, delete, table, column))
    if not refer:
        return None
    inserts = [each for each in refer if each.facts.verb == "INSERT"]
    how = TAKEN if _cascades(known, table, column, found, delete) else LEFT
    return _Children(table, column, how, len(inserts) if inserts == refer else None)


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


def _cascades(known: Known, table: str, column: str, found: list[Access], delete: Access) -> bool:
    """Whether the database deletes the rows by itself: as told, and no later read shows one."""
    created = known.run.created_tables.get(table)
    pattern = rf"\b{re.escape(column)}\b[^,]*?ON\s+DELETE\s+CASCADE"
    if created is None or re.search(pattern, created.text, re.IGNORECASE) is None:
        return False
    keys = [value for _, value in delete.equals()]
    later = [a for a in found if a.reads and a.at_us > delete.at_us and table in a.tables]
    cells = [cell for each in later for cell in each.cells(column)]
    return not any(same(cell, key) for cell in cells for key in keys)


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
    values = list(_known_values(found, delete, table))
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
        seen = _is_seen(looks, delete, children.column)
        for leaf in check.leaves if looks else ():
            proven = proven or _shows(leaf, children.how, values, seen)
            by = _more_by(leaf)
            wanted = -1 if children.how == TAKEN else 1
            counted = counted or (by is not None and by == wanted * (children.number or 0) != 0)
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


def _is_seen(looks: list[Access], delete: Access, column: str) -> bool:
    """Whether the rows that were read are such as the deletion left."""
    keys = [value for _, value in delete.equals()]
    cells = [cell for each in looks for cell in each.cells(column)]
    return any(cell is None or any(same(cell, key) for key in keys) for cell in cells)


def _known_values(found: list[Access], delete: Access, table: str) -> Iterator[Shape]:
    """What is known of the rows that there were: as they were inserted, or read before."""
    for each in found:
        rows = each.statement.rows
        if each.facts.target == table and each.facts.verb == "INSERT":
            yield from each.statement.bind_values
        elif each.reads and rows is not None and table in each.tables:
            cells = rows.values if each.at_us <= delete.at_us else ()
            yield from (cell for row in cells for cell in row)


def _shows(leaf: Leaf, how: str, values: list[Shape], seen: bool) -> bool:
    """Whether a difference is made of such rows: left where none was wanted, or gone."""
    if how == TAKEN:
        few = leaf.difference in (Difference.MISSING, Difference.MIXED)
        return few and _holds(missing_members(leaf), values)
    if leaf.difference is Difference.MORE:
        return seen
    if leaf.difference in (Difference.EXTRA, Difference.MIXED):
        return _holds(extra_members(leaf), values) or (seen and not extra_members(leaf))
    return seen and leaf.difference is Difference.VALUE and None in (leaf.expected, leaf.actual)


def _more_by(leaf: Leaf) -> int | None:
    """By how much an actual number, or the length of a list, is more than the expected one."""
    one, other = length(leaf.actual), length(leaf.expected)
    if one is not None and other is not None:
        return one - other
    if type(leaf.actual) is int and type(leaf.expected) is int:
        return leaf.actual - leaf.expected
    return None


def _holds(shapes: list[Shape], values: list[Shape]) -> bool:
    told = [v for v in values if v is not None and not isinstance(v, bool) and v != ""]
    found = [value for shape in shapes for value in scalars(shape)]
    return any(same(value, each) for value in found for each in told)
