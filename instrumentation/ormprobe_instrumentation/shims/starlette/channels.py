"""The two functions that a server gives an app, with an observer before or behind them."""

from __future__ import annotations

import sys
from typing import Any, Callable, Union

from ...hooks import hide_own_frame
from .lifespan import Lifespan
from .requests import Request

Guard = Callable[..., None]

_UNREAD = frozenset(("listen_for_disconnect", "wait_for_disconnect"))


def receiving(request: Union[Request, Lifespan], receive: Any, guard: Guard) -> Any:
    """A `receive` that lets the request see what the app reads."""

    async def observed() -> Any:
        waits = sys._getframe(1).f_code.co_name in _UNREAD  # for the end, not for the body
        try:
            message = await receive()
        except BaseException as error:
            hide_own_frame(error)
            raise
        if not waits:
            guard(request.received, message)
        return message

    return observed


def sending(request: Union[Request, Lifespan], send: Any, guard: Guard) -> Any:
    """A `send` that lets the request see what the app answers."""

    async def observed(message: Any) -> None:
        guard(request.sent, message)
        try:
            await send(message)
        except BaseException as error:
            hide_own_frame(error)
            raise

    return observed
