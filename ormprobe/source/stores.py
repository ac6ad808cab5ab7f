"""Containers of the app's source that outlive a request and that its functions change."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ormprobe.source import Source
from ormprobe.source.nodes import Function
from ormprobe_taxonomy.signals import Place

_CONTAINERS = (
    "dict", "list", "set", "defaultdict", "OrderedDict", "deque", "Counter", "ChainMap",
)  # fmt: skip
_DISPLAYS = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)
_CHANGES = frozenset(
    (
        "append", "appendleft", "add", "insert", "extend", "update", "setdefault", "pop", "popleft",
        "popitem", "remove", "discard", "clear",
    )
)  # fmt: skip
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Store:
    """A container: its name, where it is made, the functions that change it."""

    name: str
    place: Place
    changed_in: frozenset[str]


def stores_in(source: Source) -> list[Store]:
    """The containers that outlive a request and are changed in functions, most changed first."""
    made: dict[str, Place] = {}
    changed: dict[str, set[str]] = {}
    for path in source.files():
        tree = source.tree(path)
        if tree is None:
            continue
        for name, line in _made(tree):
            made.setdefault(name, Place(path, line, source.function_at(path, line)))
        for name, function in _changed(tree):
            changed.setdefault(name, set()).add(function)
    found = [Store(name, made[name], frozenset(changed[name])) for name in made if name in changed]
    return sorted(found, key=lambda store: -len(store.changed_in))


def _made(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Names of modules, attributes of classes and objects, variables around inner functions."""
    yield from _assigned(tree.body)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from _assigned(node.body)
        elif isinstance(node, _FUNCTIONS):
            for part in ast.walk(node):
                for target, line in _containers(part):
                    if isinstance(target, ast.Attribute):
                        yield target.attr, line
            if any(isinstance(part, _FUNCTIONS) for part in node.body):
                yield from _assigned(node.body)


def _assigned(body: list[ast.stmt]) -> Iterator[tuple[str, int]]:
    for statement in body:
        for target, line in _containers(statement):
            if isinstance(target, ast.Name):
                yield target.id, line
            elif isinstance(target, ast.Attribute):
                yield target.attr, line


def _containers(node: ast.AST) -> Iterator[tuple[ast.expr, int]]:
    """What a statement assigns a new container to."""
    if isinstance(node, ast.Assign) and _is_container(node.value):
        for target in node.targets:
            yield target, node.lineno
    elif isinstance(node, ast.AnnAssign) and node.value is not None and _is_container(node.value):
        yield node.target, node.lineno


def _is_container(value: ast.expr) -> bool:
    if isinstance(value, _DISPLAYS):
        return True
    called = value.func if isinstance(value, ast.Call) else None
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
    return name in _CONTAINERS


def _changed(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names that functions change in place without having made them, each with the function."""
    for node in ast.walk(tree):
        if not isinstance(node, _FUNCTIONS):
            continue
        own = _local(node)
        for part in _within(node):
            for base in _changed_by(part):
                name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", None)
                if name is not None and not (isinstance(base, ast.Name) and name in own):
                    yield name, node.name


def _within(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function without those of the functions inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*_FUNCTIONS, ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(node))


def _local(function: Function) -> frozenset[str]:
    """The names that are a function's own."""
    arguments = function.args
    names = {each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    outer: set[str] = set()
    for node in _within(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            outer.update(node.names)
    return frozenset(names - outer)


def _changed_by(node: ast.AST) -> Iterator[ast.expr]:
    """The containers that a node changes: by a key, by a method, by a new one of the same name."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        yield node.value
        if isinstance(node.value, ast.Subscript):  # `app.config["NOTES"][key] = ...`
            yield node.value.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in _CHANGES:
            base = node.func.value
            yield base.value if isinstance(base, ast.Subscript) else base
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node
