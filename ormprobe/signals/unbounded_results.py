"""Lists that a request read without a limit, and that had grown long."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.signals.data_statements import tables_of
from ormprobe.signals.known import Known, in_tests
from ormprobe.sql.model import Predicate, StatementFacts
from ormprobe.timeline.model import Scope, Site, Statement
from ormprobe_taxonomy.signals import RowsUnbounded

READS = ("statements",)

MANY = 1_000
"""Rows from which on a list is long: more than a page for anybody who reads it."""

_SHOWN = ("json", "html")
_SUCCESS = range(200, 300)


def detect(scope: Scope, known: Known) -> Iterator[RowsUnbounded]:
    told: set[Site] = set()
    for found in scope.walk():
        if found.kind == "request" and _shows_it(found):
            for statement in found.statements:
                signal = _signal(found, statement, known, told)
                if signal is not None:
                    yield signal


def _shows_it(request: Scope) -> bool:
    """Whether a request was answered by a page; a file or a stream may well hold everything."""
    response = request.response
    kind = (response.content_type or "") if response is not None else ""
    return request.status in _SUCCESS and any(each in kind for each in _SHOWN)


def _signal(
    request: Scope, statement: Statement, known: Known, told: set[Site]
) -> RowsUnbounded | None:
    site = statement.site
    if statement.operation != "SELECT" or site is None or site in told or in_tests(site):
        return None
    if statement.load is not None or statement.rows is None or statement.rows.count < MANY:
        return None
    rows = _objects(statement)
    tables = tables_of(statement, known)
    if rows < MANY or not tables or not _is_open_list(known.asked(statement)):
        return None
    told.add(site)
    place = known.place(site)
    assert place is not None
    first = [table for table in known.asked(statement).sources if table[1] in tables][:1]
    ordered = dict.fromkeys((*(table for _, table in first), *tables))
    return RowsUnbounded(
        place=place,
        scope=request.name,
        rows=rows,
        tables=tuple(ordered),
        events=(statement.event,),
    )


def _objects(statement: Statement) -> int:
    """Rows, but of a joined collection the objects that it belongs to."""
    assert statement.rows is not None
    distinct = [each.distinct for each in statement.rows.entities if each.distinct is not None]
    return min((*distinct, statement.rows.count))


def _is_open_list(facts: StatementFacts) -> bool:
    """Whether nothing but the table's own size bounds what a statement returns."""
    if not facts.parsed or facts.limit is not None:
        return False
    if facts.aggregates or facts.grouped_by:
        return False
    return not any(_picks(predicate) for predicate in facts.predicates if not predicate.depth)


def _picks(predicate: Predicate) -> bool:
    """Whether a condition names the rows one by one."""
    return predicate.operator == "in" and len(predicate.binds) + predicate.literals > 1
