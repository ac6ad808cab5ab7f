"""What is asked of a syntax tree everywhere: what holds a line, and what a dotted name ends in."""

from __future__ import annotations

import ast

Function = ast.FunctionDef | ast.AsyncFunctionDef


def covers(node: ast.stmt | ast.expr, line: int) -> bool:
    """Whether a node stands on a line, its decorators left out."""
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def spans(body: list[ast.stmt], line: int) -> bool:
    """Whether a line is one of a block's."""
    return body[0].lineno <= line <= (body[-1].end_lineno or body[-1].lineno)


def function_at(tree: ast.AST | None, line: int) -> Function | None:
    """The innermost function that holds a line."""
    found: Function | None = None
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, Function) and covers(node, line):
            found = node  # walked from the outside in
    return found


def last_name(node: ast.expr) -> str | None:
    """`filter` of `Order.objects.filter`, and a plain name itself; None for other expressions."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def root_name(node: ast.expr) -> str | None:
    """`Order` of `Order.objects.filter(...)[0].lines`; None where no name begins it."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None
