"""Errors of the bridge: work that was asked for outside of it."""

from __future__ import annotations

import sys
from typing import Any, Dict

from ...callsite import APP
from ...errors import watch
from ...hooks import Hooks
from ...lines import Raw
from ...recorder import Recorder
from ...shim import Switch
from ..row_facts import encode_key
from .errors import origin_of
from .failures import around
from .keys import key_of
from .loads import tag_of
from .surroundings import database_of

_DEPTH = 24


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    module: Any = sys.modules["playhouse.pwasyncio"]

    def about(error: BaseException, frame: Any) -> Dict[str, Any]:
        fields: Dict[str, Any] = {"origin": origin_of(frame)}
        database = database_of(recorder, frame)
        if database is not None:
            fields.update(around(recorder, database))
        fields.update(_read(recorder, frame))
        return fields

    watch(recorder, hooks, switch, module.MissingGreenletBridge, about, _is_first)


def _is_first(frame: Any) -> bool:
    """Whether an error is made that another one is going to stand for, with the statement in it."""
    back: Any = frame.f_back
    made_by = str(frame.f_code.co_name)
    return made_by == "await_" and back is not None and back.f_code.co_name == "execute_sql"


def _read(recorder: Recorder, frame: Any) -> Dict[str, Any]:
    """The attribute that was being read, and the instance it was read of."""
    for _ in range(_DEPTH):
        if frame is None or recorder.sites.kind(frame.f_code.co_filename) == APP:
            break
        name = frame.f_code.co_name
        if name == "get_rel_instance":
            values = frame.f_locals
            instance = values.get("instance")
            return {
                "entity": type(instance).__name__,
                "attribute": str(getattr(values.get("self"), "name", "")),
                "parent": Raw(encode_key(recorder, key_of(instance))),
                "access": "lazy",
            }
        if name in ("execute", "count", "exists"):
            values = frame.f_locals
            asked = values.get("query" if name == "execute" else "self")  # whose truth asks, too
            tag = tag_of(asked, None)
            if tag is not None:
                entity, attribute, key = tag
                parent = Raw(encode_key(recorder, key))
                return {
                    "entity": entity,
                    "attribute": attribute,
                    "parent": parent,
                    "access": "lazy",
                }
        frame = frame.f_back
    return {}
