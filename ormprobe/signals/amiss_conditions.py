"""Values that were compared with the wrong column, and comparisons that NULL defeats."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.checks import Difference
from ormprobe.checks.values import core, is_strong
from ormprobe.signals.failing_reads import (
    Asked,
    asked_of,
    bind_at,
    is_nullable,
    main_table,
    tables_of,
)
from ormprobe.signals.input_names import namesakes, norm
from ormprobe.signals.known import Known
from ormprobe.signals.memory import digest_of
from ormprobe.signals.unused_inputs import asked_by_request
from ormprobe.signals.written_rows import Written, written_in
from ormprobe.sql.model import Clause, Predicate, StatementFacts
from ormprobe.timeline.model import Scope, Statement
from ormprobe_taxonomy.signals import ConditionAmiss

READS = ("checks",)

_LOST = (Difference.MISSING, Difference.LESS, Difference.MIXED, Difference.VALUE)
_NEGATIONS = ("<>", "!=")


def detect(scope: Scope, known: Known) -> Iterator[ConditionAmiss]:
    written: Written | None = None
    for asked in asked_of(scope, known):
        if asked.leaf is None or asked.is_any(Difference.ORDER, Difference.DUPLICATED):
            continue
        if written is None:
            written = written_in(scope, known)
        for statement in reversed(asked.bearing):
            facts = asked.facts(statement)
            if not facts.parsed or statement.load is not None:
                continue
            found = (
                _against_null(asked, statement, facts, written)
                or _of_another(asked, statement, facts, written)
                or _in_column(asked, statement, facts, written)
            )
            if found is not None:
                yield found
                break


def _in_column(
    asked: Asked, statement: Statement, facts: StatementFacts, written: Written
) -> ConditionAmiss | None:
    """An input that was compared with another column of the table than its namesake."""
    for name, value in asked_by_request(asked):
        if not is_strong(value):
            continue
        bound = [
            each
            for each in facts.predicates
            for position in each.binds
            if core(bind_at(statement, position)) == core(value)
        ]
        if len(bound) != 1 or bound[0].operator not in ("=", "in", "like") or bound[0].negated:
            continue
        [against] = bound
        column = against.column
        if column.table is None or norm(column.name) == norm(name):
            continue
        own = [each for each in namesakes(asked.known, name, facts) if each.table == column.table]
        names = [each.column for each in own if each.column is not None]
        if not names or any(each.column.name in names for each in facts.predicates):
            continue
        digest = digest_of(value) or ""
        held = written.holds(column.table, names[0], digest)
        other = written.holds(column.table, column.name, digest)
        return _signal(
            asked, statement, facts, against, "column",
            name=name, namesake=names[0], proven=held and not other and asked.is_any(*_LOST),
        )  # fmt: skip
    return None


def _of_another(
    asked: Asked, statement: Statement, facts: StatementFacts, written: Written
) -> ConditionAmiss | None:
    """A value that the row of a missed member was written with, in another column than the one
    that it is compared with."""
    if not asked.is_any(Difference.MISSING, Difference.MIXED):
        return None
    missed = asked.missing()
    for each in facts.predicates:
        table = each.column.table
        if table is None or len(each.binds) != 1 or each.negated or each.operator != "=":
            continue
        value = bind_at(statement, each.binds[0])
        if not is_strong(value):
            continue
        held = [
            {name for name, cell in row.items() if core(cell) == core(value)}
            for member in missed
            for row in written.rows_with(table, member)
        ]
        names = set[str].intersection(*held) if held else set[str]()
        if len(names) == 1 and each.column.name not in names:
            return _signal(
                asked, statement, facts, each, "column", namesake=names.pop(), proven=True
            )
    return None


def _against_null(
    asked: Asked, statement: Statement, facts: StatementFacts, written: Written
) -> ConditionAmiss | None:
    """`<>` and NOT IN lose rows that hold NULL; `= NULL`, and NOT IN with one, lose them all."""
    if not asked.is_any(*_LOST):
        return None
    for each in facts.predicates:
        if each.clause is not Clause.WHERE or each.depth or each.column.table is None:
            continue
        nulls = [bind_at(statement, position) is None for position in each.binds]
        negated = each.negated or each.operator in _NEGATIONS
        if any(nulls) and (each.operator == "=" or (each.operator == "in" and negated)):
            empty = statement.rows is not None and not statement.rows.count
            return _signal(asked, statement, facts, each, "null", proven=empty)
        if not negated or each.operator not in (*_NEGATIONS, "=", "in") or each.subquery:
            continue
        if not (each.binds or each.literals) or _minds_null(facts, each):
            continue
        if is_nullable(asked.known, each.column) is False:
            continue
        lost = any(
            written.has_null(row, each.column.name)
            for member in asked.missing()
            for row in written.rows_with(each.column.table, member)
        )
        return _signal(asked, statement, facts, each, "null", proven=lost)
    return None


def _minds_null(facts: StatementFacts, predicate: Predicate) -> bool:
    return any(
        other.operator == "is" and other.column.name == predicate.column.name
        for other in facts.predicates
    )


def _signal(
    asked: Asked,
    statement: Statement,
    facts: StatementFacts,
    predicate: Predicate,
    kind: str,
    *,
    proven: bool,
    name: str | None = None,
    namesake: str | None = None,
) -> ConditionAmiss:
    negated = "NOT " if predicate.negated else ""
    return ConditionAmiss(
        at_us=statement.at_us,
        place=asked.place(statement, predicate.column.name),
        kind=kind,
        table=predicate.column.table or main_table(facts) or "",
        column=predicate.column.name,
        operator=f"{negated}{predicate.operator}".upper(),
        difference=asked.difference or "",
        name=name,
        namesake=namesake,
        proven=proven,
        reads=tables_of(facts),
        events=(statement.event, asked.check.check.event),
    )
