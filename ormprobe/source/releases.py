"""Connections and sessions that a function of the app takes and never gives back."""

from __future__ import annotations

import ast
import re

from ormprobe.source import Source
from ormprobe.source.nodes import Function, covers, last_name

_TAKES = re.compile(r"connect|session|acquire|getconn|raw_connection", re.IGNORECASE)
_RETURNS = frozenset(("close", "aclose", "release", "putconn", "remove", "invalidate"))


def never_closed(source: Source, path: str, line: int) -> bool:
    """Whether a line takes or uses what its function took outside a `with` and never closes."""
    tree = source.tree(path)
    if tree is None:
        return False
    function: ast.AST = tree
    for node in ast.walk(tree):
        if isinstance(node, Function) and covers(node, line):
            function = node  # walked from the outside in
    taken = _taken(function) & _named(function, line)
    return bool(taken - _closed(function))


def _taken(function: ast.AST) -> set[str]:
    """The names that are given what a call takes from a pool or makes of a session factory."""
    found = set[str]()
    for node in ast.walk(function):
        if not isinstance(node, ast.Assign):
            continue
        value = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(value, ast.Call) and _TAKES.search(last_name(value.func) or ""):
            found.update(name for target in node.targets for name in _names(target))
    return found


def _named(function: ast.AST, line: int) -> set[str]:
    """The names in the simple statement on a line."""
    return {
        name
        for node in ast.walk(function)
        if isinstance(node, ast.stmt) and not hasattr(node, "body") and covers(node, line)
        for name in _names(node)
    }


def _closed(function: ast.AST) -> set[str]:
    """The names that are closed, returned or entered as a context manager."""
    found = set[str]()
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and last_name(node.func) in _RETURNS:
            found.update(_names(node))
        elif isinstance(node, ast.Return | ast.Yield) and isinstance(node.value, ast.Name):
            found.add(node.value.id)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                found.update(_names(item))
    return found


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
