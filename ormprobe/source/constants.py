"""Functions that answer with what is written in the source, and with nothing else."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ormprobe.source import Source
from ormprobe.source.nodes import Function, last_name

_DEPTH = 3
_WRAPPERS = frozenset(
    ("jsonify", "JsonResponse", "JSONResponse", "Response", "json_response", "json", "dict", "list")
)
"""Calls that make an answer of what they are given."""


def answered_at(source: Source, path: str, line: int) -> tuple[str, int] | None:
    """The line of the constant that the function at a line answers with; None where it may answer
    with anything else, or only with a text or a number, as a ping does."""
    function = _function_of(source, path, line)
    return None if function is None else _returned(source, path, function, _DEPTH)


def _function_of(source: Source, path: str, line: int) -> Function | None:
    """The function that begins at a line, its decorators included, or holds it."""
    tree = source.tree(path)
    found: Function | None = None
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, Function):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            if first <= line <= (node.end_lineno or node.lineno):
                found = node
    return found


def _returned(source: Source, path: str, function: Function, depth: int) -> tuple[str, int] | None:
    returns = [each for each in _own(function) if isinstance(each, ast.Return)]
    if not returns or any(isinstance(each, ast.Yield) for each in _own(function)):
        return None
    places = [_constant(source, path, function, each.value, depth) for each in returns]
    if any(place is None for place in places):
        return None
    return places[-1]


def _constant(
    source: Source, path: str, function: Function, value: ast.expr | None, depth: int
) -> tuple[str, int] | None:
    if isinstance(value, ast.Await):
        value = value.value
    if isinstance(value, ast.Tuple) and value.elts:  # of a body and its status
        value = value.elts[0]
    if isinstance(value, ast.Dict | ast.List):
        return (path, value.lineno) if _is_literal(value) else None
    if isinstance(value, ast.Name):
        given = list(_given(source, path, function, value.id))
        return (path, given[0].lineno) if len(given) == 1 and _is_literal(given[0]) else None
    if isinstance(value, ast.Call):
        name = last_name(value.func)
        if name in _WRAPPERS:
            inside = value.args[0] if value.args else None
            if inside is not None:
                return _constant(source, path, function, inside, depth)
            if value.keywords and all(_is_literal(each.value) for each in value.keywords):
                return path, value.lineno
            return None
        return _called(source, name, depth)
    return None


def _called(source: Source, name: str | None, depth: int) -> tuple[str, int] | None:
    """What the only function of the app of a name answers with."""
    if name is None or depth == 0:
        return None
    found = [
        (path, node)
        for path in source.files()
        if f"def {name}(" in (source.text(path) or "")
        for node in ast.walk(source.tree(path) or ast.Module([], []))
        if isinstance(node, Function) and node.name == name
    ]
    return _returned(source, found[0][0], found[0][1], depth - 1) if len(found) == 1 else None


def _given(source: Source, path: str, function: Function, name: str) -> Iterator[ast.expr]:
    """What a name was assigned, in the function or else in its module; any other way that its value
    may change makes it two."""
    inside = list(_assigned(ast.walk(function), name))
    tree = source.tree(path)
    yield from inside or _assigned(ast.walk(tree) if tree is not None else (), name)


def _assigned(nodes: Iterator[ast.AST] | tuple[()], name: str) -> Iterator[ast.expr]:
    for node in nodes:
        if isinstance(node, ast.Assign):
            yield from (node.value for each in node.targets if _is_name(each, name))
        elif isinstance(node, ast.AnnAssign | ast.AugAssign) and _is_name(node.target, name):
            yield node.value if node.value is not None else ast.Constant(None)
        elif isinstance(node, ast.Attribute | ast.Subscript) and _is_name(node.value, name):
            yield node  # it may be appended to, or set within


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _own(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))


def _is_literal(node: ast.expr) -> bool:
    if isinstance(node, ast.Dict):
        return all(key is not None and _is_literal(key) for key in node.keys) and all(
            map(_is_literal, node.values)
        )
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return all(map(_is_literal, node.elts))
    if isinstance(node, ast.UnaryOp):
        return _is_literal(node.operand)
    return isinstance(node, ast.Constant)
