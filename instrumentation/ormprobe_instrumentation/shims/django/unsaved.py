"""Attributes of loaded and saved instances that were set and not saved."""

from __future__ import annotations

import sys
from typing import Any, Dict, Iterable, Mapping, Optional, Sequence, Tuple
from weakref import WeakKeyDictionary

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from ..defaults import Defaults
from ..row_facts import encode_key
from ..unwritten import MAX_OF_RESULT, Held, Watch, saver
from .loads import key_names

_MODELS = 2048

_names: Dict[Any, Tuple[str, ...]] = {}
_of: WeakKeyDictionary[Recorder, Unsaved] = WeakKeyDictionary()


class Unsaved:
    """Offers the instances of results to the watch."""

    def __init__(self, recorder: Recorder, switch: Switch) -> None:
        self.switch = switch

        def key_of(model: Any, data: Mapping[str, Any]) -> Any:
            key = [data.get(name) for name in key_names(model._meta)]
            return None if None in key else encode_key(recorder, key)

        self.watch = Watch(recorder, switch, _columns, key_of)

    def read(self, rows: Sequence[Any], statement: int) -> None:
        """rows: what a query set has taken from its statement."""
        if 0 < len(rows) <= MAX_OF_RESULT and hasattr(rows[0], "_state"):
            self.watch.loaded(rows, statement, _data_of)


def unsaved_of(recorder: Recorder) -> Optional[Unsaved]:
    """What takes the instances of results, where it could be installed."""
    return _of.get(recorder)


def _data_of(instance: Any) -> Any:
    return instance.__dict__


def _columns(found: Held) -> Iterable[str]:
    return attributes_of(found.kind)


def attributes_of(model: Any) -> Tuple[str, ...]:
    known = _names.get(model)
    if known is None:
        if len(_names) >= _MODELS:
            _names.clear()
        known = tuple([str(each.attname) for each in model._meta.concrete_fields])
        _names[model] = known
    return known


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    base: Any = sys.modules["django.db.models.base"].Model
    unsaved = Unsaved(recorder, switch)
    watch = unsaved.watch
    _of[recorder] = unsaved

    defaults = Defaults(recorder, _named)

    def make_field(original: Any) -> Any:
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            try:
                original(self, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on:
                try:
                    defaults.declared(self, self.default)
                except Exception as error:
                    switch.fail(error)

        return __init__

    def make_save(original: Any) -> Any:
        def save_base(self: Any, *args: Any, **kwargs: Any) -> Any:
            if defaults.known and switch.on and recorder.on:
                try:
                    defaults.look()
                except Exception as error:
                    switch.fail(error)
            try:
                result = original(self, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on:
                try:
                    _saved(recorder, watch, self, _update_fields(args, kwargs))
                except Exception as error:
                    switch.fail(error)
            return result

        return save_base

    def make_refresh(original: Any) -> Any:
        def refresh_from_db(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                result = original(self, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on:
                try:
                    found = watch.find(self)
                    if found is not None:
                        watch.written(found, None, 0)
                except Exception as error:
                    switch.fail(error)
            return result

        return refresh_from_db

    hooks.wrap(sys.modules["django.db.models.fields"].Field, "__init__", make_field)
    hooks.wrap(base, "save_base", make_save)
    hooks.wrap(base, "refresh_from_db", make_refresh)
    recorder.sweeping.append(watch.sweep)
    hooks.undo_with(recorder.sweeping.remove, watch.sweep)


def _named(field: Any) -> Optional[Tuple[str, str]]:
    model = getattr(field, "model", None)
    return None if model is None else (str(model.__name__), str(field.attname))


def _update_fields(args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Optional[Iterable[str]]:
    """What `save_base` was told to write alone."""
    found: Optional[Iterable[str]] = args[4] if len(args) > 4 else kwargs.get("update_fields")
    return found


def _saved(recorder: Recorder, watch: Watch, instance: Any, names: Optional[Iterable[str]]) -> None:
    found = watch.find(instance)
    if found is None:
        watch.loaded((instance,), 0, _data_of, None, recorder.here(3))
        return
    if names is None:
        watch.written(found, None, 0)
        return
    meta = instance._meta
    wanted = set(names)
    attributes = [f.attname for f in meta.concrete_fields if {f.name, f.attname} & wanted]
    watch.written(found, attributes, saver(recorder, 2))
