"""The two functions that a server gives an app, with an observer before or behind them."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any, Callable, Optional, Union

from ...hooks import hide_own_frame
from .lifespan import Lifespan
from .requests import Request

Guard = Callable[..., None]

_WAITS = frozenset(("listen_for_disconnect", "wait_for_disconnect", "is_disconnected"))
_LAYERS = 12  # of middleware between such a function and the server


def receiving(request: Union[Request, Lifespan], receive: Any, guard: Guard) -> Any:
    """A `receive` that lets the request see what the app reads."""

    async def observed() -> Any:
        waits = _is_waiting(sys._getframe(1))
        try:
            message = await receive()
        except BaseException as error:
            hide_own_frame(error)
            raise
        if not waits:
            guard(request.received, message)
        return message

    return observed


def _is_waiting(frame: Optional[FrameType]) -> bool:
    """Whether a message is asked for to learn that the client is gone, not for the body."""
    for _ in range(_LAYERS):
        if frame is None:
            return False
        if frame.f_code.co_name in _WAITS:
            return True
        frame = frame.f_back
    return False


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
