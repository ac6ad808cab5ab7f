"""Tags queries with the app's lines that composed them."""

from __future__ import annotations

import sys
from typing import Any

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from ..composed import TAG, Composing

_STARTS = ("select", "update", "insert", "insert_many", "raw")


def carrier(query: Any) -> Any:
    """The query that carries the trail: of a count, the one inside whose rows are counted."""
    held: Any = getattr(query, "__dict__", {})
    inside: Any = held.get("_from_list")
    if not inside or len(inside) != 1 or len(_trail(held)) > 2:
        return query
    first: Any = inside[0]
    return first if TAG in getattr(first, "__dict__", ()) else query


def _trail(held: Any) -> Any:
    return held.get(TAG, ())


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    add = Composing(recorder).add
    peewee: Any = sys.modules["peewee"]

    def make(original: Any) -> Any:
        def clone(self: Any) -> Any:
            try:
                made = original(self)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on and recorder.on:
                try:
                    add(made.__dict__, sys._getframe(1))
                except Exception as error:
                    switch.fail(error)
            return made

        return clone

    def make_start(original: Any) -> Any:
        def start(*args: Any, **kwargs: Any) -> Any:
            try:
                made = original(*args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on and recorder.on:
                try:
                    add(made.__dict__, sys._getframe(1))
                except Exception as error:
                    switch.fail(error)
            return made

        return start

    hooks.wrap(peewee.BaseQuery, "clone", make)
    for name in _STARTS:
        if isinstance(peewee.Model.__dict__.get(name), classmethod):  # not for other descriptors
            hooks.wrap(peewee.Model, name, make_start)
