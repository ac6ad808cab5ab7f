"""Tags query objects with the app's lines that composed them."""

from __future__ import annotations

import sys
from typing import Any

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from ..composed import TAG, Composing

_ENDS = ("count", "exists", "update", "delete", "values", "values_list")
"""Calls that give a query object of another class, made of the one that they are called on."""


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    add = Composing(recorder).add
    queryset: Any = sys.modules["tortoise.queryset"].QuerySet

    def make(original: Any) -> Any:
        def _clone(self: Any) -> Any:
            try:
                made = original(self)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on and recorder.on:
                try:
                    trail = self.__dict__.get(TAG)
                    if trail is not None:
                        made.__dict__[TAG] = trail
                    add(made.__dict__, sys._getframe(1))
                except Exception as error:
                    switch.fail(error)
            return made

        return _clone

    def make_end(original: Any) -> Any:
        def end(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                made = original(self, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on and recorder.on:
                try:
                    trail = self.__dict__.get(TAG)
                    if trail is not None:
                        made.__dict__[TAG] = trail
                    add(made.__dict__, sys._getframe(1))
                except Exception as error:
                    switch.fail(error)
            return made

        return end

    hooks.wrap(queryset, "_clone", make)
    for name in _ENDS:
        hooks.wrap(queryset, name, make_end)
