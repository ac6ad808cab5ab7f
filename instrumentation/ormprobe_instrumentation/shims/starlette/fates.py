"""Exceptions that got to the framework: it looks for a handler of the app.

Where it finds none, a middleware of the app may still answer.
"""

from __future__ import annotations

import sys
from typing import Any

from ...errors import reached
from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from .current import current


def watch_handlers(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    def make(original: Any) -> Any:
        def _lookup_exception_handler(*args: Any, **kwargs: Any) -> Any:
            if switch.on:
                try:
                    for found in (*args, *kwargs.values()):
                        if isinstance(found, BaseException):
                            reached(recorder, found, "handler")
                            request = current.get()
                            if request is not None:
                                request.handed(found)
                except Exception as error:
                    switch.fail(error)
            return original(*args, **kwargs)

        return _lookup_exception_handler

    owner: Any = sys.modules.get("starlette._exception_handler")
    if owner is None:  # before 0.29 each middleware looks itself
        owner = sys.modules["starlette.middleware.exceptions"].ExceptionMiddleware
    hooks.wrap(owner, "_lookup_exception_handler", make)
