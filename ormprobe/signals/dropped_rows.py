"""Joins, and conditions on joined tables, that lose rows a check expected, or let others pass."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.checks import Difference
from ormprobe.checks.differences import extra_members
from ormprobe.checks.values import identity
from ormprobe.signals.failing_reads import (
    Asked,
    asked_of,
    bind_at,
    is_nullable,
    is_unique,
    main_table,
    tables_of,
)
from ormprobe.signals.known import Known
from ormprobe.signals.written_rows import Row, Written, written_in
from ormprobe.sql.model import Clause, Column, Join, Predicate, StatementFacts
from ormprobe.timeline.model import Scope, Shape, Statement
from ormprobe_taxonomy.signals import ChildMismatched, RowsDropped

READS = ("checks",)

_LOST = (Difference.MISSING, Difference.LESS, Difference.MIXED)
_ADDED = (Difference.EXTRA, Difference.MORE, Difference.DUPLICATED, Difference.MIXED)


def detect(scope: Scope, known: Known) -> Iterator[RowsDropped | ChildMismatched]:
    written: Written | None = None
    for asked in asked_of(scope, known):
        if not asked.is_any(*_LOST, *_ADDED):
            continue
        if written is None:
            written = written_in(scope, known)
        for statement in reversed(asked.bearing):
            facts = asked.facts(statement)
            if not facts.parsed or statement.load is not None or facts.set_operation:
                continue
            found = (
                _asked_twice(asked, statement, facts, written)
                or _negated(asked, statement, facts, written)
                or _dropped(asked, statement, facts, written)
            )
            if found is not None:
                yield found
                break


# -- conditions over a to-many relation -----------------------------------------------------------


def _asked_twice(
    asked: Asked, statement: Statement, facts: StatementFacts, written: Written
) -> ChildMismatched | None:
    """Two values asked of one column of one row."""
    if not asked.is_any(*_LOST):
        return None
    plain = [
        each
        for each in facts.predicates
        if each.operator == "=" and not each.negated and not each.grouped
        and len(each.binds) == 1 and each.clause is not Clause.HAVING
    ]  # fmt: skip
    for index, one in enumerate(plain):
        for other in plain[index + 1 :]:
            if one.column != other.column or one.depth != other.depth or not one.column.table:
                continue
            values = [identity(bind_at(statement, each.binds[0])) for each in (one, other)]
            if values[0] == values[1] or _joins_of(asked.known, facts, one) is None:
                continue
            return ChildMismatched(
                at_us=statement.at_us,
                place=asked.place(statement, one.column.name),
                kind="both",
                table=one.column.table,
                column=one.column.name,
                difference=asked.difference or "",
                empty=True,
                proven=_is_written(asked, facts, written),
                reads=tables_of(facts),
                events=(statement.event, asked.check.check.event),
            )
    return None


def _negated(
    asked: Asked, statement: Statement, facts: StatementFacts, written: Written
) -> ChildMismatched | None:
    """A child that must differ, where no child may be equal."""
    if not asked.is_any(*_ADDED) or asked.leaf is None:
        return None
    for each in facts.predicates:
        negated = each.negated != (each.operator in ("<>", "!="))
        if not negated or each.depth or not each.binds or not each.column.table:
            continue
        if each.grouped and not _only_minds_null(facts, each):
            continue
        join = _joins_of(asked.known, facts, each)
        if join is None or each.clause is not Clause.WHERE:
            continue
        values = {identity(bind_at(statement, position)) for position in each.binds}
        proven = any(
            _has_child(facts, written, join, each, member, values)
            for member in extra_members(asked.leaf)
        )
        return ChildMismatched(
            at_us=statement.at_us,
            place=asked.place(statement, each.column.name),
            kind="negated",
            table=each.column.table,
            column=each.column.name,
            difference=asked.difference or "",
            empty=False,
            proven=proven,
            held=any(
                identity(row.get(each.column.name)) in values
                for row in written.of(each.column.table)
            )
            and asked.is_read(statement),
            reads=tables_of(facts),
            events=(statement.event, asked.check.check.event),
        )
    return None


def _only_minds_null(facts: StatementFacts, predicate: Predicate) -> bool:
    """Whether the OR that a condition stands in does nothing but let NULL pass."""
    return all(
        other.operator == "is" and other.column == predicate.column
        for other in facts.predicates
        if other.grouped and other is not predicate and other.depth == predicate.depth
    )


def _joins_of(known: Known, facts: StatementFacts, predicate: Predicate) -> Join | None:
    """The join to a to-many relation, or the one behind its association, that a condition is on."""
    own = next((join for join in facts.joins if join.alias == predicate.column.alias), None)
    if own is None:
        return None
    if _is_to_many(known, own):
        return own
    between = {theirs.alias for _, theirs in own.on}
    return next(
        (each for each in facts.joins if each.alias in between and _is_to_many(known, each)), None
    )


def _is_to_many(known: Known, join: Join) -> bool:
    columns = frozenset(one.name for one, _ in join.on)
    return bool(columns) and is_unique(known, join.table, columns) is False


# -- joins that drop ------------------------------------------------------------------------------


def _dropped(
    asked: Asked, statement: Statement, facts: StatementFacts, written: Written
) -> RowsDropped | None:
    if not asked.is_any(*_LOST):
        return None
    table = main_table(facts)
    suspected: RowsDropped | None = None
    for join in facts.joins:
        kind = _kind_of(asked.known, facts, join)
        if kind is None or table is None or join.table == table or join.depth:
            continue
        lone = [_is_lone(facts, written, join, each) for each in asked.missing()]
        found = RowsDropped(
            at_us=statement.at_us,
            place=asked.place(statement, join.table),
            kind=kind,
            table=table,
            joined=join.table,
            difference=asked.difference or "",
            written=_is_written(asked, facts, written),
            unmatched=any(lone),
            read=asked.is_read(statement),
            reads=tables_of(facts),
            events=(statement.event, asked.check.check.event),
        )
        if found.unmatched:
            return found
        suspected = suspected or found
    return suspected


def _kind_of(known: Known, facts: StatementFacts, join: Join) -> str | None:
    """How a join may drop rows of what it is joined to; None where it cannot."""
    if join.kind == "left":
        bound = [
            each
            for each in facts.predicates
            if each.column.alias == join.alias and each.clause is Clause.WHERE
            and each.operator != "is" and not each.grouped and not each.depth
        ]  # fmt: skip
        return "outer-condition" if bound else None
    if join.kind != "inner" or not join.on:
        return None
    if _is_to_many(known, join):
        return "to-many"
    keys = [theirs for _, theirs in join.on]
    return "nullable-key" if any(is_nullable(known, key) for key in keys) else None


def _is_written(asked: Asked, facts: StatementFacts, written: Written) -> bool:
    table = main_table(facts)
    return table is not None and any(written.rows_with(table, each) for each in asked.missing())


def _is_lone(facts: StatementFacts, written: Written, join: Join, member: Shape) -> bool:
    """Whether the row of a missing member has no match in a joined table, as it was written."""
    pairs = _pairs(join)
    if pairs is None:
        return False
    mine, theirs = pairs
    if mine.table != main_table(facts):
        return False
    for row in _parents(facts, written, member):
        if mine.name not in row:
            continue
        key = row[mine.name]
        if key is None:
            return True
        joined = written.rows.get(join.table, [])
        if not any(identity(each.get(theirs.name)) == identity(key) for each in joined):
            return bool(joined) or theirs.name != "id"
    for row in written.rows_with(main_table(facts) or "", member):
        if mine.name not in row and mine.name != "id":
            return True  # it was written without the key
    return False


def _has_child(
    facts: StatementFacts,
    written: Written,
    join: Join,
    predicate: Predicate,
    member: Shape,
    values: set[object],
) -> bool:
    """Whether a row of the relation was written for the row of a member with one of some values."""
    pairs = _pairs(join)
    if pairs is None:
        return False
    mine, theirs = pairs
    keys = {
        identity(row[mine.name])
        for row in _parents(facts, written, member)
        if row.get(mine.name) is not None
    }
    column = predicate.column
    found = [
        row
        for row in written.of(column.table or "")
        if row.get(column.name) is not None and identity(row[column.name]) in values
    ]
    if column.table != join.table:  # the join is to the association between the two
        beyond = next((each for each in facts.joins if each.alias == column.alias), None)
        between = _pairs(beyond) if beyond is not None else None
        if between is None:
            return False
        ends = {identity(row[between[1].name]) for row in found if row.get(between[1].name)}
        found = [
            row for row in written.of(join.table) if identity(row.get(between[0].name)) in ends
        ]
    return any(identity(row.get(theirs.name)) in keys for row in found)


def _parents(facts: StatementFacts, written: Written, member: Shape) -> Iterator[Row]:
    table = main_table(facts) or ""
    yield from written.rows_with(table, member)
    yield from written.shown_with(table, member)


def _pairs(join: Join) -> tuple[Column, Column] | None:
    """The parent's column and the joined table's."""
    return (join.on[0][1], join.on[0][0]) if len(join.on) == 1 else None
