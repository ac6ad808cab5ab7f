"""Totals that were counted over other rows than those of the list that they are of."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.checks import Difference, How
from ormprobe.checks.values import core, same
from ormprobe.signals.failing_reads import (
    Asked,
    asked_of,
    bind_at,
    main_table,
    tables_of,
)
from ormprobe.signals.known import Known
from ormprobe.sql.model import Predicate, StatementFacts
from ormprobe.timeline.model import Scope, Shape, Statement
from ormprobe_taxonomy.signals import CountedApart

READS = ("checks",)


def detect(scope: Scope, known: Known) -> Iterator[CountedApart]:
    for asked in asked_of(scope, known):
        if not asked.is_any(Difference.MORE, Difference.LESS):
            continue
        found = _of_limited(asked) or _of_unfiltered(asked) or _of_page(asked)
        if found is not None:
            yield found


def _of_limited(asked: Asked) -> CountedApart | None:
    """COUNT over a statement that has a LIMIT of its own."""
    for statement in reversed(asked.bearing):
        facts = asked.facts(statement)
        if facts.counts_limited and asked.is_any(Difference.LESS):
            cell = asked.how(statement) is How.CELL
            return _signal(asked, statement, facts, "page-count", (), agrees=cell)
    return None


def _of_page(asked: Asked) -> CountedApart | None:
    """A number that is the length of a full page, where more was expected: the right total was
    counted and not used, or nothing was counted."""
    if not asked.is_any(Difference.LESS) or asked.leaf is None or _is_of_list(asked):
        return None
    counts = [each for each in asked.reads if asked.facts(each).aggregates]
    if counts and not any(_gave(each, asked.leaf.expected) for each in counts):
        return None
    for statement in reversed(asked.reads):
        facts = asked.facts(statement)
        if facts.limit is None or statement.rows is None or facts.aggregates:
            continue
        number = core(asked.leaf.actual)
        if number == statement.rows.count == limit_of(statement, facts):
            return _signal(asked, statement, facts, "page-count", (), agrees=bool(counts))
    return None


def _gave(statement: Statement, value: Shape) -> bool:
    rows = statement.rows
    return rows is not None and [list(row) for row in rows.values] == [[core(value)]]


def _is_of_list(asked: Asked) -> bool:
    """Whether the number that was looked at is the length of the page itself."""
    site = asked.check.check.site
    return site is None or "len(" in asked.known.source.line(site.path, site.line)


def limit_of(statement: Statement, facts: StatementFacts) -> int | None:
    """How many rows a statement asked for at most, where that is known."""
    limit = facts.limit
    if limit is None:
        return None
    if limit.limit is not None or limit.limit_bind is None:
        return limit.limit
    found = core(bind_at(statement, limit.limit_bind))
    return found if isinstance(found, int) else None


def _of_unfiltered(asked: Asked) -> CountedApart | None:
    """A COUNT without a condition that the list of the same rows has."""
    for count in reversed(asked.bearing):
        facts = asked.facts(count)
        if not _is_count(facts):
            continue
        for statement in asked.reads:
            listed = asked.facts(statement)
            if statement is count or listed.aggregates or listed.set_operation:
                continue
            if main_table(listed) != main_table(facts) or not _is_list(statement, listed):
                continue
            lacking = _lacking(statement, listed, count, facts)
            if lacking:
                agrees = _agrees(asked, statement, listed)
                return _signal(asked, count, facts, "unfiltered-count", lacking, agrees=agrees)
    return None


def _is_count(facts: StatementFacts) -> bool:
    """Whether a statement returns one number alone, how many rows there are."""
    return (
        bool(facts.aggregates)
        and all(each.function == "count" for each in facts.aggregates)
        and not facts.grouped_by
    )


def _is_list(statement: Statement, facts: StatementFacts) -> bool:
    """Whether a statement asks for rows that may be several: no look-up by a key or for a load."""
    return statement.load is None and (facts.limit is not None or bool(facts.order))


def _lacking(
    statement: Statement, listed: StatementFacts, count: Statement, counted: StatementFacts
) -> tuple[str, ...]:
    """The columns that a list is filtered by with a value, and its count is not."""
    have = [(each.column.name, values_of(count, each)) for each in counted.predicates]
    lacking = [
        each.column.name
        for each in listed.predicates
        if (each.binds or each.literals)
        and not any(
            name == each.column.name and _are_same(values, values_of(statement, each))
            for name, values in have
        )
    ]
    return tuple(dict.fromkeys(lacking))


def values_of(statement: Statement, predicate: Predicate) -> list[Shape]:
    return [bind_at(statement, position) for position in predicate.binds]


def _are_same(one: list[Shape], other: list[Shape]) -> bool:
    return len(one) == len(other) and all(
        same(a, b) or (a is None and b is None) for a, b in zip(one, other, strict=True)
    )


def _agrees(asked: Asked, statement: Statement, facts: StatementFacts) -> bool:
    """Whether the list was returned whole, and is as long as the total was expected to be."""
    rows, leaf = statement.rows, asked.leaf
    if rows is None or leaf is None or core(leaf.expected) != rows.count:
        return False
    limit = facts.limit
    if limit is None:
        return True
    offset: object = limit.offset
    if limit.offset_bind is not None:
        offset = core(bind_at(statement, limit.offset_bind))
    asked_for = limit_of(statement, facts)
    return offset in (None, 0) and asked_for is not None and rows.count < asked_for


def _signal(
    asked: Asked,
    statement: Statement,
    facts: StatementFacts,
    kind: str,
    lacking: tuple[str, ...],
    *,
    agrees: bool,
) -> CountedApart:
    return CountedApart(
        at_us=statement.at_us,
        place=asked.place(statement),
        kind=kind,
        table=main_table(facts) or "",
        lacking=lacking,
        difference=asked.difference or "",
        agrees=agrees,
        reads=tables_of(facts),
        events=(statement.event, asked.check.check.event),
    )
