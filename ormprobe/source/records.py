"""Classes of the app that ask the database themselves: models such as `Book.objects.get(...)` has,
their managers and query sets.

No name decides: a class counts when its bases lead to one of a library's models.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ormprobe.source.app import Source

_LIBRARY = re.compile(
    r"^(?:django\.db\.models|django\.contrib\.gis\.db\.models)\.\w+$"
    r"|^django\.contrib\.\w+\.(?:models|base_user)\.\w+$"
    r"|^peewee\.Model$|^playhouse\.\w+\.\w*Model$"
)
_BARE = re.compile(r"^peewee\.|^playhouse\.")
"""Libraries whose tables have the name of the class alone."""
_THIRD = re.compile(r"(?:^|\.)models\.[A-Z]\w*$")
"""Models of packages that are built upon such a library: `mptt.models.MPTTModel`."""


@dataclass(frozen=True, slots=True)
class Record:
    """A model. table: that it says, or that its name and its package's give."""

    name: str
    path: str
    line: int
    table: str


class Records:
    """The models of one app, by name, outside its tests."""

    def __init__(self, source: Source) -> None:
        self._classes: dict[str, list[tuple[str, ast.ClassDef, tuple[str, ...]]]] = {}
        own = {_module(path) for path in source.files()}
        for path in source.files():
            tree = source.tree(path)
            if tree is None or "class " not in (source.text(path) or ""):
                continue
            names = dict(_imports(tree))
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    bases = tuple(_dotted(base, names) for base in node.bases)
                    self._classes.setdefault(node.name, []).append((path, node, bases))
        self.names = frozenset(name for name in self._classes if self._is(name, own, frozenset()))

    def __iter__(self) -> Iterator[Record]:
        for name in self.names:
            for path, node, _ in self._classes[name]:
                if any(isinstance(part, ast.Assign) for part in node.body):
                    bare = self._is(name, set(), frozenset(), _BARE)
                    yield Record(name, path, node.lineno, _table(path, node, bare))

    def _is(
        self, name: str, own: set[str], seen: frozenset[str], library: re.Pattern[str] | None = None
    ) -> bool:
        """Whether the bases of a class lead to a library's model; library: to one of that."""
        if name in seen:
            return False
        for _, _, bases in self._classes.get(name, ()):
            for base in bases:
                module, _, tail = base.rpartition(".")
                if (library or _LIBRARY).match(base):
                    return True
                if library is None and _THIRD.search(base) and not _is_own(module, own):
                    return True
                if tail in self._classes and self._is(tail, own, seen | {name}, library):
                    return True
        return False


@lru_cache(maxsize=4)
def records_of(source: Source) -> Records:
    """The models of an app, found once."""
    return Records(source)


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What the names that a module imports stand for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                origin = f"{node.module}.{alias.name}" if node.module else alias.name
                yield alias.asname or alias.name, "." * node.level + origin
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name, alias.name


def _dotted(node: ast.expr, names: dict[str, str]) -> str:
    """A base class in full: `django.db.models.Model` of `models.Model`."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
        # a base may be made: `models.Manager.from_queryset(BookQuerySet)`
        node = node.func if isinstance(node, ast.Call) else node.value
    if not isinstance(node, ast.Name):
        return ""
    found = ".".join([names.get(node.id, node.id), *reversed(parts)])
    return found.removesuffix(".from_queryset").removesuffix(".as_manager")


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _is_own(module: str, own: set[str]) -> bool:
    """Whether a base comes from a module of the app."""
    if module.startswith(".") or not module:
        return True
    return any(each == module or each.endswith(f".{module}") for each in own)


def _table(path: str, node: ast.ClassDef, bare: bool) -> str:
    for part in node.body:
        if not isinstance(part, ast.ClassDef) or part.name != "Meta":
            continue
        for line in part.body:
            if not isinstance(line, ast.Assign) or not isinstance(line.value, ast.Constant):
                continue
            if any(isinstance(each, ast.Name) and each.id in _TABLE for each in line.targets):
                return str(line.value.value)
    if bare:
        return node.name.lower()
    folders = [each for each in path.split("/")[:-1] if each != "models"]
    return f"{folders[-1] if folders else ''}_{node.name.lower()}"


_TABLE = ("db_table", "table_name")
