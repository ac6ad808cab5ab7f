"""The entry of an app: where a request begins and ends.

A walk for the app's line stops at the frames of this file: what called the app from outside, as a
test in the same task does, is not the line of the app that did something.
"""

from __future__ import annotations

from typing import Any, Callable, Optional

from ...callsite import STOP
from ...hooks import hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from ..request_scope import is_given_up
from .channels import receiving, sending
from .current import current
from .requests import Request


def make_call(recorder: Recorder, switch: Switch) -> Callable[[Any], Any]:
    """The wrapper of `Starlette.__call__`."""
    recorder.sites.kinds[__file__] = STOP

    def begin(scope: Any) -> Optional[Request]:
        if not switch.on or scope["type"] != "http":
            return None
        around = current.get()
        # only an app that another one calls finds one there: a request of its own has none
        if "app" in scope and around is not None and not around.ended:
            return None
        request = Request(recorder, scope)
        request.enter()
        return request

    def guard(act: Callable[..., None], *args: Any) -> None:
        if switch.on:
            try:
                act(*args)
            except Exception as error:
                switch.fail(error)

    def end(request: Request, error: Optional[BaseException]) -> None:
        if error is not None:
            if is_given_up(error):
                request.given_up = True
            else:
                request.broke(error)
        request.leave()

    def make(original: Any) -> Any:
        async def __call__(app: Any, scope: Any, receive: Any, send: Any) -> None:
            request = None
            try:
                request = begin(scope)
            except Exception as error:
                switch.fail(error)
            if request is None:
                try:
                    await original(app, scope, receive, send)
                except BaseException as error:
                    hide_own_frame(error)
                    raise
                return
            if request.reads:
                receive = receiving(request, receive, guard)
            token = current.set(request)
            try:
                await original(app, scope, receive, sending(request, send, guard))
            except BaseException as error:
                guard(end, request, error)
                hide_own_frame(error)
                raise
            else:
                guard(end, request, None)
            finally:
                try:
                    current.reset(token)
                except ValueError:  # closed in another context, by the collector
                    pass

        return __call__

    return make
