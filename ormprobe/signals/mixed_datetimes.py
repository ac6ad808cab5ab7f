"""Naive and aware datetimes that met in the app's own code, one of them read from a row."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ormprobe.signals.known import Known
from ormprobe.source.nodes import covers
from ormprobe.source.origins import origins
from ormprobe.timeline.model import Failure, Link, Scope, Site
from ormprobe.timeline.run import Table
from ormprobe_taxonomy.signals.refusals import DatetimeMixed

READS = ("failures",)

_MIXED = "offset-naive and offset-aware"
_TYPES = (
    "DateTime", "TIMESTAMP", "DATETIME", "UTCDateTime", "AwareDateTime", "DateTimeField",
    "DatetimeField",
)  # fmt: skip


def detect(scope: Scope, known: Known) -> Iterator[DatetimeMixed]:
    for owner in scope.walk():
        for failure in owner.failures:
            link = mixed_in(failure)
            if link is not None:
                found = _signal(scope, known, failure, link)
                if found is not None:
                    yield found


def mixed_in(failure: Failure) -> Link | None:
    """The exception by which Python refused to compare or subtract."""
    for link in reversed(failure.chain):
        if link.type == "TypeError" and _MIXED in link.message:
            return link
    return None


def _signal(scope: Scope, known: Known, failure: Failure, link: Link) -> DatetimeMixed | None:
    columns = _columns(known)
    read = _read(scope, known, failure.at_us)
    if not link.frames or not columns:
        return None
    named = _named(known, link.frames, set(columns))
    for attribute in named:
        for table in columns[attribute]:
            if table.name.lower() in read:
                return DatetimeMixed(
                    error=failure.event,
                    attribute=attribute,
                    table=table.name,
                    read=True,
                    events=(failure.event, read[table.name.lower()]),
                )
    if any(table.name.lower() in read for tables in columns.values() for table in tables):
        return DatetimeMixed(
            error=failure.event, attribute=None, table=None, read=True, events=(failure.event,)
        )
    return None


def _columns(known: Known) -> dict[str, list[Table]]:
    """The date-time columns of the mapped tables, by name."""
    found: dict[str, list[Table]] = {}
    for table in known.run.tables.values():
        for column in table.columns:
            if column.type in _TYPES:
                found.setdefault(column.name, []).append(table)
    return found


def _read(scope: Scope, known: Known, until: int) -> dict[str, str]:
    """The tables whose rows were read before, with the statement that shows it."""
    found: dict[str, str] = {}
    for statement in scope.all_statements():
        rows = statement.rows
        if statement.at_us <= until and rows is not None and rows.count:
            for table in known.facts(statement).reads | known.facts(statement).writes:
                found[table.lower()] = statement.event
    return found


def _named(known: Known, frames: tuple[Site, ...], columns: set[str]) -> Iterator[str]:
    """Columns that the failing line names, by itself or through what its names were assigned."""
    tree = known.source.tree(frames[0].path)
    for node in ast.walk(tree) if tree is not None else ():
        if not isinstance(node, ast.Compare | ast.BinOp | ast.Call):
            continue
        if not covers(node, frames[0].line):
            continue
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute) and part.attr in columns:
                yield part.attr
            elif isinstance(part, ast.Attribute):
                yield from _computed(tree, part.attr, columns)
            elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
                for origin in origins(known.source, frames, part):
                    if origin.attribute in columns:
                        yield str(origin.attribute)
                for attribute in _assigned(tree, frames[0], part.id):
                    if attribute in columns:
                        yield attribute


def _computed(tree: ast.Module | None, name: str, columns: set[str]) -> Iterator[str]:
    """Columns that a property or method of the same file is made of."""
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.FunctionDef) and node.name == name:
            for part in ast.walk(node):
                if isinstance(part, ast.Attribute) and part.attr in columns:
                    yield part.attr


def _assigned(tree: ast.Module | None, site: Site, name: str) -> Iterator[str]:
    """Attributes that the file's assignments to a name before the line read."""
    for node in ast.walk(tree) if tree is not None else ():
        if (
            isinstance(node, ast.Assign)
            and node.lineno < site.line
            and site.line - node.lineno < 40
        ):
            targets = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if name in targets and isinstance(node.value, ast.Attribute):
                yield node.value.attr
