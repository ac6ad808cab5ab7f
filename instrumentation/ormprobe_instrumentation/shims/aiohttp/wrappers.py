"""The entry of an application: where a request begins and ends.

A walk for the app's line stops at the frames of this file.
"""

from __future__ import annotations

import sys
from contextvars import ContextVar
from typing import Any, Callable, Optional

from ...callsite import STOP
from ...errors import reached, record_failure
from ...hooks import hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from ..request_scope import is_given_up
from .clients import Clients
from .requests import Request


class Wrappers:
    """The methods between the connection and the app's own code."""

    def __init__(self, recorder: Recorder, switch: Switch, clients: Clients) -> None:
        self.recorder = recorder
        self.switch = switch
        self.clients = clients
        self.current: ContextVar[Optional[Request]] = ContextVar("ormprobe_aiohttp", default=None)
        recorder.sites.kinds[__file__] = STOP

    def guard(self, act: Callable[..., None], *args: Any) -> None:
        """Run our own code: its errors are the shim's, not the app's."""
        if self.switch.on:
            try:
                act(*args)
            except Exception as error:
                self.switch.fail(error)

    def handle(self, original: Any) -> Any:
        async def _handle(app: Any, request: Any) -> Any:
            if not self.switch.on:
                return await original(app, request)
            found = Request(self.recorder, request)
            self.guard(found.asked_from, sys._getframe().f_back)
            token = self.current.set(found)
            try:
                response = await original(app, request)
            except BaseException as error:
                self.guard(self._raised, found, error)
                hide_own_frame(error)
                raise
            else:
                self.guard(self._returned, found, response)
            finally:
                if found.ended:  # else what follows in this task, the request's own, finds it
                    self._reset(token)
            return response

        return _handle

    def freeze(self, original: Any) -> Any:
        def freeze(match_info: Any) -> Any:
            request = self.current.get()
            if request is not None:
                self.guard(request.matched, match_info)
            return original(match_info)

        return freeze

    def finish_response(self, original: Any) -> Any:
        async def finish_response(handler: Any, request: Any, response: Any, *args: Any) -> Any:
            found = self.current.get()
            if found is None or found.ended or found.request is not request:
                return await original(handler, request, response, *args)
            try:
                done: Any = await original(handler, request, response, *args)
            except BaseException as error:
                self.guard(self._unfinished, found, error)
                hide_own_frame(error)
                raise
            # the response may be another one: where a handler returned none
            self.guard(found.leave_after, done, response)
            return done

        return finish_response

    def startup(self, original: Any) -> Any:
        async def startup(app: Any) -> None:
            self.guard(self.clients.watch)
            try:
                await original(app)
            except BaseException as error:
                self.guard(self._not_started, error)
                hide_own_frame(error)
                raise

        return startup

    def _not_started(self, error: BaseException) -> None:
        if not is_given_up(error) and self.recorder.current() is None:
            record_failure(self.recorder, None, error, "startup")

    def _reset(self, token: Any) -> None:
        try:
            self.current.reset(token)
        except ValueError:  # closed in another context, by the collector
            pass

    def _raised(self, request: Request, error: BaseException) -> None:
        if is_given_up(error) or request.is_gone(error):
            request.given_up = True
            request.leave(None)
        elif isinstance(error, sys.modules["aiohttp.web_exceptions"].HTTPException):
            reached(self.recorder, error, "handler")
            self._returned(request, error)
        else:
            request.fail(error, "request")
            request.read()
            if not request.is_served or not isinstance(error, Exception):
                request.leave(None)

    def _returned(self, request: Request, response: Any) -> None:
        request.read()
        if not request.is_served:
            request.leave(response)

    def _unfinished(self, request: Request, error: BaseException) -> None:
        if is_given_up(error) or isinstance(error, ConnectionError):
            request.given_up = True
        else:
            request.fail(error, "stream")
        request.leave(None)
