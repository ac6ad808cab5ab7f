"""The entry of an app, and the places that an exception of it comes to.

A walk for the app's line stops at the frames of this file.
"""

from __future__ import annotations

import sys
from contextvars import ContextVar
from typing import Any, Callable, Optional

from ...callsite import STOP
from ...errors import reached
from ...hooks import hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from ..request_scope import is_given_up
from .requests import Request


class Wrappers:
    """The methods between the server and the app's own code."""

    def __init__(self, recorder: Recorder, switch: Switch) -> None:
        self.recorder = recorder
        self.switch = switch
        self.current: ContextVar[Optional[Request]] = ContextVar("ormprobe_sanic", default=None)
        recorder.sites.kinds[__file__] = STOP

    def guard(self, act: Callable[..., None], *args: Any) -> None:
        """Run our own code: its errors are the shim's, not the app's."""
        if self.switch.on:
            try:
                act(*args)
            except Exception as error:
                self.switch.fail(error)

    def handle_request(self, original: Any) -> Any:
        async def handle_request(app: Any, request: Any) -> None:
            found = self._begin(app, request, sys._getframe().f_back)
            if found is None:
                return await original(app, request)  # type: ignore[no-any-return]
            token = self.current.set(found)
            try:
                await original(app, request)
            except BaseException as error:
                self.guard(self._broke, found, error)
                hide_own_frame(error)
                raise
            else:
                self.guard(found.leave)
            finally:
                try:
                    self.current.reset(token)
                except ValueError:  # closed in another context, by the collector
                    pass

        return handle_request

    def handle_exception(self, original: Any) -> Any:
        async def handle_exception(
            app: Any, request: Any, exception: Any, *args: Any, **kwargs: Any
        ) -> None:
            found = self.current.get()
            if found is not None and found.request is request:
                self.guard(found.interrupted, exception)
            try:
                await original(app, request, exception, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise

        return handle_exception

    def response(self, original: Any) -> Any:
        def response(handler: Any, request: Any, exception: Any) -> Any:
            self.guard(self._arrived, handler, request, exception)
            try:
                return original(handler, request, exception)
            except BaseException as error:
                hide_own_frame(error)
                raise

        return response

    def _begin(self, app: Any, request: Any, frame: Any) -> Optional[Request]:
        if not self.switch.on or request.headers.get("upgrade", "").lower() == "websocket":
            return None
        try:
            found = Request(self.recorder, request)
            found.asked_from(frame)
            found.look_up(app)
        except Exception as error:
            self.switch.fail(error)
            return None
        return found

    def _broke(self, found: Request, error: BaseException) -> None:
        if is_given_up(error):
            found.given_up = True
        else:
            found.fail(error, "request")
        found.leave()

    def _arrived(self, handler: Any, request: Any, error: BaseException) -> None:
        """An exception is to be answered: by a handler of the app, or as Sanic does itself."""
        found = self.current.get()
        if found is None or found.request is not request:
            return
        base: Any = sys.modules["sanic.handlers"].ErrorHandler
        own = handler._lookup(error, request.name) is not None
        if own or handler.__class__.default is not base.default:
            reached(self.recorder, error, "handler")
            found.handed(error)
        elif isinstance(error, sys.modules["sanic.exceptions"].SanicException):
            reached(self.recorder, error, "handler")
        else:
            found.fail(error, "request")
