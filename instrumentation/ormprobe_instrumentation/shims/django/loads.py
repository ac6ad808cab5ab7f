"""Why Django asks: what the frames between a statement and the app's line say of it."""

from __future__ import annotations

from typing import Any, List, Optional, Tuple

from ...recorder import Recorder
from ..row_facts import encode_key

VARYING = frozenset(("lazy", "deferred"))
"""What these say is not the same each time."""


def asked(passed: Any) -> Any:
    """The marker of the load that a statement is for, None for none. passed: innermost first."""
    found: Any = None
    for each in passed:
        name = each[0]
        if name in ("lazy", "deferred", "eager"):
            return each
        if name == "type":  # Django looks up what it keeps of its own
            return None
        if name == "refresh" or (name == "get" and found is None):
            found = each
    return found


def said_of(recorder: Recorder, marker: Any, entity: str) -> str:
    """What a statement's line says of the load. entity: the model that is asked for."""
    kind, frame = marker
    if kind not in VARYING:
        return ',"load":%d' % recorder.load(kind, entity, None)
    values = frame.f_locals
    owner, instance = values.get("self"), values.get("instance")
    name = type(instance).__name__
    load = recorder.load(kind, name, attribute_of(owner))
    return ',"load":%d,"parent":%s' % (load, encode_key(recorder, key_of(instance)))


def attribute_of(descriptor: Any) -> Optional[str]:
    """The name of the attribute that a descriptor of Django's stands for."""
    related = getattr(descriptor, "related", None)
    if related is not None:
        return str(related.get_accessor_name())
    field = getattr(descriptor, "field", None)
    if field is None:  # a generic foreign key before 6.1 is its own field
        return getattr(descriptor, "name", None)
    attribute = field.name
    if type(descriptor).__name__ == "ForeignKeyDeferredAttribute":
        attribute = field.attname
    return str(attribute)


def key_names(meta: Any) -> Tuple[str, ...]:
    """The attributes that hold a model's primary key."""
    fields: Any = getattr(meta, "pk_fields", None) or (meta.pk,)
    return tuple([str(field.attname) for field in fields if field is not None])


def key_of(instance: Any) -> List[Any]:
    """The primary key of an instance, loading nothing."""
    values = instance.__dict__
    return [values.get(name) for name in key_names(instance._meta)]
