"""The static call tree: functions of the app that others reach by name."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from ormprobe.source import Source
from ormprobe.source.nodes import Function, covers, last_name
from ormprobe.source.queries import Queries

MOST_DEFINITIONS = 4
"""A name that more functions have says too little."""

MAX_FUNCTIONS = 400

Found = tuple[str, Function]


def entered(source: Source, path: str, line: int) -> list[Found]:
    """The functions that a line of the app stands for: the one around it, a class's methods."""
    tree = source.tree(path)
    found: Function | None = None
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.ClassDef) and _begins(node, line):
            return [(path, part) for part in node.body if isinstance(part, Function)]
        if isinstance(node, Function) and (covers(node, line) or _begins(node, line)):
            found = node
    return [] if found is None else [(path, found)]


def reached(queries: Queries, entries: Iterable[Found]) -> list[Found]:
    """The entries, and what is called or handed on by name from there, nearest first."""
    found: dict[int, Found] = {}
    waiting = list(entries)
    while waiting and len(found) < MAX_FUNCTIONS:
        path, function = waiting.pop(0)
        if id(function) in found:
            continue
        found[id(function)] = path, function
        for name in sorted(set(_names(function))):
            known = queries.functions(name)
            if len(known) <= MOST_DEFINITIONS:
                waiting.extend(known)
    return list(found.values())


def named_by(queries: Queries, body: ast.AST) -> list[Found]:
    """The functions that a piece of code names, as a test does."""
    found: list[Found] = []
    for name in sorted(set(_names(body))):
        known = queries.functions(name)
        if len(known) <= MOST_DEFINITIONS:
            found.extend(known)
    return found


def _begins(node: ast.ClassDef | Function, line: int) -> bool:
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    return first <= line <= node.lineno


def _names(body: ast.AST) -> Iterator[str]:
    for node in ast.walk(body):
        if isinstance(node, ast.Call):
            name = last_name(node.func)
            if name is not None:
                yield name
            handed = [*node.args, *(each.value for each in node.keywords)]
            yield from (each.id for each in handed if isinstance(each, ast.Name))
