"""Where the app's source sets an attribute, or changes its value in place."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ormprobe.source.app import Source
from ormprobe.source.nodes import function_at
from ormprobe.timeline.model import Site
from ormprobe_taxonomy.signals import Place

_CHANGES = frozenset(
    ("append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse", "update",
     "setdefault", "popitem", "add", "discard")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Found:
    path: str
    line: int


def set_at(source: Source, attribute: str, near: Sequence[Site], after: Site | None) -> Place | None:
    """The line that sets an attribute: in one of the functions at hand, else the app's only one.

    near: lines of these functions, the likeliest first. after: a line that came before it.
    """
    return _place(source, near, after, lambda tree: _sets(tree, attribute))


def changed_at(
    source: Source, attribute: str, near: Sequence[Site], after: Site | None
) -> Place | None:
    """The line that changes the value of an attribute in place, or takes it to be changed."""
    found = _place(source, near, after, lambda tree: _changes(tree, attribute))
    return found or _place(source, near, after, lambda tree: _reads(tree, attribute), near_only=True)


def sets_in(source: Source, site: Site, attribute: str) -> bool:
    """Whether the function around a line sets an attribute."""
    function = function_at(source.tree(site.path), site.line)
    return function is not None and any(_sets(function, attribute))


def _place(
    source: Source,
    near: Sequence[Site],
    after: Site | None,
    lines_of: object,
    near_only: bool = False,
) -> Place | None:
    assert callable(lines_of)
    for site in near:
        function = function_at(source.tree(site.path), site.line)
        lines = sorted(lines_of(function)) if function is not None else []
        if not lines:
            continue
        since = 0
        if after is not None and after.path == site.path and after.line < lines[-1]:
            since = after.line
        line = next((each for each in lines if each >= since), lines[0])
        return Place(site.path, line, source.function_at(site.path, line))
    if near_only:
        return None
    every = [
        _Found(path, line) for path in source.files() for line in lines_of(source.tree(path))
    ]
    if len(every) != 1:
        return None
    return Place(every[0].path, every[0].line, source.function_at(every[0].path, every[0].line))


def _sets(tree: ast.AST | None, attribute: str) -> Iterator[int]:
    for node in ast.walk(tree) if tree is not None else ():
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets = [node.target]
        for target in targets:
            for each in ast.walk(target):
                if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store):
                    if each.attr in (attribute, attribute.removesuffix("_id")):
                        yield node.lineno
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "setattr" and len(node.args) == 3:
                name = node.args[1]
                if not isinstance(name, ast.Constant) or name.value == attribute:
                    yield node.lineno


def _changes(tree: ast.AST | None, attribute: str) -> Iterator[int]:
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            if _holds(node.value, attribute):
                yield node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in _CHANGES and _holds(node.func.value, attribute):
                yield node.lineno
        elif isinstance(node, ast.AugAssign) and _holds(node.target, attribute):
            yield node.lineno


def _reads(tree: ast.AST | None, attribute: str) -> Iterator[int]:
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Attribute) and node.attr == attribute:
            yield node.lineno


def _holds(node: ast.expr, attribute: str) -> bool:
    """Whether an expression is an attribute, or a part of its value."""
    while isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _holds(node.func.value, attribute)  # of `x.a.setdefault(...)`
    return isinstance(node, ast.Attribute) and node.attr == attribute
