"""Django Ninja 1, over Django's shim: exceptions that its handlers, or the app's, answer."""

from __future__ import annotations

import sys
from typing import Any

from ..hooks import Hooks, hide_own_frame
from ..recorder import Recorder
from ..shim import Switch
from .django_web.fates import answered_for

NAME = "ninja"
ROLE = "web"
TRIGGER = "ninja.main"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    def make(original: Any) -> Any:
        def on_exception(self: Any, request: Any, exc: Any) -> Any:
            try:
                response = original(self, request, exc)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on:
                try:
                    answered_for(recorder, exc, response)
                except Exception as error:
                    switch.fail(error)
            return response

        return on_exception

    hooks.wrap(sys.modules[TRIGGER].NinjaAPI, "on_exception", make)
