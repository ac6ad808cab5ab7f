"""Names of the app that are empty at first and hold its engine, session factory or pool later."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ormprobe.source import Source
from ormprobe.source.nodes import Function, covers, spans

_MAKERS = frozenset(
    (
        "create_engine", "create_async_engine", "engine_from_config", "async_engine_from_config",
        "sessionmaker", "async_sessionmaker", "scoped_session", "async_scoped_session",
        "create_pool", "ConnectionPool", "AsyncConnectionPool", "ThreadedConnectionPool",
        "SimpleConnectionPool", "SqliteDatabase", "PostgresqlDatabase", "MySQLDatabase",
        "PooledSqliteDatabase", "PooledPostgresqlDatabase", "PooledMySQLDatabase",
        "AsyncSqliteDatabase", "AsyncPostgresqlDatabase", "AsyncMySQLDatabase",
    )
)  # fmt: skip
"""What makes a part of the data layer that lives as long as the program."""

_NONE = re.compile(r"'NoneType' object (?:is not (callable)|has no attribute '(\w+)')")
_MANAGER = re.compile(r"'NoneType' object does not support the (?:asynchronous )?context manager")
_ABSENT = re.compile(r"(?:object|module .*) has no attribute '(\w+)'|^name '(\w+)' is not defined")

_BINDS = re.compile(r"\.bind(?:_ctx)?\(")

Line = tuple[str, int]


@dataclass(frozen=True, slots=True)
class SetUp:
    """A name of the app. empty: where it is None at first; setter: where a function sets it.

    firm: no function empties it again.
    """

    name: str
    empty: Line | None
    setter: Line
    firm: bool


def used_empty(source: Source, path: str, line: int, message: str) -> SetUp | None:
    """The part of the data layer that a line used while it was not there.

    message: of the exception that Python raised on that line. None where what it speaks of is
    nothing that the app sets up elsewhere.
    """
    tree = source.tree(path)
    for node in _missed(tree, line, message) if tree is not None else ():
        if isinstance(node, ast.Name) and _is_local(tree, line, node.id):
            continue
        found = _set_up(source, _name(node))
        if found is not None:
            return found
    return None


def guarded(source: Source, path: str, line: int) -> SetUp | None:
    """The same of a `raise` of the app in an `if` that asks whether something is there."""
    tree = source.tree(path)
    for node in ast.walk(tree) if tree is not None else ():
        if not isinstance(node, ast.If) or not spans(node.body, line):
            continue
        for part in ast.walk(node.test) if _asks_for_none(node.test) else ():
            if isinstance(part, ast.Name | ast.Attribute):
                found = _set_up(source, _name(part))
                if found is not None:
                    return found
    return None


def binds_models(source: Source) -> bool:
    """Whether the app hands its models to a database in calls, not in their declaration."""
    return any(_BINDS.search(source.text(path) or "") for path in source.files())


def _missed(tree: ast.Module, line: int, message: str) -> Iterator[ast.expr]:
    """The expressions of a line that the message can speak of."""
    absent, none = _ABSENT.search(message), _NONE.search(message)
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr | ast.With | ast.AsyncWith):
            continue
        if not covers(node, line):
            continue
        if none is not None:
            if isinstance(node, ast.Call) and none[1]:
                yield node.func
            elif isinstance(node, ast.Attribute) and node.attr == none[2]:
                yield node.value
        elif _MANAGER.search(message):
            if isinstance(node, ast.With | ast.AsyncWith):
                yield from (item.context_expr for item in node.items)
        elif isinstance(node, ast.expr) and absent is not None and _name(node) in absent.groups():
            yield node


def _is_local(tree: ast.AST | None, line: int, name: str) -> bool:
    """Whether a name on a line is an argument or variable of its function."""
    for node in ast.walk(tree) if tree is not None else ():
        if not isinstance(node, Function):
            continue
        if not covers(node, line):
            continue
        arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        if any(argument.arg == name for argument in arguments):
            return True
        parts = list(ast.walk(node))
        if any(isinstance(part, ast.Global) and name in part.names for part in parts):
            continue
        stored = (part for part in parts if isinstance(part, ast.Name))
        if any(part.id == name and isinstance(part.ctx, ast.Store) for part in stored):
            return True
    return False


def _set_up(source: Source, name: str | None) -> SetUp | None:
    if name is None:
        return None
    setter: Line | None = None
    shadow: Line | None = None  # a function makes it, and keeps it for itself: `global` is missing
    empty: Line | None = None
    firm = True
    for path, function, node in _assignments(source, name):
        if node.value is None:
            continue
        if isinstance(node.value, ast.Constant) and node.value.value is None:
            if function is None or function.name == "__init__":
                empty = empty or (path, node.lineno)
            else:
                firm = False
        elif function is not None and _makes(node.value):
            if _lasts(function, node, name):
                setter = setter or (path, node.lineno)
            else:
                shadow = shadow or (path, node.lineno)
    if setter is None and shadow is not None and empty is not None and shadow[0] == empty[0]:
        setter = shadow
    return None if setter is None else SetUp(name, empty, setter, firm)


_Assignment = ast.Assign | ast.AnnAssign


def _assignments(source: Source, name: str) -> Iterator[tuple[str, Function | None, _Assignment]]:
    """The assignments to a name or attribute in the app, with the function each is in."""
    for path in source.files():
        if name not in (source.text(path) or ""):
            continue
        tree = source.tree(path)
        if tree is None:
            continue
        inside = {
            id(part): function
            for function in ast.walk(tree)
            if isinstance(function, Function)
            for part in ast.walk(function)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if any(_name(target) == name for target in targets):
                    yield path, inside.get(id(node)), node


def _makes(value: ast.expr) -> bool:
    return any(
        isinstance(part, ast.Call) and _name(part.func) in _MAKERS for part in ast.walk(value)
    )


def _lasts(function: Function, node: _Assignment, name: str) -> bool:
    """Whether an assignment outlives its function: to a global, or to a part of something."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if any(not isinstance(target, ast.Name) for target in targets):
        return True
    return any(isinstance(part, ast.Global) and name in part.names for part in ast.walk(function))


def _asks_for_none(test: ast.expr) -> bool:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return True
    return isinstance(test, ast.Compare) and any(
        isinstance(part, ast.Constant) and part.value is None for part in test.comparators
    )


def _name(node: ast.expr) -> str | None:
    """The last part of a name: `factory` of `state.factory`, `pool` of `app["pool"]`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        key = node.slice
        if isinstance(key, ast.Constant):
            return key.value if isinstance(key.value, str) else None
        return _name(key)
    return node.id if isinstance(node, ast.Name) else None
