"""Columns that the app's classes maintain when an instance is saved, which a set-based write
passes by."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ormprobe.source.app import Source
from ormprobe.source.nodes import Function, last_name

_SAVES = ("save", "asave", "before_save", "pre_save", "full_clean", "clean", "force_save")
_HOOKS = ("pre_save", "before_insert", "before_update", "validates", "before_flush")
_AUTO = "auto_now"
_NESTED = 3


@dataclass(frozen=True, slots=True)
class Maintained:
    """An attribute that a class maintains. by: what does it. needs: the attributes of which it is
    made, none where it is made of none. path, line: where."""

    entity: str
    attribute: str
    by: str
    needs: frozenset[str]
    path: str
    line: int


def maintained(source: Source, entity: str) -> list[Maintained]:
    """What a class maintains on save, by its methods, its columns, and what listens to it."""
    found: list[Maintained] = []
    for path in source.files():
        if entity not in (source.text(path) or ""):
            continue
        tree = source.tree(path)
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.ClassDef) and node.name == entity:
                found += _of_class(node, path)
            elif isinstance(node, Function):
                found += _of_listener(node, path, entity)
    return found


def calls_at(source: Source, path: str, line: int) -> frozenset[str]:
    """The names that the statement on a line calls."""
    return frozenset(
        name
        for found in _statements(source.tree(path), line)
        for node in ast.walk(found)
        if isinstance(node, ast.Call) and (name := last_name(node.func)) is not None
    )


def names_at(source: Source, path: str, line: int) -> frozenset[str]:
    """The attributes, keys and names that the statement on a line is about."""
    return frozenset(
        name for found in _statements(source.tree(path), line) for name in _names(found)
    )


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _statements(tree: ast.Module | None, line: int) -> Iterator[ast.stmt]:
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            if node.lineno <= line <= (node.end_lineno or node.lineno):
                yield node
        elif isinstance(node, ast.With | ast.AsyncWith | ast.For | ast.AsyncFor | ast.If):
            head: list[ast.expr] = []
            if isinstance(node, ast.For | ast.AsyncFor):
                head = [node.iter]
            elif isinstance(node, ast.If):
                head = [node.test]
            for each in head:
                if each.lineno <= line <= (each.end_lineno or each.lineno):
                    yield ast.Expr(each)


def _of_class(node: ast.ClassDef, path: str) -> Iterator[Maintained]:
    methods = {part.name: part for part in node.body if isinstance(part, Function)}
    for part in node.body:
        if isinstance(part, ast.Assign | ast.AnnAssign) and isinstance(part.value, ast.Call):
            targets = part.targets if isinstance(part, ast.Assign) else [part.target]
            for word in part.value.keywords:
                if word.arg == _AUTO and isinstance(word.value, ast.Constant) and word.value.value:
                    for target in targets:
                        if isinstance(target, ast.Name):
                            yield Maintained(
                                node.name, target.id, _AUTO, frozenset(), path, part.lineno
                            )
        elif isinstance(part, Function) and (part.name in _SAVES or _listens(part, None)):
            yield from _assigned(node.name, part, f"{node.name}.{part.name}", path, methods)


def _of_listener(node: Function, path: str, entity: str) -> Iterator[Maintained]:
    if not _listens(node, entity):
        return
    names = {argument.arg for argument in node.args.args}
    for name in names:
        yield from _assigned(entity, node, node.name, path, {}, name)


def _listens(node: Function, entity: str | None) -> bool:
    """Whether a decorator ties a function to what happens before an instance is written."""
    for decorator in node.decorator_list:
        names = set(_names(decorator))
        if not names.isdisjoint(_HOOKS) and (entity is None or entity in names):
            return True
    return False


def _assigned(
    entity: str,
    function: Function,
    by: str,
    path: str,
    methods: dict[str, Function],
    owner: str | None = None,
    depth: int = 0,
) -> Iterator[Maintained]:
    """The attributes of an instance that a function sets, also by the class's own methods."""
    arguments = function.args.args
    if owner is None:
        if not arguments:
            return
        owner = arguments[0].arg
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                name = _own(target, owner)
                if name is not None and node.value is not None:
                    needs = {
                        own
                        for each in ast.walk(node.value)
                        if (own := _own(each, owner)) is not None and own != name
                    }
                    yield Maintained(
                        entity, name, by, frozenset(needs - methods.keys()), path, node.lineno
                    )
        elif isinstance(node, ast.Call) and depth < _NESTED:
            called = _own(node.func, owner)
            if called in methods and methods[called] is not function:
                yield from _assigned(entity, methods[called], by, path, methods, None, depth + 1)


def _own(node: ast.AST, owner: str) -> str | None:
    """The attribute of an instance that an expression is."""
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
        return None
    return node.attr if node.value.id == owner else None
