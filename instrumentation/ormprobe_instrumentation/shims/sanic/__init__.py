"""Sanic 22 to 25: a scope for each HTTP request that an app handles, in whatever server.

The scope is open while `Sanic.handle_request` runs: middleware, the handler, a streamed body and
the handlers of exceptions are inside. Websockets and listeners are left alone.

Sanic compiles some of its methods anew when an app starts, from the source of what it finds: the
hooks are put on again after that.
"""

from __future__ import annotations

import sys
from typing import Any, Callable, Dict

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from .wrappers import Wrappers

NAME = "sanic"
ROLE = "web"
TRIGGER = "sanic.app"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    app: Any = sys.modules[TRIGGER].Sanic
    wrappers = Wrappers(recorder, switch)
    entries = {
        "handle_request": wrappers.handle_request,
        "handle_exception": wrappers.handle_exception,
    }
    ours: Dict[str, Any] = {}

    def put_on() -> None:
        for name, make in entries.items():
            if name not in ours or getattr(app, name) is not ours[name]:
                hooks.wrap(app, name, make)
                ours[name] = getattr(app, name)

    put_on()
    hooks.wrap(sys.modules["sanic.handlers"].ErrorHandler, "response", wrappers.response)
    hooks.wrap(sys.modules["sanic.touchup.service"].TouchUp, "run", _after(put_on, switch))


def _after(put_on: Callable[[], None], switch: Switch) -> Any:
    def make(original: Any) -> Any:
        def run(*args: Any, **kwargs: Any) -> Any:
            try:
                result = original(*args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on:
                try:
                    put_on()
                except Exception as error:
                    switch.fail(error)
            return result

        return run

    return make
