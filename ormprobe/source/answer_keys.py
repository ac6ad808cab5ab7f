"""Where the app puts an answer's object together: found in the source by the keys that it has.

A dict, a class of fields, keywords of a call or a list of field names that holds the keys of an
object that was answered is what made it, where no other does as well.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ormprobe.source import Source
from ormprobe.source.nodes import last_name

_KINDS = ("dict", "class", "list", "call")

LEAST = 2
"""Keys that must agree."""
LEAST_SHARE = 0.6
"""Of all keys that either side has, how many both must have."""


@dataclass(frozen=True, slots=True)
class Made:
    """kind: dict, class, call or list. line: of the key asked for, or beside which it lacks."""

    path: str
    line: int
    function: str
    kind: str


def folded(name: str) -> str:
    """A name without case and inner underscores: `createdAt` and `created_at` are one."""
    bare = name.strip("_")
    inner = bare.replace("_", "").replace("-", "").lower()
    return name.replace(bare, inner) if bare else name


def lacking(source: Source, keys: Iterable[str], key: str, order: Sequence[str]) -> list[Made]:
    """What makes objects of these keys, and not of another one. order: of columns, to tell beside
    which the key would stand."""
    wanted = {folded(each) for each in keys}
    found = [
        (share, written)
        for written in _written(source)
        if folded(key) not in written.keys and (share := _share(wanted, written.keys))
    ]
    return [_made(source, each, _neighbour(each, key, order)) for each in _best(found)]


def holding(source: Source, keys: Iterable[str], key: str) -> list[Made]:
    """What makes objects of these keys, among them the one asked for."""
    wanted = {folded(each) for each in keys}
    found = [
        (share, written)
        for written in _written(source)
        if written.kind in ("dict", "call")
        and folded(key) in written.keys
        and (share := _share(wanted, written.keys))
    ]
    return [_made(source, each, each.keys[folded(key)]) for each in _best(found)]


def mistaken(source: Source, key: str, column: str) -> list[Made]:
    """What gives a key the attribute that bears another column's name."""
    return [
        _made(source, _Written(path, line, "dict", {}), line)
        for path in source.files()
        if (tree := source.tree(path)) is not None
        for node in ast.walk(tree)
        for name, value, line in _pairs(node)
        if folded(name) == folded(key) and folded(last_name(value) or "") == folded(column)
    ]


def _pairs(node: ast.AST) -> Iterator[tuple[str, ast.expr, int]]:
    """The keys of a dict, or the keywords of a call, with what they are given."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, value, key.lineno
    elif isinstance(node, ast.Call):
        for word in node.keywords:
            if word.arg is not None:
                yield word.arg, word.value, word.value.lineno


@dataclass(frozen=True, slots=True)
class _Written:
    """keys: folded, with their lines."""

    path: str
    line: int
    kind: str
    keys: Mapping[str, int]


def _share(wanted: set[str], keys: Mapping[str, int]) -> float:
    common = len(wanted & keys.keys())
    share = common / len(wanted | keys.keys())
    enough = common >= min(LEAST, len(wanted)) and share >= LEAST_SHARE
    return share if enough else 0.0


def _best(found: list[tuple[float, _Written]]) -> list[_Written]:
    """The closest; of equals those of the kind that answers are most often made of."""
    most = max((share for share, _ in found), default=0.0)
    close = [written for share, written in found if share == most]
    kind = min((_KINDS.index(written.kind) for written in close), default=0)
    return [written for written in close if written.kind == _KINDS[kind]]


def _neighbour(written: _Written, key: str, order: Sequence[str]) -> int:
    """The line of the column before the one that lacks, else of the whole."""
    columns = [folded(each) for each in order]
    place = columns.index(folded(key)) if folded(key) in columns else 0
    for column in reversed(columns[:place]):
        if column in written.keys:
            return written.keys[column]
    return written.line


def _made(source: Source, written: _Written, line: int) -> Made:
    function = source.function_at(written.path, line)
    return Made(written.path, line, function, written.kind)


def _written(source: Source) -> Iterator[_Written]:
    for path in source.files():
        tree = source.tree(path)
        for node in ast.walk(tree) if tree is not None else ():
            kind, keys = _keys_of(node)
            if keys:
                yield _Written(path, getattr(node, "lineno", 0), kind, keys)


def _keys_of(node: ast.AST) -> tuple[str, dict[str, int]]:
    if isinstance(node, ast.Dict):
        return "dict", _texts(key for key in node.keys if key is not None)
    if isinstance(node, ast.ClassDef):
        return "class", dict(_fields(node))
    if isinstance(node, ast.Call):
        named = {folded(each.arg): each.value.lineno for each in node.keywords if each.arg}
        return "call", named
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return "list", _texts(node.elts)
    return "", {}


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, int]]:
    for each in node.body:
        if isinstance(each, ast.AnnAssign | ast.Assign):
            target = each.target if isinstance(each, ast.AnnAssign) else each.targets[0]
            if isinstance(target, ast.Name):
                yield folded(target.id), target.lineno


def _texts(nodes: Iterable[ast.expr]) -> dict[str, int]:
    """Names written as texts, or as attributes of a model."""
    found: dict[str, int] = {}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found[folded(node.value)] = node.lineno
        elif isinstance(node, ast.Attribute):
            found[folded(node.attr)] = node.lineno
    return found
