"""Attributes of loaded and saved instances that were set and not saved."""

from __future__ import annotations

import sys
from typing import Any, Iterable, Mapping, Optional, Sequence
from weakref import WeakKeyDictionary

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from ..drivers.disguise import hide
from ..row_facts import encode_key
from ..unwritten import MAX_OF_RESULT, Held, Watch, saver
from .operations import app_frame
from .rows import shape_of


class Unsaved:
    """Offers the instances of results to the watch."""

    def __init__(self, recorder: Recorder, switch: Switch) -> None:
        def key_of(model: Any, data: Mapping[str, Any]) -> Any:
            key = data.get(shape_of(model).key)
            return None if key is None else encode_key(recorder, (key,))

        self.watch = Watch(recorder, switch, _names, key_of)

    def read(self, result: Any, statement: int) -> None:
        """result: what a query gave to who awaited it."""
        rows: Sequence[Any] = result if result.__class__ is list else (result,)
        if 0 < len(rows) <= MAX_OF_RESULT and hasattr(rows[0], "_saved_in_db"):
            self.watch.loaded(rows, statement, _data_of)


_of: WeakKeyDictionary[Recorder, Unsaved] = WeakKeyDictionary()


def unsaved_of(recorder: Recorder) -> Optional[Unsaved]:
    """What takes the instances of results, where it could be installed."""
    return _of.get(recorder)


def _data_of(instance: Any) -> Any:
    return instance.__dict__


def _names(found: Held) -> Iterable[str]:
    return shape_of(found.kind).attributes


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    model: Any = sys.modules["tortoise.models"].Model
    unsaved = Unsaved(recorder, switch)
    watch = unsaved.watch
    _of[recorder] = unsaved

    def make_save(original: Any) -> Any:
        async def save(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                result = await original(self, *args, **kwargs)
            except BaseException as error:
                hide(error)
                raise
            if switch.on and recorder.on:
                try:
                    names = args[1] if len(args) > 1 else kwargs.get("update_fields")
                    _saved(recorder, watch, self, names)
                except Exception as error:
                    switch.fail(error)
            return result

        return save

    def make_refresh(original: Any) -> Any:
        async def refresh_from_db(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                result = await original(self, *args, **kwargs)
            except BaseException as error:
                hide(error)
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

    hooks.wrap(model, "save", make_save)
    hooks.wrap(model, "refresh_from_db", make_refresh)
    recorder.sweeping.append(watch.sweep)
    hooks.undo_with(recorder.sweeping.remove, watch.sweep)


def _saved(recorder: Recorder, watch: Watch, instance: Any, names: Optional[Iterable[str]]) -> None:
    found = watch.find(instance)
    if found is None:
        frame, _ = app_frame(recorder, sys._getframe(2))
        watch.loaded((instance,), 0, _data_of, None, recorder.site(frame))
    elif names is None:
        watch.written(found, None, 0)
    else:
        site = saver(recorder, 2)
        if not site:
            frame, _ = app_frame(recorder, sys._getframe(2))
            site = recorder.site(frame)
        watch.written(found, list(names), site)
