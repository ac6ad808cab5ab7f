"""Tags queries with the app's lines that composed them."""

from __future__ import annotations

import sys
from typing import Any

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from ..composed import Composing

_STARTS = ("select", "update", "delete", "insert", "insert_many", "raw")


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    add = Composing(recorder).add
    peewee: Any = sys.modules["peewee"]

    def make(original: Any) -> Any:
        def clone(self: Any) -> Any:
            made = original(self)
            if switch.on and recorder.on:
                try:
                    add(made.__dict__, sys._getframe(1))
                except Exception as error:
                    switch.fail(error)
            return made

        return clone

    def make_start(original: Any) -> Any:
        def start(*args: Any, **kwargs: Any) -> Any:
            made = original(*args, **kwargs)
            if switch.on and recorder.on:
                try:
                    add(made.__dict__, sys._getframe(1))
                except Exception as error:
                    switch.fail(error)
            return made

        return start

    hooks.wrap(peewee.BaseQuery, "clone", make)
    for name in _STARTS:
        hooks.wrap(peewee.Model, name, make_start)
