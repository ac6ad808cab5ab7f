"""What the source of a failing check says: its operator, and which side was written out.

Nothing is evaluated: an operand is known when it is a literal, a local name, or what plain lists
and dictionaries hold at a place that is written out.
"""

from __future__ import annotations

import ast
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple, cast

from .syntax import parsed

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
    """The side that is written out, the more of it the surer; None when neither or both are."""
    if len(operands) != 2:
        return None
    left, right = (_written(node) for node in operands)
    if left == right:
        return None
    return "left" if left > right else "right"


def known_value(node: Any, names: Mapping[str, Any]) -> Tuple[bool, Any]:
    """Whether an operand's value is known without evaluating anything, and the value."""
    if isinstance(node, ast.Name):
        return node.id in names, names.get(node.id)
    if isinstance(node, ast.Subscript):
        return _held_value(node, names)
    if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "len":
        known, sized = known_value(node.args[0], names) if len(node.args) == 1 else (False, None)
        if known and type(sized) in _SIZED:
            return True, len(cast(Any, sized))
        return False, None
    return _literal(node)


def _held_value(node: ast.Subscript, names: Mapping[str, Any]) -> Tuple[bool, Any]:
    known, holder = known_value(node.value, names)
    place = key_of(node)
    if not known or type(holder) not in (dict, list, tuple):
        return False, None
    try:
        return True, holder[place]
    except (LookupError, TypeError):
        return False, None


def key_of(node: ast.Subscript) -> Any:
    """The key or index that is written out in a subscript, None for none."""
    part: Any = node.slice
    part = getattr(part, "value", part) if type(part).__name__ == "Index" else part  # before 3.9
    known, value = _literal(part)
    return value if known and type(value) in (str, int) else None


def subscripts(path: str, line: int) -> List[ast.Subscript]:
    """The subscripts of the statement that begins at a line, or stands in it."""
    return [node for node in _nodes(path, line) if isinstance(node, ast.Subscript)]


_SIZED = (dict, list, tuple, set, frozenset, str)

_MADE = frozenset(
    (
        "approx", "bool", "bytes", "date", "datetime", "Decimal", "dict", "float", "frozenset",
        "int", "list", "set", "str", "time", "timedelta", "tuple", "UUID",
    )
)  # fmt: skip
"""What literals are wrapped in that Python has no literal for."""


def _written(node: ast.AST) -> int:
    """How surely a side is written out: 3 a literal, 2 made of literals alone, 1 an object, list or
    text of which some is written out, or a constant of the module, 0 anything else."""
    if _literal(node)[0]:
        return 3
    if _is_made(node):
        return 2
    if isinstance(node, (ast.Dict, ast.List, ast.Tuple, ast.Set, ast.JoinedStr)):
        return 1
    name = getattr(node, "id", None)
    return 1 if isinstance(name, str) and name.isupper() else 0


def _is_made(node: ast.AST) -> bool:
    """Whether an expression has no values but literals, as `[200] * 12` or `date(2024, 1, 31)`."""
    for found in ast.walk(node):
        if isinstance(found, ast.Name) and found.id not in _MADE:
            module = found.id in ("datetime", "decimal", "uuid", "pytest")
            if not module:
                return False
        elif isinstance(found, ast.Attribute):
            if found.attr not in _MADE:
                return False
        elif isinstance(found, (ast.Await, ast.Subscript, ast.Starred, ast.comprehension)):
            return False
    return True


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
        tree = parsed("\n".join(lines[:count]).lstrip())
        if tree is not None:
            return list(ast.walk(tree))
    return []
