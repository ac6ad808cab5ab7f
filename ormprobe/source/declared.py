"""Where the app's source declares its models, their attributes, and tables; read when asked."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ormprobe.source import Source
from ormprobe.source.records import records_of
from ormprobe_taxonomy.signals import Place

_COLUMNS = ("Column", "mapped_column")
_TABLE_NAMES = ("table", "table_name", "db_table")
_NAMED = ("column_name", "db_column")
_SIDES = ("backref", "related_name")
_MADE = "CreateModel("
_RELATIONS = ("ForeignKey", "ForeignKeyField", "OneToOneField", "ManyToManyField")


@dataclass(slots=True)
class _Declaration:
    """A class, or a Table of Core; lines of its attributes and of the columns they name.

    targets: of relations by the text that names their model: package, name, line.
    backward: of relations, the class they lead to and the name they have from its end, with lines.
    """

    name: str
    table: str | None
    path: str
    line: int
    attributes: dict[str, int] = field(default_factory=dict[str, int])
    columns: dict[str, int] = field(default_factory=dict[str, int])
    targets: list[tuple[str, str, int]] = field(default_factory=list[tuple[str, str, int]])
    bases: tuple[str, ...] = ()
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
        tables = {(found.path, found.line): found.table for found in records_of(source)}
        for found in self._found:
            found.table = found.table or tables.get((found.path, found.line))

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

    def names(self, entity: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
        """The attributes of a class and of those of its bases that the app declares."""
        for found in self._found:
            if found.name == entity and entity not in seen:
                yield from found.attributes
                for base in found.bases:
                    yield from self.names(base, seen | {entity})

    def other_side(self, name: str) -> Place | None:
        """The line that declares a relation whose other side is to be called so."""
        for path in self._source.files():
            tree = self._source.tree(path) if name in (self._source.text(path) or "") else None
            for node in ast.walk(tree) if tree is not None else ():
                side = isinstance(node, ast.keyword) and node.arg in _SIDES
                if isinstance(node, ast.keyword) and side and _text(node.value) == name:
                    line = node.value.lineno
                    return Place(path, line, self._source.function_at(path, line))
        return None

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

    def dangling_relation(self) -> Place | None:
        """The only relation to a model, named as text, that the app does not define."""
        classes = {found.name for found in self._found} | records_of(self._source).names
        folders = {part for path in self._source.files() for part in path.split("/")[:-1]}
        found = [
            self._place(each, line)
            for each in self._found
            for label, name, line in each.targets
            if name not in classes and name != "self" and label in ("", *folders)
        ]
        return found[0] if len(found) == 1 else None

    def creation(self, table: str) -> Place | None:
        """The line of the app's own DDL that makes a table: SQL, or a migration's call."""
        pattern = _made(table)
        for path in self._source.files():
            text = self._source.text(path) or ""
            found = pattern.search(text)
            if found is not None:
                return self._at(path, text, found.start())
        return None

    def without_step(self, entity: str | None) -> Place | None:
        """The class of a model that no migration makes, where others are made by theirs."""
        if entity is None:
            return None
        steps = list(self._steps())
        made = re.compile(rf"name=[\"']{re.escape(entity)}[\"']", re.IGNORECASE)
        if not steps or any(made.search(text) for text in steps):
            return None
        return self.attribute(entity, None)

    def has_steps(self) -> bool:
        """Whether the tables are made by migrations that make models' tables."""
        return any(True for _ in self._steps())

    def _steps(self) -> Iterator[str]:
        for path in self._source.files():
            text = self._source.text(path) or ""
            if _MADE in text:
                yield text

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
        lost = [line for _, name, line in found.targets if name not in classes]
        lines = lost or [line for _, _, line in found.targets]
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
    words = (
        "Column(",
        "mapped_column",
        "__tablename__",
        "Mapped[",
        "models.",
        "db.models",
        "Field(",
        "(Model)",
        "Model):",
        "fields.",
    )
    return any(word in text for word in words)


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
    found.bases = tuple(ast.unparse(base).rpartition(".")[2] for base in node.bases)
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
        if isinstance(value, ast.Call) and _called(value) in _RELATIONS:
            target = next((_text(each) for each in [*value.args[:1], *_to(value)]), None)
            if target is not None:
                label, _, name = target.rpartition(".")
                found.targets.append((label, name, part.lineno))
        if isinstance(value, ast.Call) and _called(value) in _COLUMNS and value.args:
            column = _text(value.args[0])
            if column is not None:
                found.columns[column] = part.lineno
        elif isinstance(value, ast.Call):
            named = (_text(each.value) for each in value.keywords if each.arg in _NAMED)
            found.columns.update((column, part.lineno) for column in named if column is not None)
    return found


def _to(call: ast.Call) -> Iterator[ast.expr]:
    return (each.value for each in call.keywords if each.arg == "to")


def _table_of(meta: ast.ClassDef) -> str | None:
    """The table that the options of a model name."""
    for part in meta.body:
        if isinstance(part, ast.Assign):
            names = {target.id for target in part.targets if isinstance(target, ast.Name)}
            if not names.isdisjoint(_TABLE_NAMES):
                return _text(part.value)
    return None


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
