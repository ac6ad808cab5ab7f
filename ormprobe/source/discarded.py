"""Queries that were refined and thrown away: `query.where(...)` as a statement of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ormprobe.source.nodes import Function
from ormprobe.source.queries import GENERATIVE, Queries, own_nodes


@dataclass(frozen=True, slots=True)
class Discarded:
    """method: what was called on a query whose result nothing took."""

    path: str
    line: int
    last: int
    method: str


def discarded_in(queries: Queries, path: str, function: Function) -> Iterator[Discarded]:
    """The calls of a function that give a query which nothing takes.

    One in the body of a `try` may be there to see whether it can be made.
    """
    tried = {
        id(part)
        for node in own_nodes(function)
        if isinstance(node, ast.Try) and node.handlers
        for statement in node.body
        for part in ast.walk(statement)
    }
    for node in own_nodes(function):
        if not isinstance(node, ast.Expr) or id(node) in tried:
            continue
        call = node.value
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        method = call.func.attr
        if method in GENERATIVE and queries.is_query(path, function, call.func.value, node.lineno):
            yield Discarded(path, node.lineno, node.end_lineno or node.lineno, method)
