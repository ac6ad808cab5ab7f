"""Source facts on the static call tree of what a failing check is about.

Python's operators between conditions, and refined queries that nothing took. The latter are looked
for in every function that sent a statement: they are wrong whether a check notices or not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from ormprobe.signals.app_queries import queries_of
from ormprobe.signals.composition import chain_of
from ormprobe.signals.failing_reads import Asked, asked_of, tables_of
from ormprobe.signals.known import Known, in_tests
from ormprobe.source import Source
from ormprobe.source.discarded import discarded_in
from ormprobe.source.nodes import Function, function_at
from ormprobe.source.operators import operators_in
from ormprobe.source.queries import Queries
from ormprobe.source.reach import Found, entered, named_by, reached
from ormprobe.timeline.model import Scope, Site, Statement
from ormprobe_taxonomy.signals import OperatorMisplaced, QueryDiscarded

READS = ("statements", "checks")

_RESTRICTING = frozenset(
    ("where", "filter", "filter_by", "exclude", "orwhere", "or_where", "having", "limit", "offset",
     "slice", "order_by", "order_by_extend", "distinct", "join", "outerjoin", "group_by")
)  # fmt: skip
"""Methods without which a query returns other rows."""


def detect(scope: Scope, known: Known) -> Iterator[OperatorMisplaced | QueryDiscarded]:
    told: set[tuple[str, int]] = set()
    for asked in asked_of(scope, known):
        if asked.check.target is None:
            continue
        for found in _of_check(asked, queries_of(known), known):
            if (found.place.file, found.place.line) not in told:
                told.add((found.place.file, found.place.line))
                yield found
    for site, statement in _suspects(scope, known).items():
        queries = queries_of(known)
        for path, function in entered(known.source, site.path, site.line):
            for each in discarded_in(queries, path, function):
                place = known.place(Site(path, each.line, function.name))
                if each.method not in _RESTRICTING or (path, each.line) in told or place is None:
                    continue
                told.add((path, each.line))
                yield QueryDiscarded(
                    at_us=statement.at_us,
                    place=place,
                    method=each.method,
                    difference=None,
                    failing=False,
                    ran=True,
                    events=(statement.event,),
                )


def _of_check(
    asked: Asked, queries: Queries, known: Known
) -> Iterator[OperatorMisplaced | QueryDiscarded]:
    check = asked.check
    sent = [each for each in asked.reads if chain_of(each)]
    ran = _ran(queries, sent)
    last = sent[-1] if sent else None
    at_us = last.at_us if last is not None else check.check.at_us
    event = last.event if last is not None else check.check.event
    reads = tuple(dict.fromkeys(t for each in sent for t in tables_of(known.asked(each))))
    for path, function in _reached(asked, queries):
        for operator in operators_in(queries, path, function):
            place = known.place(Site(path, operator.line, function.name))
            if place is not None:
                yield OperatorMisplaced(
                    at_us=at_us,
                    place=place,
                    word=operator.word,
                    difference=asked.difference,
                    ran=id(function) in ran,
                    reads=reads,
                    events=(event, check.check.event),
                )
        for each in discarded_in(queries, path, function):
            place = known.place(Site(path, each.line, function.name))
            if place is not None and each.method in _RESTRICTING:
                yield QueryDiscarded(
                    at_us=at_us,
                    place=place,
                    method=each.method,
                    difference=asked.difference,
                    failing=True,
                    ran=id(function) in ran,
                    reads=reads,
                    events=(event, check.check.event),
                )


def _ran(queries: Queries, sent: list[Statement]) -> set[int]:
    """The functions that led to statements, and those that these call by name, twice removed:
    where a query is composed, there is often nothing to be sent."""
    found = [each for statement in sent for each in _around(queries, statement)]
    for _ in range(2):
        found.extend(each for _, function in list(found) for each in named_by(queries, function))
    return {id(function) for _, function in found}


def _reached(asked: Asked, queries: Queries) -> list[Found]:
    """The functions that what a check is about can have been through, by name."""
    target = asked.check.target
    entries: list[Found] = []
    for statement in asked.reads:
        entries.extend(_around(queries, statement))
    handler = target.handler if target is not None else None
    if handler is not None:
        entries.extend(entered(queries.source, handler.path, handler.line))
    site = asked.check.check.site
    if target is not None and target.kind != "request" and site is not None:
        body = function_at(queries.source.tree(site.path), site.line)
        if body is not None:
            entries.extend(named_by(queries, _until(body, site.line)))
    return reached(queries, entries)


def _until(function: Function, line: int) -> ast.AST:
    """The statements of a test up to its failing line."""
    body = [each for each in function.body if each.lineno <= line]
    return ast.Module(body=body, type_ignores=[])


def _around(queries: Queries, statement: Statement) -> list[Found]:
    return [
        found
        for site in chain_of(statement)
        for found in entered(queries.source, site.path, site.line)
    ]


def _suspects(scope: Scope, known: Known) -> dict[Site, Statement]:
    """The app's lines that sent statements or led to one, each with the first, where a function
    around them calls a method of that name for nothing."""
    found: dict[Site, Statement] = {}
    looked = _LOOKED.setdefault(known.source, {})
    for each in scope.walk():
        for statement in each.statements:
            for site in (statement.site, *statement.callers):
                if site is None or site in found:
                    continue
                if site not in looked:
                    looked[site] = not in_tests(site) and _calls_for_nothing(known, site)
                if looked[site]:
                    found[site] = statement
    return found


def _calls_for_nothing(known: Known, site: Site) -> bool:
    return any(
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Attribute)
        and node.value.func.attr in _RESTRICTING
        for _, function in entered(known.source, site.path, site.line)
        for node in ast.walk(function)
    )


_LOOKED: WeakKeyDictionary[Source, dict[Site, bool]] = WeakKeyDictionary()
