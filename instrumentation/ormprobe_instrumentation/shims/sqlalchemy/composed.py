"""Tags SELECTs and other statements with the app's lines that composed them."""

from __future__ import annotations

import sys
from typing import Any

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from ..composed import Composing


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    add = Composing(recorder).add
    from sqlalchemy.sql.base import Generative
    from sqlalchemy.sql.selectable import Select

    def make_generate(original: Any) -> Any:
        def _generate(self: Any) -> Any:
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

        return _generate

    def make_init(original: Any) -> Any:
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            try:
                original(self, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on and recorder.on:
                try:
                    add(self.__dict__, sys._getframe(1))
                except Exception as error:
                    switch.fail(error)

        return __init__

    hooks.wrap(Generative, "_generate", make_generate)
    hooks.wrap(Select, "__init__", make_init)
