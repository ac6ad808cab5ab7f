"""Keywords that a model was given, that it does not have, and that it took without a word.

What such a keyword was meant to set is missing from the row then.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ormprobe.signals.known import Known, in_tests
from ormprobe.source.declared import declared_in
from ormprobe.timeline.model import Error, Site
from ormprobe.timeline.run import Table

_MAKERS = frozenset(("create", "acreate", "get_or_create", "aget_or_create", "make"))
_OPTIONS = frozenset(("force_insert", "using", "using_db", "database", "defaults", "pk"))


def unmapped_keyword(known: Known, error: Error) -> tuple[str, Site] | None:
    """A keyword that the refused INSERT's model does not have, and the line that gave it."""
    table = known.run.entities.get(error.entity or "")
    if table is None or error.entity is None or error.operation not in ("INSERT", None):
        return None
    has = set(_names(known, error.entity, table))
    for frame in error.frames or ((error.site,) if error.site is not None else ()):
        if in_tests(frame):
            continue
        for keyword in _given(known, frame, error.entity):
            if keyword not in has and keyword not in _OPTIONS:
                return keyword, frame
    return None


def _names(known: Known, entity: str, table: Table) -> Iterator[str]:
    for column in table.columns:
        yield column.name
    for relation in table.relations:
        yield relation.name
    yield from declared_in(known.source).names(entity)


def _given(known: Known, frame: Site, entity: str) -> Iterator[str]:
    """The keywords by which the function of a line, or the line alone, makes an instance."""
    tree = known.source.tree(frame.path)
    around: ast.AST | None = None
    for node in ast.walk(tree) if tree is not None else ():
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.lineno <= frame.line <= (node.end_lineno or node.lineno):
            around = node
    for node in ast.walk(around or tree) if tree is not None else ():
        if isinstance(node, ast.Call) and _makes(node.func, entity):
            yield from (each.arg for each in node.keywords if each.arg is not None)


def _makes(called: ast.expr, entity: str) -> bool:
    if isinstance(called, ast.Attribute) and called.attr in _MAKERS:
        called = called.value
    return isinstance(called, ast.Name) and called.id == entity
