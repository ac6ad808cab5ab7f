"""Rows that came in another order than a check expected, of a query that leaves it open."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.checks import Difference
from ormprobe.signals.failing_reads import Asked, asked_of, is_unique, main_table, tables_of
from ormprobe.signals.known import Known
from ormprobe.sql.model import StatementFacts
from ormprobe.timeline.model import Scope, Statement
from ormprobe_taxonomy.signals import OrderLeftOpen

READS = ("checks",)


def detect(scope: Scope, known: Known) -> Iterator[OrderLeftOpen]:
    for asked in asked_of(scope, known):
        if not asked.is_any(Difference.ORDER, Difference.MIXED):
            continue
        for statement in reversed(asked.bearing):
            found = _of(asked, statement)
            if found is not None:
                yield found
                break


def _of(asked: Asked, statement: Statement) -> OrderLeftOpen | None:
    facts = asked.facts(statement)
    table = main_table(facts)
    rows = statement.rows
    if table is None or not facts.parsed or rows is None or rows.count < 2:
        return None
    paged = facts.limit is not None
    if asked.is_any(Difference.MIXED) and not (paged and _may_be_cut(statement, facts)):
        return None
    if facts.aggregates or statement.load is not None:
        return None
    if facts.order and (not paged or _is_total(asked.known, facts)):
        return None
    return OrderLeftOpen(
        at_us=statement.at_us,
        place=asked.place(statement),
        table=table,
        ordered=tuple(each.name for each in facts.order),
        paged=paged,
        difference=asked.difference or "",
        reads=tables_of(facts),
        events=(statement.event, asked.check.check.event),
    )


def _may_be_cut(statement: Statement, facts: StatementFacts) -> bool:
    """Whether a page may have left rows out: it is full, or begins after some."""
    from ormprobe.signals.counted_apart import limit_of

    limit = facts.limit
    rows = statement.rows
    if limit is None or rows is None:
        return False
    return (
        rows.count == limit_of(statement, facts)
        or limit.offset is not None
        or (limit.offset_bind is not None)
    )


def _is_total(known: Known, facts: StatementFacts) -> bool:
    """Whether no two rows are equal in what they are sorted by, as far as the schema tells."""
    by: dict[str, set[str]] = {}
    for column in facts.order:
        by.setdefault(column.table or "", set()).add(column.name)
    return any(
        is_unique(known, table, frozenset(names)) is not False for table, names in by.items()
    )
