"""Peewee's errors: each that is created, with what it is about."""

from __future__ import annotations

import sys
from typing import Any, Callable, Dict, Optional

from ...callsite import APP
from ...errors import note, stand_for, watch
from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from .failures import around
from .surroundings import database_of, surroundings

_OWN_USE = frozenset(("get_or_none", "get_or_create", "__contains__"))
"""Functions of Peewee that look for a row and take its absence for an answer."""

_NEAR = 6
_ABSENCE = "DoesNotExist"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    peewee: Any = sys.modules["peewee"]

    def about(error: BaseException, frame: Any) -> Dict[str, Any]:
        fields: Dict[str, Any] = {"origin": origin_of(frame)}
        database = database_of(recorder, frame)
        if database is not None:
            fields.update(around(recorder, database))
        fields.update(surroundings(recorder, error, frame))
        return fields

    def about_absence(error: BaseException, frame: Any) -> Dict[str, Any]:
        name = type(error).__name__
        entity = name[: -len(_ABSENCE)] if name.endswith(_ABSENCE) else ""
        return {"origin": origin_of(frame), "entity": entity or None}

    def make_again(original: Any) -> Any:
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            if args and isinstance(args[0], peewee.PeeweeException) and switch.on:
                try:
                    stand_for(self, args[0])  # Peewee wraps its own as it wraps a driver's
                except Exception as error:
                    switch.fail(error)
            original(self, *args, **kwargs)

        return __init__

    def make_getattr(original: Any) -> Any:
        def __getattr__(self: Any, attr: str) -> Any:
            try:
                return original(self, attr)
            except AttributeError as error:
                if switch.on and self.obj is None and not attr.startswith("_"):
                    try:
                        note(recorder, error)
                    except Exception as own:
                        switch.fail(own)
                hide_own_frame(error)
                raise

        return __getattr__

    watch(recorder, hooks, switch, peewee.PeeweeException, about)
    hooks.wrap(peewee.PeeweeException, "__init__", make_again)
    watch(recorder, hooks, switch, peewee.DoesNotExist, about_absence, is_own_use(recorder))
    hooks.wrap(peewee.Proxy, "__getattr__", make_getattr)


def is_own_use(recorder: Recorder) -> Callable[[Any], bool]:
    """Tells whether Peewee makes an error that it is going to catch by itself."""

    def is_own(frame: Any) -> bool:
        for _ in range(_NEAR):
            if frame is None or recorder.sites.kind(frame.f_code.co_filename) == APP:
                return False
            if frame.f_code.co_name in _OWN_USE:
                return True
            frame = frame.f_back
        return False

    return is_own


def origin_of(frame: Any) -> Optional[str]:
    """The frame that makes an error, as `file:function`."""
    if frame is None:
        return None
    code = frame.f_code
    path = str(code.co_filename).replace("\\", "/")
    return "%s:%s" % (path.rsplit("/", 1)[-1], code.co_name)
