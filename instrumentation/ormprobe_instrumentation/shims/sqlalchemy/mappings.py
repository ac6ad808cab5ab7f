"""Which class and attribute an error of the mapping is about, from the frames that raise it.

Such an error is raised while mappers are configured or a class is mapped, before the schema was
told: the names in its message are learned here, or they would be scrubbed.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple
from weakref import WeakKeyDictionary

from ...recorder import Recorder
from ...scrub import words_of

_DEPTH = 24
_MAPPING = re.compile(
    r"orm[/\\](mapper|relationships|decl_base|decl_api|clsregistry|interfaces|properties"
    r"|descriptor_props|mapped_collection|base)\.py$|sql[/\\]schema\.py$"
)
_OWN = re.compile(r"sqlalchemy|^<string>$")  # the latter: a relation's string, evaluated
_DDL = re.compile(r"sql[/\\]compiler\.py$")
_NEAR = 6
_BY_NAME = ("_ModNS", "_GetColumns", "_GetTable")
"""What a name inside a relation's string becomes: whatever it is asked for, it looks that up."""

# the attribute whose configuration failed first: later uses of the mapper raise it again
_failed: WeakKeyDictionary[Any, str] = WeakKeyDictionary()

About = Tuple[Any, str, Optional[str]]


def about_mapping(recorder: Recorder, frame: Any) -> Dict[str, Any]:
    """The fields `entity` and `attribute` of an error, empty where it is about no mapping.

    A property that was being configured stands before the mapper that refused it.
    """
    words: List[str] = []
    chosen: Optional[About] = None
    depth, near = 0, False
    while frame is not None and depth < _DEPTH and _OWN.search(frame.f_code.co_filename):
        if _MAPPING.search(frame.f_code.co_filename):
            near = near or depth < _NEAR
            found = _of_frame(frame.f_locals, words) if near else None
            if found is not None and (chosen is None or (found[2] and not chosen[2])):
                chosen = found
        elif depth < _NEAR and _DDL.search(frame.f_code.co_filename):
            _of_ddl(frame.f_locals, words)
        frame, depth = frame.f_back, depth + 1
    fields = {} if chosen is None else _told(*chosen)
    recorder.know(words_of(words + list(fields.values())))
    return fields


def _told(owner: Any, entity: str, attribute: Optional[str]) -> Dict[str, Any]:
    try:
        if attribute is not None:
            _failed[owner] = attribute
        else:
            attribute = _failed.get(owner)
    except TypeError:  # no mapper, and not made for weak references
        pass
    return {"entity": entity} if attribute is None else {"entity": entity, "attribute": attribute}


def _of_frame(values: Dict[str, Any], words: List[str]) -> Optional[About]:
    """What a frame of the mapping is at work on: the mapper, its class and perhaps an attribute."""
    owner: Any = values.get("self")
    if type(owner).__name__ in _BY_NAME:
        return None
    key = getattr(owner, "key", None)
    parent: Any = getattr(owner, "parent", None)
    if isinstance(key, str) and isinstance(getattr(parent, "class_", None), type):
        return parent, parent.class_.__name__, key
    if getattr(owner, "_colspec", None) is not None and parent is not None:
        words += [str(owner._colspec), str(parent), str(getattr(parent, "table", ""))]
        return None
    candidate: Any
    for candidate in (owner, values.get("mapper")):
        if isinstance(getattr(candidate, "class_", None), type) and hasattr(
            candidate, "local_table"
        ):
            return candidate, candidate.class_.__name__, None
    kind = getattr(owner, "cls", values.get("cls"))
    if not isinstance(kind, type) or kind.__module__.startswith("sqlalchemy."):
        return None
    for name in ("attr_name", "key", "name"):
        key = values.get(name)
        if isinstance(key, str) and (
            key in vars(kind) or key in vars(kind).get("__annotations__", ())
        ):
            return kind, kind.__name__, key
    return kind, kind.__name__, None


def _of_ddl(values: Dict[str, Any], words: List[str]) -> None:
    """The column of a CREATE TABLE that the dialect cannot say."""
    create = values.get("create")
    table = getattr(create, "element", values.get("table"))
    if table is not None and hasattr(table, "columns"):
        words.append(str(table))
        words.extend(str(column.name) for column in table.columns)
