"""Query objects that nothing but `await` runs: where the app's source made the one that it used.

Of some libraries a query, and a relation that was not fetched, is an object that can be awaited.
Used as it is, it is neither its rows nor the related object.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ormprobe.source import Source
from ormprobe.source.coroutines import READ, WRITE
from ormprobe.source.nodes import Function, covers, function_at, last_name, root_name
from ormprobe.timeline.model import Site

LIBRARIES = frozenset(("tortoise",))
"""Those whose queries are awaited."""

_WRITES = frozenset(
    ("create", "save", "delete", "update", "bulk_create", "bulk_update", "get_or_create",
     "update_or_create", "add", "remove", "clear")
)  # fmt: skip
_SINGLE = frozenset(
    ("exists", "count", "first", "last", "get", "get_or_none", "latest", "earliest", "contains",
     "update", "delete")
)  # fmt: skip
"""What ends a query; one that is not ended may be looked at to see whether there is one."""
_ABSENT = re.compile(r"has no attribute '(\w+)'")
_MANAGER = ("cls", "self")


@dataclass(frozen=True, slots=True)
class Pending:
    """What gave a query object: its line, what was called or read there, what it would do.

    relation: it is a relation that was not fetched, of this name.
    """

    path: str
    line: int
    name: str
    effect: str = READ
    relation: str | None = None


@lru_cache(maxsize=4)
def awaits_queries(source: Source) -> bool:
    """Whether the app imports a library whose queries are awaited."""
    return any(
        library in (source.text(path) or "") and any(True for _ in _imports(source.tree(path)))
        for path in source.files()
        for library in LIBRARIES
    )


def pending_at(
    source: Source, frames: Sequence[Site], message: str, relations: frozenset[str]
) -> Pending | None:
    """What gave the query object that the line of the first frame used.

    message: of the exception that Python raised there. relations: names of the mapped ones. None
    where the source does not show it.
    """
    parameter: str | None = None
    name = ""
    for depth, frame in enumerate(frames):
        tree = source.tree(frame.path)
        if tree is None:
            return None
        function = function_at(tree, frame.line)
        values = (
            list(_passed(tree, frame.line, name, parameter, frames[depth - 1], source))
            if parameter is not None
            else list(_spoken_of(tree, frame.line, message))
        )
        for value in values:
            found = _given(source, frame.path, function or tree, value, frame.line, relations)
            if found is not None:
                return found
        names = [value.id for value in values if isinstance(value, ast.Name)]
        parameter = next((each for each in names if _is_parameter(function, each)), None)
        if parameter is None or function is None:
            return None
        name = function.name
    return None


def condition_at(source: Source, path: str, line: int) -> Pending | None:
    """The query whose truth a line asks for, where the line or its function made it for that."""
    tree = source.tree(path)
    if tree is None:
        return None
    body: ast.AST = function_at(tree, line) or tree
    for value in _tests(tree, line):
        values = [value]
        if isinstance(value, ast.Name):
            values = [each for each in _assigned(body, value.id, line) if _last_of(each) in _SINGLE]
        for each in values:
            if isinstance(each, ast.Call) and _is_query(each, models(source), frozenset()):
                return Pending(path, each.lineno, last_name(each.func) or "")
    return None


def effect_of_query(source: Source, call: ast.Call) -> str | None:
    """What a query that a call makes would do; None for what is no query of a mapped class."""
    return _effect(call) if _is_query(call, models(source), frozenset()) else None


@lru_cache(maxsize=4)
def models(source: Source) -> frozenset[str]:
    """The names of the app's classes that derive from those libraries' own."""
    classes: list[tuple[str, list[str], set[str]]] = []
    for path in source.files():
        tree = source.tree(path)
        imported = set(_imports(tree))
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.ClassDef):
                bases = [name for base in node.bases if (name := _named(base)) is not None]
                roots = {root for base in node.bases if (root := root_name(base)) is not None}
                classes.append((node.name, bases, roots & imported))
    found = {name for name, _, own in classes if own}
    for _ in classes:  # a model of the app's own may be the base of others
        more = {name for name, bases, _ in classes if found.intersection(bases)}
        if more <= found:
            break
        found |= more
    return frozenset(found)


def _named(base: ast.expr) -> str | None:
    """The class that another is made from: `Model` of `Model[Key]`."""
    return last_name(base.value if isinstance(base, ast.Subscript) else base)


def _given(
    source: Source,
    path: str,
    body: ast.AST,
    value: ast.expr,
    line: int,
    relations: frozenset[str],
    deep: int = 2,
) -> Pending | None:
    """What gave an expression its value, where that is a query or a relation as it is."""
    waited = isinstance(value, ast.Await)
    bare = value.value if isinstance(value, ast.Await) else value
    if isinstance(bare, ast.Name) and not waited:
        for assigned in _assigned(body, bare.id, line):
            found = _given(source, path, body, assigned, assigned.lineno, relations, deep)
            if found is not None:
                return found
        return None
    if isinstance(bare, ast.Attribute) and not waited:
        if bare.attr not in relations or isinstance(bare.ctx, ast.Store):
            return None
        return Pending(path, bare.lineno, bare.attr, relation=bare.attr)
    if not isinstance(bare, ast.Call):
        return None
    if not waited and _made_in(source, body, bare, relations):
        return Pending(path, bare.lineno, last_name(bare.func) or "", _effect(bare))
    return _returned(source, last_name(bare.func), relations, deep)


def _returned(
    source: Source, name: str | None, relations: frozenset[str], deep: int
) -> Pending | None:
    """The query that the app's only function of a name hands on without running it."""
    found = list(_functions(source, name)) if name is not None and deep else []
    if len(found) != 1:
        return None
    path, function = found[0]
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            given = _given(source, path, function, node.value, node.lineno, relations, deep - 1)
            if given is not None:
                return given
    return None


def _made_in(source: Source, body: ast.AST, call: ast.Call, relations: frozenset[str]) -> bool:
    """Whether a call makes a query, or goes on with one that its function keeps by a name."""
    classes = models(source)
    if _is_query(call, classes, relations):
        return True
    root = root_name(call)
    return root is not None and any(
        isinstance(value, ast.Call) and _is_query(value, classes, relations)
        for value in _assigned(body, root, call.lineno)
    )


def _is_query(call: ast.Call, classes: frozenset[str], relations: frozenset[str]) -> bool:
    """Whether a call is the end of a chain that began at a mapped class or at a relation."""
    node: ast.expr = call.func
    if not isinstance(node, ast.Attribute):
        return False
    while isinstance(node, ast.Attribute | ast.Call):
        if isinstance(node, ast.Attribute):
            if node.attr in relations and node is not call.func:
                return True
            node = node.value
        else:
            node = node.func
    if not isinstance(node, ast.Name):
        return False
    return node.id in classes or (node.id in _MANAGER and last_name(call.func) in _WRITES)


def _effect(call: ast.Call) -> str:
    return WRITE if last_name(call.func) in _WRITES else READ


def _spoken_of(tree: ast.AST, line: int, message: str) -> Iterator[ast.expr]:
    """The expressions on a line that the message can be about, the largest first."""
    absent = _ABSENT.search(message)
    nodes = list(_on(tree, line))
    awaited = {id(node.value) for node in nodes if isinstance(node, ast.Await)}
    for node in nodes:
        if absent is None:
            if id(node) not in awaited:
                yield node
        elif isinstance(node, ast.Attribute) and node.attr == absent[1]:
            yield node.value


def _on(tree: ast.AST, line: int) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.expr) and covers(node, line):
            yield node


def _is_parameter(function: Function | None, name: str) -> bool:
    return function is not None and name in _parameters(function)


def _parameters(function: Function) -> list[str]:
    arguments = function.args
    return [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def _tests(tree: ast.AST, line: int) -> Iterator[ast.expr]:
    """The expressions on a line whose truth decides something."""
    for node in ast.walk(tree):
        found: list[ast.expr] = []
        if isinstance(node, ast.If | ast.While | ast.IfExp | ast.Assert):
            found = [node.test]
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            found = [node.operand]
        elif isinstance(node, ast.BoolOp):
            found = node.values[:-1]  # what the last one is, the whole is
        elif isinstance(node, ast.comprehension):
            found = node.ifs
        for each in (part for whole in found for part in _parts(whole)):
            if covers(each, line):
                yield each


def _parts(condition: ast.expr) -> Iterator[ast.expr]:
    """What a condition is made of."""
    if isinstance(condition, ast.BoolOp):
        for value in condition.values:
            yield from _parts(value)
    else:
        yield condition


def _last_of(value: ast.expr) -> str | None:
    return last_name(value.func) if isinstance(value, ast.Call) else None


def _passed(
    tree: ast.AST, line: int, name: str, parameter: str, inner: Site, source: Source
) -> Iterator[ast.expr]:
    """What the call of a function on a line gave to one of its parameters."""
    callee = function_at(source.tree(inner.path), inner.line)
    names = _parameters(callee) if callee is not None else []
    if names[:1] and names[0] in _MANAGER:
        del names[0]
    for node in _on(tree, line):
        if not isinstance(node, ast.Call) or last_name(node.func) != name:
            continue
        for keyword in node.keywords:
            if keyword.arg == parameter:
                yield keyword.value
        at = names.index(parameter) if parameter in names else len(node.args)
        if at < len(node.args) and not isinstance(node.args[at], ast.Starred):
            yield node.args[at]


def _assigned(body: ast.AST, name: str, line: int) -> list[ast.expr]:
    """What was assigned to a name before a line, the last first."""
    found: list[ast.expr] = []
    for node in ast.walk(body):
        targets: list[ast.expr] = []
        value: ast.expr | None = None
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
            targets, value = [node.target], node.value
        if value is None or value.lineno > line:
            continue
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            found.append(value)
    return sorted(found, key=lambda each: each.lineno, reverse=True)


def _functions(source: Source, name: str) -> Iterator[tuple[str, Function]]:
    for path in source.files():
        if f"def {name}" not in (source.text(path) or ""):
            continue
        tree = source.tree(path)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, Function) and node.name == name:
                yield path, node


def _imports(tree: ast.Module | None) -> Iterator[str]:
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.ImportFrom):
            if not node.level and (node.module or "").partition(".")[0] in LIBRARIES:
                yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] in LIBRARIES:
                    yield alias.asname or alias.name.partition(".")[0]
