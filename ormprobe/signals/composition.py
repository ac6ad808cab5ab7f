"""Where a query was composed: the statement's line, or the function that gave it the query.

A query that is not run where it is made shows up in whoever looks at its rows first.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from ormprobe.signals.app_queries import queries_of
from ormprobe.signals.known import Known, in_tests
from ormprobe.source.nodes import Function, function_at, last_name
from ormprobe.source.queries import GENERATIVE, Queries, own_nodes
from ormprobe.source.reach import named_by
from ormprobe.timeline.model import Scope, Site, Statement

_DEPTH = 3


def chain_of(statement: Statement) -> list[Site]:
    """The app's lines that led to a statement, the innermost first."""
    sites = (statement.site, *statement.callers)
    return [site for site in sites if site is not None and not in_tests(site)]


def composed_at(known: Known, statement: Statement, target: Scope | None) -> Site | None:
    """The line that composed the query of a statement, as far as the source shows it."""
    found = list(_steps(known, statement, target))
    return found[0] if found else None


def composed_for(
    known: Known, statement: Statement, target: Scope | None, name: str
) -> Site | None:
    """The innermost line, on the way to a statement, of a function that takes something by a name
    and does not restrict a query by it; else the one that composed the query."""
    steps = list(_steps(known, statement, target))
    for site in steps:
        function = function_at(known.source.tree(site.path), site.line)
        if function is not None and _knows(function, name) and not _applies(function, name):
            return site
    return steps[0] if steps else None


def _steps(known: Known, statement: Statement, target: Scope | None) -> Iterator[Site]:
    """The lines that a query came by, the composing one first: as recorded, else by the source."""
    chain = chain_of(statement)
    recorded = [site for site in reversed(statement.composed) if not in_tests(site)]
    if recorded:
        yield from recorded
        yield from chain
        return
    if not chain and target is not None and target.handler is not None:
        chain = [target.handler]
    if not chain:
        return
    first = chain[0]
    function = function_at(known.source.tree(first.path), first.line)
    if function is not None:
        yield from _given(queries_of(known), first.path, function, statement, _DEPTH)
    yield from chain


def _given(
    queries: Queries, path: str, function: Function, statement: Statement, deep: int
) -> Iterator[Site]:
    """The lines of the functions that a function has a query from, where it makes none itself."""
    if deep == 0 or _makes(queries, path, function):
        return
    sources = [
        (where, each)
        for where, each in named_by(queries, function)
        if each is not function and queries.returned(where, each) is not None
    ]
    if len(sources) > 1:
        sources = [(w, e) for w, e in sources if _is_about(queries, w, e, statement)]
    if len(sources) != 1:
        return
    where, found = sources[0]
    yield from _given(queries, where, found, statement, deep - 1)
    value = queries.returned(where, found)
    assert value is not None
    yield Site(where, value.lineno, found.name)


def _makes(queries: Queries, path: str, function: Function) -> bool:
    """Whether a function begins a query itself."""
    return any(isinstance(node, ast.Call) and queries.begins(node) for node in own_nodes(function))


def _is_about(queries: Queries, path: str, function: Function, statement: Statement) -> bool:
    """Whether a function speaks of the model that a statement is about."""
    names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    rows = statement.rows
    about = {each.entity for each in rows.entities} if rows is not None else set[str]()
    if statement.entity is not None:
        about.add(statement.entity)
    return not about or bool(names & {each.rpartition(".")[2] for each in about})


def _knows(function: Function, name: str) -> bool:
    """Whether a function takes something by a name, or asks for it."""
    arguments = function.args
    taken = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    return name in taken or any(
        isinstance(node, ast.Constant) and node.value == name for node in ast.walk(function)
    )


def _applies(function: Function, name: str) -> bool:
    """Whether a function hands what it took by a name to a method that refines a query."""
    held = {name} | {
        target.id
        for node in own_nodes(function)
        if isinstance(node, ast.Assign)
        and any(isinstance(part, ast.Constant) and part.value == name for part in ast.walk(node))
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in own_nodes(function):
        if not isinstance(node, ast.Call) or last_name(node.func) not in GENERATIVE:
            continue
        given = [*node.args, *(each.value for each in node.keywords)]
        if any(
            isinstance(part, ast.Name) and part.id in held
            for each in given
            for part in ast.walk(each)
        ):
            return True
    return False


def narrowed(known: Known, site: Site | None, words: Iterable[str]) -> Site | None:
    """The line, of the statements that compose a query around a site, that speaks of most words:
    names of columns, tables and their classes. The site itself where none does."""
    function = function_at(known.source.tree(site.path), site.line) if site is not None else None
    if site is None or function is None:
        return site
    wanted = {word.lower() for word in words if word}
    wanted |= {
        table.entity.rpartition(".")[2].lower()
        for table in known.run.tables.values()
        if table.entity and table.name in wanted
    }
    said: dict[int, set[str]] = {}
    for node in _composing(function, site.line):
        for name in _spoken(node):
            said.setdefault(node.lineno, set()).update(wanted & {name.lower()})
    best = max(said, key=lambda line: (len(said[line]), line), default=None)
    if best is None or not said[best] or said.get(site.line) == said[best]:
        return site
    return Site(site.path, best, site.function)


def _composing(function: Function, until: int) -> Iterator[ast.expr | ast.keyword]:
    """The parts of the assignments, up to a line, and of the statement there, that hold a call of
    a method that refines a query."""
    for statement in ast.walk(function):
        if not isinstance(statement, ast.Assign | ast.AnnAssign | ast.Return | ast.Expr):
            continue
        if statement.lineno > until:
            continue
        parts = [each for each in ast.walk(statement) if isinstance(each, ast.expr | ast.keyword)]
        if any(isinstance(each, ast.Call) and last_name(each.func) in _COMPOSING for each in parts):
            yield from parts


_COMPOSING = GENERATIVE | {"select", "query"}


def _spoken(node: ast.expr | ast.keyword) -> list[str]:
    if isinstance(node, ast.keyword):
        return (node.arg or "").split("__")
    if isinstance(node, ast.Attribute):
        return [node.attr, f"{node.attr}_id"]
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.split("__")
    return []
