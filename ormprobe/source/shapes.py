"""Rows that a query was asked to give in another shape than as objects, found in the source.

Only what the syntax proves counts: the value on a failing line is followed back over assignments,
loops, the app's own functions and the callers on the stack, to the call that chose the shape.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ormprobe.source import Source
from ormprobe.source.nodes import Function, covers, function_at
from ormprobe.timeline.model import Site

SHAPES = {
    "dict": ("dicts", "values", "mappings"),
    "tuple": ("tuples", "values_list"),
    "ModelSelect": ("select",),
}
"""By the class of a row, or of a query, the calls that ask for it."""

_STEPS = 12
_HANDS_ON = frozenset(("list", "tuple", "sorted", "iter", "next", "reversed", "enumerate"))
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

Line = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Way:
    """Where a value is looked at: the frames from its function outwards, and the steps left."""

    path: str
    line: int
    frames: Sequence[Site]
    steps: int


def shaped_at(source: Source, frames: Sequence[Site], kind: str, attribute: str) -> Line | None:
    """The line that asked for rows of a class (`dict`, `tuple`), one of which a failing line read
    an attribute of; None where that is not shown. frames: innermost first."""
    if kind not in SHAPES or not frames:
        return None
    tree = source.tree(frames[0].path)
    way = _Way(frames[0].path, frames[0].line, frames[1:], _STEPS)
    for node in ast.walk(tree) if tree is not None else ():
        if not isinstance(node, ast.Attribute) or node.attr != attribute:
            continue
        if covers(node, way.line):
            found = _from(source, node.value, way, SHAPES[kind])
            if found is not None:
                return found
    return None


def _from(source: Source, value: ast.expr, way: _Way, asks: tuple[str, ...]) -> Line | None:
    if way.steps == 0:
        return None
    way = _Way(way.path, way.line, way.frames, way.steps - 1)
    if isinstance(value, ast.Await | ast.Subscript | ast.Starred):
        return _from(source, value.value, way, asks)
    if isinstance(value, ast.Call):
        return _from_call(source, value, way, asks)
    if isinstance(value, ast.Name):
        for given in _given(source, value.id, way):
            found = _from(source, given, way, asks)
            if found is not None:
                return found
        return _from_caller(source, value.id, way, asks)
    return None


def _from_call(source: Source, call: ast.Call, way: _Way, asks: tuple[str, ...]) -> Line | None:
    called = call.func
    while isinstance(called, ast.Attribute):
        if called.attr in asks:
            return way.path, called.end_lineno or call.lineno
        inner = called.value
        if not isinstance(inner, ast.Call):
            break
        called = inner.func
    if isinstance(call.func, ast.Name) and call.func.id in _HANDS_ON and call.args:
        return _from(source, call.args[0], way, asks)
    name = call.func.attr if isinstance(call.func, ast.Attribute) else None
    name = call.func.id if isinstance(call.func, ast.Name) else name
    if name is None:
        return None
    if isinstance(call.func, ast.Attribute) and isinstance(called, ast.Attribute):
        held = _from(source, called.value, way, asks) if called.value is not call else None
        if held is not None:
            return held
    return _from_function(source, name, way, asks)


def _from_function(source: Source, name: str, way: _Way, asks: tuple[str, ...]) -> Line | None:
    """What every function of the app of a name returns, where it is only one."""
    found = [
        (path, node)
        for path in source.files()
        if f"def {name}" in (source.text(path) or "")
        for node in ast.walk(source.tree(path) or ast.Module([], []))
        if isinstance(node, Function) and node.name == name
    ]
    if len(found) != 1:
        return None
    path, function = found[0]
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            line = _from(source, node.value, _Way(path, node.lineno, (), way.steps), asks)
            if line is not None:
                return line
    return None


def _from_caller(source: Source, name: str, way: _Way, asks: tuple[str, ...]) -> Line | None:
    """The argument that the caller's line gave for a parameter."""
    function = function_at(source.tree(way.path), way.line)
    if function is None or not way.frames:
        return None
    names = [part.arg for part in (*function.args.posonlyargs, *function.args.args)]
    caller = way.frames[0]
    outer = _Way(caller.path, caller.line, way.frames[1:], way.steps)
    for node in ast.walk(source.tree(caller.path) or ast.Module([], [])):
        if not isinstance(node, ast.Call) or name not in names:
            continue
        if not covers(node, caller.line):
            continue
        if ast.unparse(node.func).rpartition(".")[2] != function.name:
            continue
        place = names.index(name) - (names[0] in ("self", "cls"))
        given = [each.value for each in node.keywords if each.arg == name]
        given += node.args[place : place + 1] if place >= 0 else []
        for value in given:
            found = _from(source, value, outer, asks)
            if found is not None:
                return found
    return None


def _given(source: Source, name: str, way: _Way) -> Iterator[ast.expr]:
    """What a name stands for on a line: what a comprehension, a loop or an assignment gave it."""
    tree = source.tree(way.path)
    around: ast.AST | None = function_at(tree, way.line) or tree
    for node in ast.walk(around) if around is not None else ():
        if isinstance(node, _COMPREHENSIONS):
            on_it = covers(node, way.line)
            named = (each.iter for each in node.generators if _names(each.target, name))
            yield from named if on_it else ()
        elif isinstance(node, ast.For | ast.AsyncFor):
            if _names(node.target, name) and node.lineno <= way.line:
                yield node.iter
        elif isinstance(node, ast.Assign) and node.lineno <= way.line:
            yield from (node.value for target in node.targets if _names(target, name))


def _names(target: ast.expr, name: str) -> bool:
    return isinstance(target, ast.Name) and target.id == name
