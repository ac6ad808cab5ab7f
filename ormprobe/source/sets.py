"""Where the app's source sets an attribute, or changes its value in place."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from ormprobe.source.app import Source
from ormprobe.source.nodes import function_at
from ormprobe.timeline.model import Site
from ormprobe_taxonomy.signals import Place

_CHANGES = frozenset(
    ("append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse", "update",
     "setdefault", "popitem", "add", "discard")
)  # fmt: skip


Lines = Callable[[ast.AST | None, str], Iterator[int]]
"""The lines of a tree that do something to an attribute."""


def set_at(
    source: Source, entity: str, attribute: str, near: Sequence[Site], after: Site | None
) -> Place | None:
    """The line that sets an attribute: in one of the functions at hand, else the app's only one.

    entity: whose attribute. near: lines of these functions, the likeliest first. after: a line that
    came before it.
    """
    return _near(source, attribute, _sets, near, after) or _only(source, attribute, _sets, entity)


def changed_at(source: Source, attribute: str, near: Sequence[Site]) -> Place | None:
    """The line that changes the value of an attribute in place, or takes it to be changed."""
    return (
        _near(source, attribute, _changes, near)
        or _only(source, attribute, _changes)
        or _near(source, attribute, _reads, near)
    )


def sets_in(source: Source, site: Site, attribute: str) -> bool:
    """Whether the function around a line sets an attribute."""
    function = function_at(source.tree(site.path), site.line)
    return function is not None and any(_sets(function, attribute))


def changes_in(source: Source, site: Site, attribute: str) -> bool:
    """Whether the function around a line changes the value of an attribute in place."""
    function = function_at(source.tree(site.path), site.line)
    return function is not None and any(_changes(function, attribute))


def _near(
    source: Source,
    attribute: str,
    lines_of: Lines,
    near: Sequence[Site],
    after: Site | None = None,
) -> Place | None:
    """The first line in the functions at hand, after the line that it came after."""
    for site in near:
        function = function_at(source.tree(site.path), site.line)
        lines = sorted(lines_of(function, attribute))
        if lines:
            same = after is not None and after.path == site.path and after.line < lines[-1]
            since = after.line if after is not None and same else 0
            line = next((each for each in lines if each >= since), lines[0])
            return Place(site.path, line, source.function_at(site.path, line))
    return None


def _only(
    source: Source, attribute: str, lines_of: Lines, entity: str | None = None
) -> Place | None:
    """The only line of the app; of several, the only one in a function that is given an instance of
    the class, by its annotation or by the class's own name."""
    every = [
        (path, line) for path in source.files() for line in lines_of(source.tree(path), attribute)
    ]
    if len(every) > 1 and entity is not None:
        every = [each for each in every if _is_given(source, *each, entity)]
    if len(every) != 1:
        return None
    path, line = every[0]
    return Place(path, line, source.function_at(path, line))


def _is_given(source: Source, path: str, line: int, entity: str) -> bool:
    function = function_at(source.tree(path), line)
    for argument in function.args.args if function is not None else ():
        annotation = argument.annotation
        words = (
            {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}
            if (annotation is not None)
            else {argument.arg.title().replace("_", "")}
        )
        if entity in words:
            return True
    return False


def _sets(tree: ast.AST | None, attribute: str) -> Iterator[int]:
    names = (attribute, attribute.removesuffix("_id"))
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for each in (part for target in targets for part in ast.walk(target)):
                stored = isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store)
                if isinstance(each, ast.Attribute) and stored and each.attr in names:
                    yield node.lineno
        elif isinstance(node, ast.Call) and _sets_by_name(node, names):
            yield node.lineno


def _sets_by_name(call: ast.Call, names: Sequence[str]) -> bool:
    """Whether a call is `setattr` of one of these names, or of one that is not written out, or
    hands an instance a mapping of such names."""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "update_from_dict":
        return True
    if not isinstance(call.func, ast.Name) or call.func.id != "setattr" or len(call.args) != 3:
        return False
    name = call.args[1]
    return not isinstance(name, ast.Constant) or name.value in names


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
