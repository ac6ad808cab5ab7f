"""Flask 1.1 to 3.1: a scope for each request, what it brought, what it answered.

A scope opens when the URL is matched, since its name is the route, and closes with the body of the
response: SQL that runs while a body streams belongs to its request.
"""

from __future__ import annotations

import sys
from contextvars import ContextVar
from typing import Any, Callable, Dict, Optional

from ...errors import reached
from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from .bodies import answer
from .requests import Request

NAME = "flask"
ROLE = "web"
TRIGGER = "flask.app"


class _Wrappers:
    """The four methods of `Flask` between the server and the app's own code."""

    def __init__(self, recorder: Recorder, switch: Switch) -> None:
        self.recorder = recorder
        self.switch = switch
        self.current: ContextVar[Optional[Request]] = ContextVar("ormprobe_flask", default=None)

    def guard(self, act: Callable[..., None], *args: Any) -> None:
        """Run our own code: its errors are the shim's, not the app's."""
        if self.switch.on:
            try:
                act(*args)
            except Exception as error:
                self.switch.fail(error)

    def wsgi_app(self, original: Any) -> Any:
        def wsgi_app(app: Any, environ: Dict[str, Any], start_response: Any) -> Any:
            if not self.switch.on:
                return original(app, environ, start_response)
            request = Request(self.recorder, environ)
            token = self.current.set(request)
            try:
                body = original(app, environ, start_response)
            except BaseException as error:
                self.guard(request.fail, error, "request")
                self.guard(request.leave)
                hide_own_frame(error)
                raise
            finally:
                self.current.reset(token)
            return answer(request, body, self.guard)

        return wsgi_app

    def full_dispatch_request(self, original: Any) -> Any:
        def full_dispatch_request(app: Any, *args: Any, **kwargs: Any) -> Any:
            request = self.current.get()
            if request is None or not self.switch.on:
                return original(app, *args, **kwargs)
            self.guard(_matched, request, app)
            try:
                response = request.response = original(app, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            finally:
                self.guard(_dispatched, request)
            self.guard(request.answered)
            return response

        return full_dispatch_request

    def handle_user_exception(self, original: Any) -> Any:
        def handle_user_exception(app: Any, *args: Any, **kwargs: Any) -> Any:
            self.guard(reached, self.recorder, args[-1], "handler")
            request = self.current.get()
            if request is not None:
                self.guard(request.handed, args[-1])
            try:
                return original(app, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise

        return handle_user_exception

    def handle_exception(self, original: Any) -> Any:
        def handle_exception(app: Any, *args: Any, **kwargs: Any) -> Any:
            request = self.current.get()
            if request is None:
                return original(app, *args, **kwargs)
            self.guard(request.fail, args[-1], "request")
            try:
                response = request.response = original(app, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            return response

        return handle_exception


def _matched(request: Request, app: Any) -> None:
    request.matched(app, _flask_request())


def _dispatched(request: Request) -> None:
    request.dispatched(_flask_request())


def _flask_request() -> Any:
    return sys.modules["flask.globals"].request._get_current_object()


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    app = sys.modules[TRIGGER].Flask
    wrappers = _Wrappers(recorder, switch)
    for name in "wsgi_app", "full_dispatch_request", "handle_user_exception", "handle_exception":
        hooks.wrap(app, name, getattr(wrappers, name))
