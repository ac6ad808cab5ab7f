"""Fields of loaded and saved instances that were set and not saved.

Peewee itself keeps the names of the fields that were set since.
"""

from __future__ import annotations

import sys
from typing import Any, Iterable, Mapping, Optional, Sequence, Tuple
from weakref import WeakKeyDictionary

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from ..defaults import Defaults
from ..row_facts import encode_key
from ..unwritten import MAX_OF_RESULT, Held, Watch, saver
from .keys import key_names, key_of


class Unsaved:
    """Offers the instances of results to the watch."""

    def __init__(self, recorder: Recorder, switch: Switch) -> None:
        def key_of_data(model: Any, data: Mapping[str, Any]) -> Any:
            key = [data.get(name) for name in key_names(model)]
            return None if not key or None in key else encode_key(recorder, key)

        self.watch = Watch(recorder, switch, _names, key_of_data)

    def read(self, rows: Sequence[Any], statement: int) -> None:
        """rows: what a result was read as."""
        if 0 < len(rows) <= MAX_OF_RESULT and hasattr(rows[0], "_dirty"):
            self.watch.loaded(rows, statement, _data_of, _dirty_of)


_of: WeakKeyDictionary[Recorder, Unsaved] = WeakKeyDictionary()


def unsaved_of(recorder: Recorder) -> Optional[Unsaved]:
    """What takes the instances of results, where it could be installed."""
    return _of.get(recorder)


def _data_of(instance: Any) -> Any:
    return instance.__data__


def _dirty_of(instance: Any) -> Any:
    return instance._dirty


def _names(found: Held) -> Iterable[str]:
    """What was set, and what holds a place that may have been changed."""
    fields = found.kind._meta.fields
    names = [name for name in found.marks if name in fields]
    places = [name for name, value in found.data.items() if isinstance(value, (dict, list))]
    return names + [name for name in places if name in fields and name not in names]


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    model: Any = sys.modules["peewee"].Model
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

    def make(original: Any) -> Any:
        def save(self: Any, *args: Any, **kwargs: Any) -> Any:
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
            if switch.on and recorder.on:
                try:
                    _saved(recorder, watch, self)
                except Exception as error:
                    switch.fail(error)
            return result

        return save

    hooks.wrap(sys.modules["peewee"].Field, "__init__", make_field)
    hooks.wrap(model, "save", make)
    recorder.sweeping.append(watch.sweep)
    hooks.undo_with(recorder.sweeping.remove, watch.sweep)


def _named(field: Any) -> Optional[Tuple[str, str]]:
    model = getattr(field, "model", None)
    return None if model is None else (str(model.__name__), str(field.name))


def _saved(recorder: Recorder, watch: Watch, instance: Any) -> None:
    found = watch.find(instance)
    if found is None:
        if key_of(instance) is not None:
            watch.loaded((instance,), 0, _data_of, _dirty_of, recorder.here(3))
        return
    dirty = instance._dirty
    if not dirty:
        watch.written(found, None, 0)
        return
    names = [name for name in found.data if name not in dirty]
    watch.written(found, names, saver(recorder, 2))
