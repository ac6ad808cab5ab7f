"""Where the app's source declares its models, their attributes, and tables; read when asked."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ormprobe.source import Source
from ormprobe_taxonomy.signals import Place

_COLUMNS = ("Column", "mapped_column")
_TABLE_NAMES = ("table", "table_name", "db_table")
_RELATIONS = ("ForeignKeyField", "OneToOneField", "ManyToManyField")


@dataclass(slots=True)
class _Declaration:
    """A class, or a Table of Core; lines of its attributes and of the columns they name.

    targets: the classes that its relations name by a text (`"app.Class"`), with their lines.
    backward: the same with the name by which a relation is known from its other end.
    """

    name: str
    table: str | None
    path: str
    line: int
    attributes: dict[str, int] = field(default_factory=dict[str, int])
    columns: dict[str, int] = field(default_factory=dict[str, int])
    targets: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    backward: list[tuple[str, str, int]] = field(default_factory=list[tuple[str, str, int]])


class Declared:
    """The declarations of one app, outside its tests."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._found = [
            found
            for path in source.files()
            if _may_declare(source.text(path) or "")
            for found in _declarations(source.tree(path), path)
        ]

    def is_class(self, name: str) -> bool:
        """Whether the app defines a class of this name, in a file that declares models."""
        return any(found.name == name for found in self._found)

    def attribute(self, entity: str, attribute: str | None) -> Place | None:
        """The line of a class's attribute, else of the class; None where it is not to be found.

        Of several classes of one name, only one with the attribute is meant.
        """
        named = [found for found in self._found if found.name == entity]
        having = [found for found in named if attribute in found.attributes]
        if attribute is not None and len(having) == 1:
            return self._place(having[0], having[0].attributes[attribute])
        return self._place(named[0], named[0].line) if len(named) == 1 else None

    def column(self, table: str, column: str) -> Place | None:
        """The line that declares a column of a table."""
        for found in self._found:
            if found.table is not None and found.table.lower() == table.lower():
                line = found.columns.get(column) or found.attributes.get(column)
                line = line or found.attributes.get(column.removesuffix("_id"))
                if line is not None:
                    return self._place(found, line)
        return None

    def foreign_key(self, target: str) -> Place | None:
        """The line of the ForeignKey that refers to `table.column`."""
        pattern = re.compile(rf"ForeignKey\(\s*[\"']{re.escape(target)}[\"']")
        for path in self._source.files():
            text = self._source.text(path) or ""
            found = pattern.search(text)
            if found is not None:
                return self._at(path, text, found.start())
        return None

    def creation(self, table: str) -> Place | None:
        """The line of the app's own DDL that makes a table: SQL, or a migration's call."""
        pattern = _made(table)
        for path in self._source.files():
            text = self._source.text(path) or ""
            found = pattern.search(text)
            if found is not None:
                return self._at(path, text, found.start())
        return None

    def doubled(self, target: str) -> Place | None:
        """The last relation to a class that gives its other end a name which another one gives."""
        given: dict[str, list[tuple[_Declaration, int]]] = {}
        for found in self._found:
            for kind, name, line in found.backward:
                if kind == target:
                    given.setdefault(name, []).append((found, line))
        last = [places[-1] for places in given.values() if len(places) > 1]
        return self._place(*last[0]) if len(last) == 1 else None

    def dangling(self, entity: str) -> Place | None:
        """The relation of a class that leads to no class of the app; else its only relation."""
        named = [found for found in self._found if found.name == entity]
        if len(named) != 1:
            return None
        found = named[0]
        classes = {each.name for each in self._found}
        lost = [line for target, line in found.targets if target not in classes]
        lines = lost or [line for _, line in found.targets]
        return self._place(found, lines[0] if len(lines) == 1 else found.line)

    def _at(self, path: str, text: str, start: int) -> Place:
        line = text.count("\n", 0, start) + 1
        return Place(path, line, self._source.function_at(path, line))

    def _place(self, found: _Declaration, line: int) -> Place:
        return Place(found.path, line, self._source.function_at(found.path, line))


@lru_cache(maxsize=4)
def declared_in(source: Source) -> Declared:
    return Declared(source)


@lru_cache(maxsize=64)
def _made(table: str) -> re.Pattern[str]:
    name = rf"[\"'`\[]?{re.escape(table)}\b"
    return re.compile(
        rf"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{name}|\.create_table\(\s*{name}",
        re.IGNORECASE,
    )


def _may_declare(text: str) -> bool:
    return any(
        word in text
        for word in (
            "Column(",
            "mapped_column",
            "__tablename__",
            "Mapped[",
            "(Model)",
            "Model):",
            "fields.",
        )
    )


def _declarations(tree: ast.Module | None, path: str) -> Iterator[_Declaration]:
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.ClassDef):
            yield _of_class(node, path)
        elif isinstance(node, ast.Call) and _called(node) == "Table":
            table = _text(node.args[0]) if node.args else None
            if table is not None:
                found = _Declaration(table, table, path, node.lineno)
                found.columns.update(_columns_of(node))
                yield found


def _of_class(node: ast.ClassDef, path: str) -> _Declaration:
    found = _Declaration(node.name, None, path, node.lineno)
    targets: Sequence[ast.expr]
    for part in node.body:
        if isinstance(part, ast.ClassDef) and part.name == "Meta":
            found.table = _table_of(part) or found.table
        if isinstance(part, ast.AnnAssign):
            targets, value = [part.target], part.value
        elif isinstance(part, ast.Assign):
            targets, value = part.targets, part.value
        else:
            continue
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        for name in names:
            found.attributes[name] = part.lineno
            if name == "__tablename__":
                found.table = _text(value)
        if isinstance(value, ast.Call) and _called(value) in _COLUMNS and value.args:
            column = _text(value.args[0])
            if column is not None:
                found.columns[column] = part.lineno
        if isinstance(value, ast.Call) and _called(value) in _RELATIONS and value.args:
            target = _text(value.args[0])
            if target is not None:
                found.targets.append((target.rpartition(".")[2], part.lineno))
                for name, line in _backward(value):
                    found.backward.append((target.rpartition(".")[2], name, line))
    return found


def _table_of(meta: ast.ClassDef) -> str | None:
    """The table that the options of a model name."""
    for part in meta.body:
        if isinstance(part, ast.Assign):
            names = {target.id for target in part.targets if isinstance(target, ast.Name)}
            if not names.isdisjoint(_TABLE_NAMES):
                return _text(part.value)
    return None


def _backward(relation: ast.Call) -> Iterator[tuple[str, int]]:
    """The name that a relation gives its other end, by keyword or in second place."""
    second = _text(relation.args[1]) if len(relation.args) > 1 else None
    if second is not None and _called(relation) != "ManyToManyField":
        yield second, relation.args[1].lineno
    for keyword in relation.keywords:
        name = _text(keyword.value) if keyword.arg == "related_name" else None
        if name is not None:
            yield name, keyword.value.lineno


def _columns_of(table: ast.Call) -> Iterator[tuple[str, int]]:
    for part in table.args[1:]:
        if isinstance(part, ast.Call) and _called(part) in _COLUMNS and part.args:
            name = _text(part.args[0])
            if name is not None:
                yield name, part.lineno


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
