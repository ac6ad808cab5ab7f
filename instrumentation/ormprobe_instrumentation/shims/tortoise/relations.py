"""Relations of instances: queries through them say which relation they read, fetches too."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Dict, Optional, Tuple

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from ..drivers.disguise import hide
from .clients import own_of
from .loads import key_of, prefetching, tag
from .operations import leave

_NAMES = 4096

_fetching: ContextVar[Any] = ContextVar("ormprobe_tortoise_related", default=None)
"""The instance whose `fetch_related` goes on."""

_names: Dict[Tuple[Any, ...], Optional[str]] = {}


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    from tortoise import models
    from tortoise.backends.base.executor import BaseExecutor
    from tortoise.fields import relational
    from tortoise.queryset import AwaitableQuery

    queries: Any = AwaitableQuery

    def make_getter(original: Any) -> Any:
        def getter(self: Any, _key: str, *args: Any, **kwargs: Any) -> Any:
            try:
                found = original(self, _key, *args, **kwargs)
            except BaseException as error:
                hide(error)
                raise
            if isinstance(found, queries) and switch.on:
                try:
                    tag(found, type(self).__name__, _key[1:], key_of(self))
                except Exception as error:
                    switch.fail(error)
            return found

        return getter

    def make_query(original: Any) -> Any:
        def _query(self: Any) -> Any:
            try:
                found = original(self)
            except BaseException as error:
                hide(error)
                raise
            if switch.on:
                try:
                    instance = self.instance
                    tag(found, type(instance).__name__, accessor(self), key_of(instance))
                except Exception as error:
                    switch.fail(error)
            return found

        return _query

    # bound into the properties of models when these are set up
    for name in ("_fk_getter", "_ro2o_getter"):
        hooks.wrap(models, name, make_getter)
    for kind in (relational.ReverseRelation, relational.ManyToManyRelation):
        _wrap_property(hooks, kind, "_query", make_query)
    hooks.wrap(models.Model, "fetch_related", _make_fetch(switch))
    hooks.wrap(BaseExecutor, "_do_prefetch", _make_prefetch(switch))


def _wrap_property(hooks: Hooks, kind: Any, name: str, make: Any) -> None:
    own = own_of(kind, name)
    if isinstance(own, property) and own.fget is not None:
        import functools

        getter = functools.wraps(own.fget)(make(own.fget))
        setattr(kind, name, property(getter, own.fset, own.fdel, own.__doc__))
        hooks.undo_with(setattr, kind, name, own)


def accessor(relation: Any) -> str:
    """The attribute that a reverse or many-to-many relation of an instance stands under."""
    field = getattr(relation, "field", None)
    if field is not None:
        return str(field.model_field_name)
    owner = relation.instance.__class__
    key: Tuple[Any, ...] = (owner, relation.relation_field, relation.remote_model)
    name = _names.get(key)
    if name is None:
        if len(_names) >= _NAMES:
            _names.clear()
        name = _names[key] = _search(owner, relation)
    return name


def _search(owner: Any, relation: Any) -> str:
    meta = owner._meta
    for name in meta.backward_fk_fields:
        found = meta.fields_map[name]
        if (
            getattr(found, "relation_field", None) == relation.relation_field
            and found.related_model is relation.remote_model
        ):
            return str(name)
    return str(relation.relation_field)


def _make_fetch(switch: Switch) -> Any:
    def make(original: Any) -> Any:
        async def fetch_related(self: Any, *args: Any, **kwargs: Any) -> Any:
            token = _fetching.set(self)
            try:
                return await original(self, *args, **kwargs)
            except BaseException as error:
                hide(error)
                raise
            finally:
                leave(_fetching, token)

        return fetch_related

    return make


def _make_prefetch(switch: Switch) -> Any:
    def make(original: Any) -> Any:
        async def _do_prefetch(
            self: Any, instance_id_list: Any, field: Any, *args: Any, **kwargs: Any
        ) -> Any:
            fetch: Any = None
            if switch.on:
                try:
                    fetch = _fetch_of(self.model, instance_id_list, field)
                except Exception as error:
                    switch.fail(error)
            token = prefetching.set(fetch)
            try:
                return await original(self, instance_id_list, field, *args, **kwargs)
            except BaseException as error:
                hide(error)
                raise
            finally:
                leave(prefetching, token)

        return _do_prefetch

    return make


def _fetch_of(model: Any, instances: Any, field: str) -> Any:
    one = _fetching.get()
    if one is not None and len(instances) == 1 and instances[0] is one:
        return "lazy", model.__name__, field, key_of(one)
    return "eager", model.__name__, field, None
