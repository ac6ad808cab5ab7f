"""Rows whose parent was deleted: left behind, or gone with it."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.checks.differences import extra_members, missing_members
from ormprobe.checks.failing import failed_checks
from ormprobe.checks.model import Difference, FailedCheck, Leaf
from ormprobe.checks.values import same, scalars
from ormprobe.signals.accesses import Access, accesses, looked_at, references
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Scope, Shape
from ormprobe_taxonomy.signals import ParentTaken

READS = ("checks",)


def detect(scope: Scope, known: Known) -> Iterator[ParentTaken]:
    checks = [check for check in failed_checks(scope, known) if check.leaves]
    if not checks:
        return
    found = accesses(scope, known)
    for delete in found:
        if delete.facts.verb == "DELETE" and delete.wrote and delete.in_app and not delete.lost:
            yield from _taken(known, checks, found, delete)


def _taken(
    known: Known, checks: list[FailedCheck], found: list[Access], delete: Access
) -> Iterator[ParentTaken]:
    parent = delete.facts.target or ""
    tables = {table for access in found for table in access.tables}
    for table in sorted(tables):
        for column, target in references(known, table).items():
            if target != parent or table == parent:
                continue
            how = _how(found, delete, table, column)
            if how is not None:
                signal = _signal(known, checks, found, delete, (table, column, parent, how))
                if signal is not None:
                    yield signal


def _how(found: list[Access], delete: Access, table: str, column: str) -> str | None:
    """What became of the rows that referred to what was deleted; None where there were none."""
    own = [a for a in found if a.facts.target == table and _is_one_work(a, delete)]
    for access in own:
        values = access.assigned().get(column, [])
        if access.facts.verb == "UPDATE" and access.wrote and None in values and _by_orm(access):
            return "nulled"
    if any(a.facts.verb == "DELETE" for a in own):
        return "taken" if any(a.wrote and _by_orm(a) for a in own) else None
    keys = [value for _, value in delete.equals()]
    rows = [
        a
        for a in found
        if a.facts.verb == "INSERT" and a.facts.target == table and a.at_us < delete.at_us
    ]
    refer = [a for a in rows if any(same(v, k) for v in a.assigned().get(column, ()) for k in keys)]
    gone = any(
        a.facts.verb == "DELETE" and a.facts.target == table and a.at_us < delete.at_us
        for a in found
    )
    return "dangling" if refer and not gone else None


def _by_orm(access: Access) -> bool:
    """Whether the ORM wrote by itself, and not the app by a statement of its own."""
    return access.statement.via in ("flush", "autoflush") or access.statement.orm is not None


def _is_one_work(one: Access, delete: Access) -> bool:
    """Whether a write went with the deletion: the same line sent it, or the same flush."""
    first, second = one.statement, delete.statement
    if one.step is not delete.step:
        return False
    if first.site == second.site:
        return True
    same_transaction = first.transaction is not None and first.transaction == second.transaction
    return same_transaction and first.via in ("flush", "autoflush")


def _signal(
    known: Known,
    checks: list[FailedCheck],
    found: list[Access],
    delete: Access,
    what: tuple[str, str, str, str],
) -> ParentTaken | None:
    table, column, parent, how = what
    read = proven = counted = False
    rows = [a for a in found if a.facts.target == table and a.facts.verb == "INSERT"]
    for check in checks:
        looks = [
            each
            for each in looked_at(check, known, found)
            if each.at_us > delete.at_us and table in each.tables
        ]
        read = read or bool(looks)
        for leaf in check.leaves if looks else ():
            proven = proven or _shows(leaf, how, rows, _is_seen(looks, delete, column))
            counted = counted or leaf.difference in (Difference.MORE, Difference.LESS)
    if not read:
        return None
    statement = delete.statement
    number = statement.transaction
    return ParentTaken(
        at_us=statement.at_us,
        place=known.place(statement.site),
        table=table,
        column=column,
        parent=parent,
        how=how,
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


def _shows(leaf: Leaf, how: str, rows: list[Access], seen: bool) -> bool:
    """Whether a difference is made of such rows: left where none was wanted, or gone."""
    if how == "taken":
        few = leaf.difference in (Difference.MISSING, Difference.MIXED)
        return few and _holds(missing_members(leaf), rows)
    if leaf.difference is Difference.MORE:
        return seen
    if leaf.difference in (Difference.EXTRA, Difference.MIXED):
        return _holds(extra_members(leaf), rows) or (seen and not extra_members(leaf))
    return seen and leaf.difference is Difference.VALUE and None in (leaf.expected, leaf.actual)


def _holds(shapes: list[Shape], rows: list[Access]) -> bool:
    written = [value for row in rows for value in row.statement.bind_values if _is_told(value)]
    return any(
        same(value, each) for shape in shapes for value in scalars(shape) for each in written
    )


def _is_told(value: Shape) -> bool:
    return value is not None and not isinstance(value, bool) and value != ""
