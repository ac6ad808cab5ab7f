"""Where the app's source starts tasks or threads, and which keywords it gives on a line."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ormprobe.source import Source
from ormprobe.source.nodes import covers, last_name

_STARTERS = frozenset(
    (
        "gather", "create_task", "ensure_future", "start_soon", "as_completed", "wait",
        "submit", "map", "Thread",
    )
)  # fmt: skip


def fan_outs(source: Source, function: str) -> list[tuple[str, int]]:
    """The lines of the app that start a function several times or beside others, outside tests."""
    found = set[tuple[str, int]]()
    for path in source.files():
        if function not in (source.text(path) or ""):
            continue
        tree = source.tree(path)
        for node in ast.walk(tree) if tree is not None else ():
            if not isinstance(node, ast.Call) or last_name(node.func) not in _STARTERS:
                continue
            if function in _named(node):
                found.add((path, node.lineno))
    return sorted(found)


def keywords(source: Source, path: str, line: int) -> frozenset[str]:
    """The keywords of the calls that a line is a part of."""
    tree = source.tree(path)
    return frozenset(
        keyword.arg
        for node in (ast.walk(tree) if tree is not None else ())
        if isinstance(node, ast.Call) and covers(node, line)
        for keyword in node.keywords
        if keyword.arg is not None
    )


def _named(call: ast.Call) -> set[str]:
    """The functions that a starter is given: called in it, or handed over by name."""
    parts = [*call.args, *(keyword.value for keyword in call.keywords)]
    return {name for part in parts for name in _functions(part)}


def _functions(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Name | ast.Attribute):
        name = last_name(node)
        if name is not None:
            yield name
        return
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            name = last_name(part.func)
            if name is not None:
                yield name
