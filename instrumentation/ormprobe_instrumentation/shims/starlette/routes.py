"""The routes that a request is handed to, on its way to the handler."""

from __future__ import annotations

import sys
from typing import Any

from ...hooks import Hooks
from ...shim import Switch
from .current import current


class Routes:
    """The `handle` of each kind of route: it says which one the URL has matched.

    A wrapper here hands the original's coroutine on: no frame of ours stays on the stack.
    """

    def __init__(self, switch: Switch) -> None:
        self.switch = switch

    def install(self, hooks: Hooks) -> None:
        routing = sys.modules["starlette.routing"]
        hooks.wrap(routing.Route, "handle", self.route)
        hooks.wrap(routing.Mount, "handle", self.mount)
        hooks.wrap(routing.Host, "handle", self.mount)

    def route(self, original: Any) -> Any:
        def handle(route: Any, scope: Any, receive: Any, send: Any) -> Any:
            request = current.get()
            if request is not None and self.switch.on:
                try:
                    request.matched(route, scope)
                except Exception as error:
                    self.switch.fail(error)
            return original(route, scope, receive, send)

        return _as_coroutine_function(handle)

    def mount(self, original: Any) -> Any:
        def handle(mount: Any, scope: Any, receive: Any, send: Any) -> Any:
            request = current.get()
            if request is not None and self.switch.on:
                try:
                    request.below(mount)
                except Exception as error:
                    self.switch.fail(error)
            return original(mount, scope, receive, send)

        return _as_coroutine_function(handle)


def _as_coroutine_function(function: Any) -> Any:
    """Let those who ask hear that calling a function gives a coroutine, where that can be said."""
    mark = getattr(sys.modules.get("inspect"), "markcoroutinefunction", None)
    return function if mark is None else mark(function)
