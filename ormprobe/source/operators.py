"""Python's own `and`, `or`, `not`, `in` and `is` where a query's operators were meant.

Python decides these before the query is made: of `a and b` one operand is left, the others are
thrown away; `column is None` is False, whatever the rows hold.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ormprobe.source.nodes import Function
from ormprobe.source.queries import Queries, own_nodes


@dataclass(frozen=True, slots=True)
class Operator:
    """word: as the source has it. line: of the expression; last: its last line."""

    path: str
    line: int
    last: int
    word: str


def operators_in(queries: Queries, path: str, function: Function) -> Iterator[Operator]:
    """Python operators that decide a condition of a query in a function."""
    asked = {id(part) for node in own_nodes(function) for part in _asked_by(node)}
    arguments = {
        id(part)
        for node in own_nodes(function)
        if isinstance(node, ast.Call) and queries.takes_conditions(path, function, node)
        for argument in (*node.args, *(each.value for each in node.keywords))
        for part in _operands(argument)
    }
    for node in own_nodes(function):
        if not isinstance(node, ast.expr) or id(node) in asked:
            continue
        word = _word(queries, path, function, node, id(node) in arguments)
        if word is not None:
            yield Operator(path, node.lineno, node.end_lineno or node.lineno, word)


def _word(
    queries: Queries, path: str, function: Function, node: ast.expr, argument: bool
) -> str | None:
    if isinstance(node, ast.BoolOp):
        # what stands last may be chosen by a plain value: `name and Order.name == name`
        if any(queries.is_condition(path, function, each) for each in node.values[:-1]):
            return "and" if isinstance(node.op, ast.And) else "or"
        return None
    if isinstance(node, ast.Compare) and len(node.ops) > 1:
        inner = [node.left, *node.comparators][1:-1]
        decided = any(_holds_column(queries, function, each) for each in inner)
        return "a chained comparison" if decided and argument else None
    if not argument:
        return None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        of = node.operand
        known = queries.is_column(function, of) or queries.is_condition(path, function, of)
        return "not" if known else None
    if isinstance(node, ast.Compare) and queries.is_column(function, node.left):
        return _WORDS.get(type(node.ops[0]))
    return None


_WORDS: dict[type[ast.cmpop], str] = {
    ast.In: "in", ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip


def _holds_column(queries: Queries, function: Function, node: ast.expr) -> bool:
    return any(
        isinstance(part, ast.Attribute) and queries.is_column(function, part)
        for part in ast.walk(node)
    )


def _operands(argument: ast.expr) -> Iterator[ast.expr]:
    """An argument, and the operands of the operators that it is made of."""
    yield argument
    if isinstance(argument, ast.BinOp):
        yield from _operands(argument.left)
        yield from _operands(argument.right)
    elif isinstance(argument, ast.UnaryOp):
        yield from _operands(argument.operand)
    elif isinstance(argument, ast.BoolOp):
        for value in argument.values:
            yield from _operands(value)
    elif isinstance(argument, ast.Starred | ast.NamedExpr):
        yield from _operands(argument.value)


def _asked_by(node: ast.AST) -> Iterator[ast.AST]:
    """What Python is asked the truth of by a statement, where `and` is its own operator."""
    tests: list[ast.expr] = []
    if isinstance(node, ast.If | ast.While | ast.IfExp | ast.Assert):
        tests = [node.test]
    elif isinstance(node, ast.comprehension):
        tests = node.ifs
    for test in tests:
        yield from ast.walk(test)
