"""Joins to to-many relations that repeat the rows of a parent, where a check saw it."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.checks import Difference
from ormprobe.checks.values import core
from ormprobe.signals.failing_reads import (
    Asked,
    asked_of,
    main_table,
    tables_of,
)
from ormprobe.signals.known import Known
from ormprobe.sql.model import Join, StatementFacts
from ormprobe.sql.resolving import to_many
from ormprobe.timeline.model import Scope, Statement
from ormprobe_taxonomy.signals import RowsMultiplied

READS = ("checks",)

_ADDED = frozenset(("count", "sum", "avg"))


def detect(scope: Scope, known: Known) -> Iterator[RowsMultiplied]:
    for asked in asked_of(scope, known):
        if not asked.is_any(
            Difference.DUPLICATED, Difference.MORE, Difference.MISSING, Difference.LESS,
            Difference.VALUE, Difference.EXTRA, Difference.MIXED,
        ):  # fmt: skip
            continue
        others = [each for each in asked.reads if each not in asked.bearing]
        for statement in (*reversed(asked.bearing), *reversed(others)):
            if statement in others and not asked.facts(statement).aggregates:
                continue  # what was added up is often shown as something else
            found = _of(asked, statement)
            if found is not None and (statement not in others or len(found.joined) > 1):
                yield found
                break


def _of(asked: Asked, statement: Statement) -> RowsMultiplied | None:
    facts = asked.facts(statement)
    table = main_table(facts)
    if table is None or facts.set_operation or not facts.joins:
        return None
    if statement.load is not None:
        return None  # a relation's rows come once for each parent
    joins = _joins_that_multiply(statement, facts)
    many = [join for join in joins if _is_to_many(asked.known, join)]
    loose = [join for join in joins if not join.on and join.kind in ("inner", "cross")]
    if facts.aggregates:
        return _aggregated(asked, statement, facts, table, many)
    if facts.distinct or facts.grouped_by or not (many or loose):
        return None
    repeated = _is_repeated(statement)
    if asked.is_any(Difference.MISSING, Difference.LESS):
        if repeated and many and _is_full(statement, facts):
            return _signal(asked, statement, facts, "short-page", table, many, True)
        return None
    if asked.is_any(Difference.DUPLICATED):
        if repeated is False:
            return None
        kind = "duplicates" if many else "cartesian"
        read = asked.is_read(statement)
        return _signal(asked, statement, facts, kind, table, many or loose, bool(repeated or read))
    if asked.is_any(Difference.MORE, Difference.EXTRA) and repeated:
        kind = "duplicates" if many else "cartesian"
        return _signal(asked, statement, facts, kind, table, many or loose, True)
    return None


def _joins_that_multiply(statement: Statement, facts: StatementFacts) -> list[Join]:
    """Those of the outermost statement, or of the one inside whose rows it does nothing but count;
    what stands in a condition multiplies nothing."""
    own = [join for join in facts.joins if not join.depth]
    if own or not facts.aggregates or facts.subqueries != 1 or "DISTINCT" in statement.text.upper():
        return own
    return [] if any(each.subquery for each in facts.predicates) else list(facts.joins)


def _aggregated(
    asked: Asked,
    statement: Statement,
    facts: StatementFacts,
    table: str,
    many: list[Join],
) -> RowsMultiplied | None:
    """Counts and sums over rows that a join has repeated."""
    if not many or asked.is_any(Difference.MISSING, Difference.LESS):
        return None
    children = {join.table for join in many}
    for each in facts.aggregates:
        if each.function not in _ADDED or each.distinct:
            continue
        own = each.column is not None and each.column.table == table
        star = each.column is None and not facts.grouped_by
        # a child's rows are counted right over one join to it alone
        single = asked.is_any(Difference.MORE, Difference.VALUE, Difference.DUPLICATED)
        if len(many) > 1 or (single and (own or (star and each.function == "count"))):
            if own and each.function == "count" and facts.grouped_by and len(many) == 1:
                continue  # COUNT(parent.key) by parent counts the rows of its one child
            multiple = _is_multiple(asked)
            return _signal(
                asked, statement, facts, "inflated-aggregate", table, many, multiple
            ) if children else None  # fmt: skip
    return None


def _is_to_many(known: Known, join: Join) -> bool:
    """Whether a row may meet several of the joined table: nothing it is joined by is unique."""
    return bool(join.on) and to_many(join, known.schema()) is True


def _is_repeated(statement: Statement) -> bool | None:
    """Whether rows with one key came more than once; None where no keys are known."""
    rows = statement.rows
    if rows is None:
        return None
    counted = [each for each in rows.entities if each.distinct is not None]
    if counted:
        return (counted[0].distinct or 0) < rows.count
    if len(rows.values) == rows.count > 1:
        return len(set(map(repr, rows.values))) < len(rows.values) or None
    return None


def _is_full(statement: Statement, facts: StatementFacts) -> bool:
    """Whether as many rows came as LIMIT allows."""
    limit = facts.limit
    if limit is None or statement.rows is None:
        return False
    asked = limit.limit
    if asked is None and limit.limit_bind is not None:
        values = statement.bind_values
        found = core(values[limit.limit_bind]) if limit.limit_bind < len(values) else None
        asked = found if isinstance(found, int) else None
    return asked is not None and statement.rows.count == asked


def _is_multiple(asked: Asked) -> bool:
    """Whether a number is a multiple of the one expected."""
    leaf = asked.leaf
    if leaf is None:
        return False
    actual, expected = core(leaf.actual), core(leaf.expected)
    if not isinstance(actual, int) or not isinstance(expected, int) or expected < 2:
        return False
    return actual > expected and actual % expected == 0


def _signal(
    asked: Asked,
    statement: Statement,
    facts: StatementFacts,
    kind: str,
    table: str,
    joins: list[Join],
    repeated: bool,
) -> RowsMultiplied:
    return RowsMultiplied(
        at_us=statement.at_us,
        place=asked.place(statement, *(join.table for join in joins)),
        kind=kind,
        table=table,
        joined=tuple(dict.fromkeys(join.table for join in joins)),
        difference=asked.difference or "",
        repeated=repeated,
        read=asked.is_read(statement),
        reads=tables_of(facts),
        events=(statement.event, asked.check.check.event),
    )
