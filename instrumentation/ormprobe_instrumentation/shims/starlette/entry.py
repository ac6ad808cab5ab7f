"""The entry of an app: where a request begins and ends.

A walk for the app's line stops at the frames of this file: what called the app from outside, as a
test in the same task does, is not the line of the app that did something.
"""

from __future__ import annotations

import sys
from typing import Any, Callable, Union

from ...callsite import STOP
from ...hooks import hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from .channels import receiving, sending
from .current import current
from .lifespan import Lifespan
from .requests import Request


def make_call(recorder: Recorder, switch: Switch) -> Callable[[Any], Any]:
    """The wrapper of `Starlette.__call__`."""
    recorder.sites.kinds[__file__] = STOP

    def begin(scope: Any) -> Union[Request, Lifespan, None]:
        kind = scope["type"]
        if kind == "lifespan":
            return Lifespan(recorder)
        if kind != "http":
            return None
        around = current.get()
        # only an app that another one calls finds one there: a request of its own has none
        if "app" in scope and around is not None and not around.ended:
            return None
        request = Request(recorder, scope)
        request.asked_from(sys._getframe(1).f_back)
        request.enter()
        return request

    def guard(act: Callable[..., None], *args: Any) -> None:
        if switch.on:
            try:
                act(*args)
            except Exception as error:
                switch.fail(error)

    def make(original: Any) -> Any:
        async def __call__(app: Any, scope: Any, receive: Any, send: Any) -> None:
            found = None
            if switch.on:
                try:
                    found = begin(scope)
                except Exception as error:
                    switch.fail(error)
            if found is None:
                try:
                    await original(app, scope, receive, send)
                except BaseException as error:
                    hide_own_frame(error)
                    raise
                return
            if found.reads:
                receive = receiving(found, receive, guard)
            token = current.set(found if isinstance(found, Request) else None)
            try:
                await original(app, scope, receive, sending(found, send, guard))
            except BaseException as error:
                guard(found.end, error)
                hide_own_frame(error)
                raise
            else:
                guard(found.end, None)
            finally:
                try:
                    current.reset(token)
                except ValueError:  # closed in another context, by the collector
                    pass

        return __call__

    return make
