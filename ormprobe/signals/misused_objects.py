"""Mapped objects and results that plain Python code used as something they are not.

Python names the class of the object alone: whether it is the data layer's is decided here, by the
mapped classes that the run saw and the classes that the app defines.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ormprobe.signals.known import Known, in_tests
from ormprobe.source.declared import declared_in
from ormprobe.source.nodes import covers
from ormprobe.source.records import records_of
from ormprobe.source.shapes import shaped_at
from ormprobe.timeline.model import Failure, Link, Scope
from ormprobe_taxonomy.signals import Place, Reading
from ormprobe_taxonomy.signals.refusals import ObjectMisused

READS = ("failures",)

MISUSE = "result-object-misuse"

_SERIAL = (
    re.compile(r"^Object of type (\w+) is not JSON serializable"),
    re.compile(r"^Unable to serialize unknown type: <class '(?:[\w.]+\.)?(\w+)'>"),
    re.compile(r"^Type is not JSON serializable: (\w+)"),
)
_USED = (
    re.compile(r"^'(\w+)' object is not (?:subscriptable|iterable)"),
    re.compile(r"^cannot unpack non-iterable (\w+) object"),
    re.compile(r"^object of type '(\w+)' has no len\(\)"),
    re.compile(r"^'(\w+)' object does not support item assignment"),
    re.compile(r"^argument of type '(\w+)' is not (?:iterable|a container)"),
)
_LACKS = re.compile(r"^'(\w+)' object has no attribute '(\w+)'")
_LACKS_CLASS = re.compile(r"^type object '(\w+)' has no attribute '(\w+)'")

_RESULTS = frozenset(
    (
        "CursorResult", "ChunkedIteratorResult", "IteratorResult", "ScalarResult", "MappingResult",
        "RowMapping", "LegacyRow", "LegacyCursorResult", "AsyncResult", "AsyncScalarResult",
        "AsyncMappingResult", "ManyRelatedManager", "RelatedManager", "GenericRelatedObjectManager",
        "RawQuerySet",
        "ModelSelect", "ModelInsert", "ModelUpdate", "ModelDelete", "ModelRaw", "ManyToManyQuery",
        "ModelCompoundSelectQuery", "CursorWrapper", "DictCursorWrapper", "NamedTupleCursorWrapper",
        "ModelCursorWrapper", "ModelObjectCursorWrapper", "ModelDictCursorWrapper",
        "ModelTupleCursorWrapper", "ModelNamedTupleCursorWrapper",
    )
)  # fmt: skip
_COMMON = frozenset(
    (
        "Row", "Query", "Select", "Result", "Insert", "Update", "Delete", "Record", "QuerySet",
        "Manager",
    )
)  # fmt: skip
"""Classes of the ORM whose names an app may well give to classes of its own."""


def detect(scope: Scope, known: Known) -> Iterator[ObjectMisused]:
    for owner in scope.walk():
        for failure in owner.failures:
            found = misused(known, failure)
            if found is None:
                continue
            link, _ = found
            kind = _kind(link.message)
            if kind is not None:
                yield ObjectMisused(
                    error=failure.event,
                    kind=kind,
                    mapped=kind in known.run.entities,
                    made=_made(known, link, kind),
                    events=(failure.event,),
                )


def misused(known: Known, failure: Failure) -> tuple[Link, Reading] | None:
    """The exception of a failure that is about an object of the data layer, with its reading."""
    for link in reversed(failure.chain):
        if not {"AttributeError", "TypeError", "PydanticSerializationError"} & {
            link.type,
            *link.mro,
        }:
            continue
        found = _reading(known, link)
        if found is not None and not (link.frames and in_tests(link.frames[0])):
            return link, found
    return None


def _reading(known: Known, link: Link) -> Reading | None:
    for pattern in (*_SERIAL, *_USED):
        found = pattern.search(link.message)
        if found is not None:
            return Reading(MISUSE) if _is_ours(known, found.group(1)) else None
    found = _LACKS.search(link.message)
    if found is not None:
        kind, attribute = found.groups()
        if _is_mapped(known, kind):
            called = _is_called(known, link, attribute)
            return (
                None if called else Reading("mapping-misconfiguration", None, "unmapped-attribute")
            )
        ours = _is_ours(known, kind) or _shaped(known, link, kind, attribute)
        return Reading(MISUSE) if ours else None
    found = _LACKS_CLASS.search(link.message)
    if found is not None and _is_mapped(known, found.group(1)):
        called = _is_called(known, link, found.group(2))
        return None if called else Reading("unresolved-reference")
    return None


def _kind(message: str) -> str | None:
    for pattern in (*_SERIAL, *_USED, _LACKS, _LACKS_CLASS):
        found = pattern.search(message)
        if found is not None:
            return found.group(1)
    return None


def _is_ours(known: Known, kind: str) -> bool:
    """Whether objects of this class come from the data layer."""
    if _is_mapped(known, kind) or kind in _RESULTS:
        return True
    return kind in _COMMON and not declared_in(known.source).is_class(kind)


def _made(known: Known, link: Link, kind: str) -> Place | None:
    """The line that handed on a query in place of what it finds."""
    lacks = _LACKS.search(link.message)
    line = shaped_at(known.source, link.frames, kind, lacks.group(2)) if lacks else None
    if line is None or kind in ("dict", "tuple"):
        return None
    return Place(*line, known.source.function_at(*line))


def _shaped(known: Known, link: Link, kind: str, attribute: str) -> bool:
    """Whether a plain dict or tuple is a row that a query was asked to give as one."""
    return shaped_at(known.source, link.frames, kind, attribute) is not None


def _is_mapped(known: Known, kind: str) -> bool:
    """Whether a class is a model: as the run saw it, or by its bases where none was used yet."""
    return kind in known.run.entities or kind in records_of(known.source).names


def _is_called(known: Known, link: Link, attribute: str) -> bool:
    """Whether the line calls what the object lacks: a method, which no mapping gives."""
    if not link.frames:
        return False
    site = link.frames[0]
    tree = known.source.tree(site.path)
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == attribute
        and covers(node, site.line)
        for node in (ast.walk(tree) if tree is not None else ())
    )
