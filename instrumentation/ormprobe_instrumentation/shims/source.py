"""What the source of a failing check says: its operator, and which side was written as a literal.

Nothing is evaluated: an operand is known when it is a literal or a local name.
"""

from __future__ import annotations

import ast
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

_LINES = 30

_OPERATORS: Dict[type, str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
NEGATED = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
    "is": "is not",
    "is not": "is",
    "in": "not in",
    "not in": "in",
}

Operands = List[Any]  # of 0 to 2 nodes


class Assertion(NamedTuple):
    """An `assert` as it is written.

    operator: of the comparison, else "truth", "not", "and" or "or".
    negated: whether a `not` stands before the comparison (the operator then is the opposite).
    chained: whether the operands of the comparison that failed are not these.
    """

    operator: str
    operands: Operands
    negated: bool
    chained: bool


def read_assert(path: str, line: int) -> Optional[Assertion]:
    """The `assert` statement that begins at a line, or stands in it."""
    for node in _nodes(path, line):
        if isinstance(node, ast.Assert):
            return _assertion(node.test)
    return None


def read_call(path: str, line: int, name: str) -> Operands:
    """The first two positional arguments of the call of `name` at a line."""
    for node in _nodes(path, line):
        if isinstance(node, ast.Call):
            called = node.func
            if getattr(called, "attr", getattr(called, "id", None)) == name:
                return list(node.args[:2])
    return []


def expected_side(operands: Operands) -> Optional[str]:
    """The side that is a literal; None when neither or both are."""
    if len(operands) != 2:
        return None
    left, right = (_literal(node)[0] for node in operands)
    if left == right:
        return None
    return "left" if left else "right"


def known_value(node: Any, names: Mapping[str, Any]) -> Tuple[bool, Any]:
    """Whether an operand's value is known without evaluating anything, and the value."""
    if isinstance(node, ast.Name):
        return node.id in names, names.get(node.id)
    return _literal(node)


def _assertion(test: ast.expr) -> Assertion:
    negated = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    inner = test.operand if isinstance(test, ast.UnaryOp) and negated else test
    if isinstance(inner, ast.Compare):
        operator = _OPERATORS[type(inner.ops[0])]
        chained = len(inner.ops) > 1
        operands = [] if chained else [inner.left, inner.comparators[0]]
        shown = NEGATED[operator] if negated else operator
        return Assertion(shown, operands, negated, chained)
    if isinstance(inner, ast.BoolOp) and not negated:
        return Assertion("and" if isinstance(inner.op, ast.And) else "or", [], False, True)
    return Assertion("not" if negated else "truth", [inner], negated, False)


def _literal(node: Any) -> Tuple[bool, Any]:
    try:
        return True, ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False, None


def _nodes(path: str, line: int) -> List[ast.AST]:
    """The nodes of the statement that begins at a line: the fewest lines that parse."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()[line - 1 : line - 1 + _LINES]
    except OSError:
        return []
    for count in range(1, len(lines) + 1):
        try:
            tree = ast.parse("\n".join(lines[:count]).lstrip())
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            continue
        return list(ast.walk(tree))
    return []
