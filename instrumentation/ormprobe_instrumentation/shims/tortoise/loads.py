"""Why rows are read: through a relation, for a prefetch, by `get`, or to refresh an instance."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Dict, Optional, Tuple

from ...recorder import Recorder
from .operations import Reading

Fetch = Tuple[str, str, str, Any]
"""Type of load, entity, attribute, and the key of the instance that it is for."""

prefetching: ContextVar[Optional[Fetch]] = ContextVar("ormprobe_tortoise_fetch", default=None)
"""The relation that is being fetched for instances that have been loaded."""

_TWO = 2  # the limit that `get` and `get_or_none` set to see whether there is more than one


class Filters(Dict[str, Any]):
    """The filter of a query through a relation, which also says through which.

    Every query that is made from it shares it. It looks like the dict that it is.
    relation: entity, attribute, and the key of the instance.
    """

    __slots__ = ("relation",)

    relation: Tuple[str, str, Any]

    def __reduce_ex__(self, protocol: Any) -> Any:
        return dict, (dict(self),)


Filters.__name__ = Filters.__qualname__ = "dict"
Filters.__module__ = "builtins"


def tag(query: Any, entity: str, attribute: str, key: Any) -> None:
    """Say of a query that it reads a relation of an instance."""
    conditions = query._q_objects
    if conditions:
        last = conditions[-1]
        filters = Filters(last.filters)
        filters.relation = (entity, attribute, key)
        last.filters = filters


def relation_of(query: Any) -> Any:
    """(entity, attribute, key) of the relation that a query reads, None for none."""
    conditions: Any = getattr(query, "_q_objects", None)
    if conditions is None:
        conditions = getattr(query, "q_objects", ())  # of the queries of 0.20
    for condition in conditions:
        filters = getattr(condition, "filters", None)
        if type(filters) is Filters:
            return filters.relation
    return None


def load_of(recorder: Recorder, reading: Optional[Reading], refreshed: bool) -> str:
    """The fields `load` and `parent` of a SELECT, as JSON; maybe nothing.

    reading: the query object that sent it, None for none.
    """
    relation = None if reading is None else relation_of(reading.query)
    if relation is not None:
        entity, attribute, key = relation
        return _fields(recorder, "lazy", entity, attribute, key)
    fetch = prefetching.get()
    if fetch is not None:
        return _fields(recorder, *fetch)
    if reading is None:
        return ""
    query = reading.query
    model = query.model
    if refreshed:
        return ',"load":%d' % recorder.load("refresh", model.__name__, None)
    if getattr(query, "_single", False) and getattr(query, "_limit", None) == _TWO:
        return ',"load":%d' % recorder.load("get", model.__name__, None)
    return ""


def _fields(recorder: Recorder, kind: str, entity: str, attribute: str, key: Any) -> str:
    more = ',"load":%d' % recorder.load(kind, entity, attribute)
    if key is not None:
        more += ',"parent":%s' % recorder.digests.scalar(key)
    return more


def key_of(instance: Any) -> Any:
    """The primary key of an instance, None where it has none yet."""
    return instance.__dict__.get(instance._meta.pk_attr)
