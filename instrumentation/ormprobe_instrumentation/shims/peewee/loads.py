"""Loads: a foreign key read lazily, a relation read from its other side, rows asked for by key.

What a relation's accessor hands out is a query, which the app may refine and run much later: it
bears what it was made for, and Peewee's clones of it bear the same.
"""

from __future__ import annotations

import sys
from typing import Any, Optional, Tuple

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from ..row_facts import encode_key
from .keys import key_of

TAG = "_ormprobe_load"

Tag = Tuple[str, str, Any]
"""Of a relation's query: the entity and attribute that were read, and the key of the instance."""


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    peewee: Any = sys.modules["peewee"]

    def make_backref(original: Any) -> Any:
        def __get__(self: Any, instance: Any, instance_type: Any = None) -> Any:
            try:
                query = original(self, instance, instance_type)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if instance is not None and switch.on:
                try:
                    _tag(query, instance, self.field.backref)
                except Exception as error:
                    switch.fail(error)
            return query

        return __get__

    def make_many(original: Any) -> Any:
        def get_query(self: Any, instance: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                query = original(self, instance, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if instance is not None and switch.on:
                try:
                    _tag(query, instance, self.name)
                except Exception as error:
                    switch.fail(error)
            return query

        return get_query

    hooks.wrap(peewee.BackrefAccessor, "__get__", make_backref)
    many = peewee.ManyToManyFieldAccessor
    hooks.wrap(many, "get_query" if hasattr(many, "get_query") else "__get__", make_many)


def _tag(query: Any, instance: Any, attribute: Any) -> None:
    held = getattr(query, "__dict__", None)
    if held is not None:
        held[TAG] = (type(instance).__name__, str(attribute), key_of(instance))


def tag_of(query: Any, passed: Any) -> Optional[Tag]:
    """What a query, or the query that it counts, was made for; None for nothing of the kind."""
    found: Optional[Tag] = getattr(query, "__dict__", {}).get(TAG)
    if found is None:
        for name, frame in passed or ():
            if name == "asked":
                found = getattr(frame.f_locals.get("self"), "__dict__", {}).get(TAG)
                break
    return found


def load_of(recorder: Recorder, tag: Optional[Tag], entity: Optional[str], passed: Any) -> str:
    """What a statement's line says of the load that it is, as JSON with a comma before."""
    if tag is not None:
        return _lazy(recorder, *tag)
    get = False
    for name, frame in passed or ():
        if name == "lazy":
            values = frame.f_locals
            accessor, instance = values.get("self"), values.get("instance")
            attribute = str(getattr(accessor, "name", ""))
            return _lazy(recorder, type(instance).__name__, attribute, key_of(instance))
        if name == "eager":
            return ',"load":%d' % recorder.load("eager", entity or "", None)
        get = get or name == "get"
    return ',"load":%d' % recorder.load("get", entity or "", None) if get else ""


def _lazy(recorder: Recorder, entity: str, attribute: str, key: Any) -> str:
    load = recorder.load("lazy", entity, attribute)
    return ',"load":%d,"parent":%s' % (load, encode_key(recorder, key))
