"""Rows inserted without the key of another row that the same work inserted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ormprobe.checks.differences import missing_members
from ormprobe.checks.failing import failed_checks
from ormprobe.checks.model import Difference, FailedCheck, Leaf
from ormprobe.checks.values import length, members, same, scalars
from ormprobe.signals.accesses import Access, accesses, looked_at, references
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Scope, Shape
from ormprobe_taxonomy.signals import KeyUnset

READS = ("checks",)


def detect(scope: Scope, known: Known) -> Iterator[KeyUnset]:
    checks = [check for check in failed_checks(scope, known) if check.leaves]
    if not checks:
        return
    found = accesses(scope, known)
    inserts = [each for each in found if each.facts.verb == "INSERT" and each.wrote]
    unset: defaultdict[tuple[str, str], list[tuple[Access, Access]]] = defaultdict(list)
    filled = _filled(found)
    for child in inserts:
        if child.in_app:
            for column, parent in _unset(known, child, inserts, filled):
                unset[child.facts.target or "", column].append((child, parent))
    for (table, column), pairs in unset.items():
        signal = _signal(known, checks, found, table, column, pairs)
        if signal.joined or signal.proven:
            yield signal


def _unset(
    known: Known, child: Access, inserts: list[Access], filled: set[tuple[str, str]]
) -> Iterator[tuple[str, Access]]:
    """The columns that a row was inserted with NULL for, each with the insert of its parent."""
    written = child.assigned()
    table = child.facts.target or ""
    for column, parent in references(known, table).items():
        if (table, column) in filled or not any(v is None for v in written.get(column, ())):
            continue
        made = [
            each
            for each in inserts
            if each is not child and each.facts.target == parent and _is_one_work(each, child)
        ]
        if made:
            yield column, made[-1]


def _filled(found: list[Access]) -> set[tuple[str, str]]:
    """Columns that an UPDATE gives a value to: those are filled in when the time has come."""
    return {
        (each.facts.target or "", column)
        for each in found
        if each.facts.verb == "UPDATE" and each.wrote
        for column, values in each.assigned().items()
        if any(value is not None for value in values)
    }


def _is_one_work(one: Access, other: Access) -> bool:
    """Whether two writes belong together: one transaction, request or function sent both."""
    if one.step is not other.step or not one.in_app:
        return False
    first, second = one.statement, other.statement
    owned = first.transaction is not None and first.settled_by is not None
    if owned and first.transaction == second.transaction:
        return True
    if one.step.kind == "request":
        return True
    sites = first.site, second.site
    return (
        sites[0] is not None
        and sites[1] is not None
        and ((sites[0].path, sites[0].function) == (sites[1].path, sites[1].function))
    )


def _signal(
    known: Known,
    checks: list[FailedCheck],
    found: list[Access],
    table: str,
    column: str,
    pairs: list[tuple[Access, Access]],
) -> KeyUnset:
    child, parent = pairs[0]
    joined = proven = counted = False
    number = sum(_rows_without(each, column) for each, _ in pairs)
    for check in checks:
        used = any(_uses(read, table, column) for read in looked_at(check, known, found))
        lacking = any(_lacks(leaf, pairs) for leaf in check.leaves)
        number_fits = used and any(_short_by(leaf) == number for leaf in check.leaves)
        if (used, lacking, number_fits) > (joined, proven, counted):
            joined, proven, counted = used, lacking, number_fits
    statement = child.statement
    known_as = statement.transaction
    return KeyUnset(
        at_us=child.at_us,
        place=known.place(statement.site),
        table=table,
        column=column,
        parent=parent.facts.target or "",
        joined=joined,
        proven=proven,
        counted=counted,
        transaction=None if known_as is None else f"{statement.process}/{known_as}",
        events=(statement.event, parent.statement.event),
    )


def _rows_without(child: Access, column: str) -> int:
    """How many rows of an INSERT have NULL in a column; of many sets the first is known."""
    many = child.statement.many or 1
    return child.assigned().get(column, []).count(None) * many


def _uses(read: Access, table: str, column: str) -> bool:
    """Whether a read joins, restricts or returns a column of a table."""
    if table not in read.tables or read.at_us == 0:
        return False
    facts = read.facts
    columns = [each.column for each in facts.predicates]
    columns += [each.other for each in facts.predicates if each.other is not None]
    columns += [side for join in facts.joins for pair in join.on for side in pair]
    return any(each.name == column and each.table in (table, None) for each in columns)


def _lacks(leaf: Leaf, pairs: list[tuple[Access, Access]]) -> bool:
    """Whether what a check missed was written in such a row, or in that of its parent."""
    own = [value for child, _ in pairs for value in child.statement.bind_values]
    if leaf.difference in (Difference.MISSING, Difference.MIXED):
        return any(_holds(each, own) for each in missing_members(leaf))
    if leaf.difference is Difference.VALUE and leaf.actual is None:
        others = [value for _, parent in pairs for value in parent.statement.bind_values]
        return _holds(leaf.expected, own + others)
    return False


def _holds(shape: Shape, written: list[Shape]) -> bool:
    return any(
        isinstance(value, str) and same(value, each) for value in scalars(shape) for each in written
    )


def _short_by(leaf: Leaf) -> int | None:
    """By how many an actual number, or list, is less than the expected one."""
    if leaf.difference is Difference.LESS:
        one, other = leaf.actual, leaf.expected
        return other - one if isinstance(one, int) and isinstance(other, int) else None
    one_length, other_length = length(leaf.actual), length(leaf.expected)
    if one_length is None or other_length is None or not members(leaf.expected):
        return None
    return other_length - one_length
