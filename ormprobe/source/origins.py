"""Where a value on a failing line came from, as the app's source tells it.

Only what the syntax proves counts: the value is a call on the line itself, a name that the same
function assigned from a call, or a parameter that the caller's line filled in such a way.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ormprobe.source import Source
from ormprobe.source.nodes import covers, function_at
from ormprobe.timeline.model import Site

MAX_FRAMES = 6
"""Callers that a parameter is followed through."""

Functions = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True)
class Origin:
    """A call that gave a value. `frame`: the line that used or passed the value, in the function
    that made the call; start, end: the call's lines; name: of what was called; only: no other line
    gave the value. attribute: it was read from that attribute of an object instead.
    """

    frame: Site
    start: int
    end: int
    name: str
    only: bool = True
    attribute: str | None = None


@dataclass(frozen=True, slots=True)
class Absence:
    """What an exception says of the value it is about: None, or an index beyond the end.

    index: the least number of rows, less one, that a list needed.
    """

    value: ast.expr
    index: int | None = None


def absences(source: Source, frame: Site, kind: str, message: str) -> list[Absence]:
    """The expressions on a line that an exception may be about."""
    tree = source.tree(frame.path)
    if tree is None:
        return []
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.expr | ast.stmt)]
    on_line = [node for node in nodes if _is_on(node, frame.line)]
    if kind == "IndexError":
        return [found for node in on_line for found in _indexed(node)] if _RANGE in message else []
    for pattern, pick in _NONE:
        found = pattern.search(message)
        if found is not None:
            word = found.group(1) if pattern.groups else ""
            return [Absence(value) for node in on_line for value in pick(node, word)]
    return []


def origins(source: Source, frames: Sequence[Site], value: ast.expr) -> list[Origin]:
    """The calls that gave a value used on the line of the first frame; [] where that is unknown.

    frames: innermost first. Several: the branches of a function that may have given it.
    """
    frame = frames[0]
    bare = _unwrapped(value)
    if isinstance(bare, ast.Call):
        start, end = _lines(bare)
        return [Origin(frame, start, end, _called(bare))]
    if isinstance(bare, ast.Attribute):
        start, end = _lines(bare)
        return [Origin(frame, start, end, bare.attr, attribute=bare.attr)]
    if isinstance(bare, ast.Name):
        tree = source.tree(frame.path)
        function = function_at(tree, frame.line) if tree is not None else None
        body = function if function is not None else tree
        if body is None:
            return []
        given = list(_assigned(body, bare.id, frame.line))
        if given:
            return _from_assigned(frame, given)
        if function is not None:
            return _from_caller(source, frames, function, bare.id)
    return []


def is_returned(source: Source, site: Site) -> bool:
    """Whether a function hands on what the call on its line gave, or decides by it what it does."""
    tree = source.tree(site.path)
    function = function_at(tree, site.line) if tree is not None else None
    if function is None:
        return False
    if isinstance(function, ast.Lambda):
        return True
    returns = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Return | ast.Yield) and node.value is not None
    ]
    if any(_is_on(node, site.line) for node in returns):
        return True
    names = source.assigned(site.path, site.line)
    used = {node.id for each in returns for node in ast.walk(each) if isinstance(node, ast.Name)}
    return bool(names & used)


def _from_assigned(frame: Site, given: list[ast.expr | None]) -> list[Origin]:
    """The origins of a name's values; none where one of them is no call."""
    found: list[Origin] = []
    for value in given:
        bare = _unwrapped(value) if value is not None else None
        if not isinstance(bare, ast.Call):
            found = []  # what was known so far was replaced
            continue
        start, end = _lines(bare)
        found.append(Origin(frame, start, end, _called(bare), only=len(given) == 1))
    last = given[-1]
    return found if last is not None and isinstance(_unwrapped(last), ast.Call) else []


def _from_caller(
    source: Source, frames: Sequence[Site], function: Functions, name: str
) -> list[Origin]:
    """Follow a parameter to the line that called the function."""
    if len(frames) < 2 or isinstance(function, ast.Lambda):
        return []
    caller = frames[1]
    tree = source.tree(caller.path)
    names = [part.arg for part in (*function.args.posonlyargs, *function.args.args)]
    for node in ast.walk(tree) if tree is not None else ():
        if not isinstance(node, ast.Call) or not _is_on(node, caller.line):
            continue
        if _called(node) not in (function.name, "self", "cls"):
            continue
        value = _argument(node, names, name)
        if value is not None:
            return origins(source, frames[1:MAX_FRAMES], value)
    return []


def _argument(call: ast.Call, names: list[str], name: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    if name not in names or any(isinstance(each, ast.Starred) for each in call.args):
        return None
    index = names.index(name)
    if names[0] in ("self", "cls") and isinstance(call.func, ast.Attribute):
        index -= 1
    return call.args[index] if 0 <= index < len(call.args) else None


def _assigned(body: ast.AST, name: str, line: int) -> Iterator[ast.expr | None]:
    """What a name was given before a line or on it, in order; None for what is no plain value."""
    found: list[tuple[int, ast.expr | None]] = []
    for node in _own(body):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == name:
                    found.append((node.lineno, node.value))
                elif name in _stored(target):
                    found.append((node.lineno, None))
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
            if isinstance(node.target, ast.Name) and node.target.id == name and node.value:
                found.append((node.lineno, node.value))
        elif isinstance(node, ast.For | ast.AsyncFor | ast.AugAssign | ast.comprehension):
            if name in _stored(node.target):
                found.append((node.target.lineno, None))
        elif isinstance(node, ast.withitem):
            bound = node.optional_vars
            if bound is not None and name in _stored(bound):
                found.append((bound.lineno, None))
    found.sort(key=lambda each: each[0])
    yield from (value for at, value in found if at <= line)


def _own(body: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function, without those of functions inside it."""
    waiting = list(ast.iter_child_nodes(body))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Functions | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))


def _stored(target: ast.AST) -> set[str]:
    return {
        node.id
        for node in ast.walk(target)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _unwrapped(value: ast.expr) -> ast.expr:
    while isinstance(value, ast.Await | ast.Starred | ast.NamedExpr):
        value = value.value
    return value


def _called(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _lines(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.end_lineno or node.lineno


def _is_on(node: ast.expr | ast.stmt, line: int) -> bool:
    if isinstance(node, ast.stmt) and hasattr(node, "body") and not isinstance(node, Functions):
        return _is_head(node, line)
    return covers(node, line)


def _is_head(node: ast.stmt, line: int) -> bool:
    """Whether a line belongs to a compound statement itself, not to its body."""
    body: list[ast.stmt] = getattr(node, "body")  # noqa: B009
    return node.lineno <= line < max(body[0].lineno, node.lineno + 1)


def _indexed(node: ast.AST) -> Iterator[Absence]:
    if not isinstance(node, ast.Subscript) or not isinstance(node.ctx, ast.Load):
        return
    index = node.slice
    if isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.USub):
        operand = index.operand
        if isinstance(operand, ast.Constant) and isinstance(operand.value, int):
            yield Absence(node.value, operand.value - 1)
    elif isinstance(index, ast.Constant) and isinstance(index.value, int):
        yield Absence(node.value, index.value)


def _attribute(node: ast.AST, word: str) -> Iterator[ast.expr]:
    if isinstance(node, ast.Attribute) and node.attr == word:
        yield node.value


def _subscript(node: ast.AST, word: str) -> Iterator[ast.expr]:
    if isinstance(node, ast.Subscript):
        yield node.value


def _iterated(node: ast.AST, word: str) -> Iterator[ast.expr]:
    if isinstance(node, ast.For | ast.AsyncFor):
        yield node.iter
    elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        yield from (each.iter for each in node.generators)
    elif isinstance(node, ast.Starred | ast.YieldFrom):
        yield node.value
    elif isinstance(node, ast.Call):
        yield from node.args[:1]
    else:
        yield from _unpacked(node, word)


def _unpacked(node: ast.AST, word: str) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple | ast.List):
        yield node.value


def _operands(node: ast.AST, word: str) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp):
        yield from (node.left, node.right)
    elif isinstance(node, ast.AugAssign):
        yield from (node.target, node.value)
    elif isinstance(node, ast.Compare):
        yield from (node.left, *node.comparators)
    elif isinstance(node, ast.UnaryOp):
        yield node.operand


def _arguments(node: ast.AST, word: str) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call):
        yield from node.args


Pick = Callable[[ast.AST, str], Iterator[ast.expr]]

_RANGE = "list index out of range"
_NONE: tuple[tuple[re.Pattern[str], Pick], ...] = (
    (re.compile(r"'NoneType' object has no attribute '(\w+)'"), _attribute),
    (re.compile(r"'NoneType' object (?:is not subscriptable|does not support item)"), _subscript),
    (re.compile(r"cannot unpack .*NoneType object"), _unpacked),
    (re.compile(r"argument of type 'NoneType' is not"), _operands),
    (re.compile(r"'NoneType' object is not iterable"), _iterated),
    (re.compile(r"unsupported operand .*'NoneType'"), _operands),
    (re.compile(r"not supported between instances of .*'NoneType'"), _operands),
    (re.compile(r"bad operand type for .*'NoneType'"), _operands),
    (re.compile(r"of type 'NoneType' has no len|argument must be .*'NoneType'"), _arguments),
    (re.compile(r"NoneType' is not mapped|type NoneType doesn't define"), _arguments),
)
"""What Python says of None, and which parts of a line may have been it."""
