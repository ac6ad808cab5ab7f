"""The end of a request: at once where nothing of the app runs any more, else with its response."""

from __future__ import annotations

import sys
from typing import Any, Callable

from ...hooks import hide_own_frame
from ..request_scope import is_given_up
from .requests import Request

Guard = Callable[..., None]

_OWN_CLOSERS = 1  # the request's


def is_settled(response: Any) -> bool:
    """Whether a body is in memory and to close the response does nothing that is to be known.

    Django closes a connection then that has been left in a transaction.
    """
    if response.streaming or len(getattr(response, "_resource_closers", ())) > _OWN_CLOSERS:
        return False
    return not _is_listened_to() and not _is_open()


def _is_listened_to() -> bool:
    """Whether somebody but Django itself hears of the end of a request."""
    for entry in sys.modules["django.core.signals"].request_finished.receivers:
        receiver = entry[1]
        if hasattr(receiver, "__callback__"):
            receiver = receiver()
        if not str(getattr(receiver, "__module__", "")).startswith("django."):
            return True
    return False


def _is_open() -> bool:
    """Whether a connection of this thread is within a transaction."""
    connections = sys.modules["django.db"].connections
    for alias in connections:
        held = getattr(connections._connections, alias, None)
        if held is not None and held.connection is not None and not held.autocommit:
            return True
    return False


def follow(request: Request, response: Any, guard: Guard) -> None:
    """Let a streamed body run inside its request's scope; a file is the server's to send."""
    if not response.streaming or getattr(response, "file_to_stream", None) is not None:
        return
    if getattr(response, "is_async", False):
        response._iterator = AsyncStream(request, response._iterator, guard)
    else:
        response._iterator = Stream(request, response._iterator, guard)


class Stream:
    """The parts of a body, each of which is made in its request's scope."""

    def __init__(self, request: Request, parts: Any, guard: Guard) -> None:
        self._request = request
        self._parts = parts
        self._guard = guard

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> Any:
        self._guard(self._request.resume)
        try:
            return next(self._parts)
        except StopIteration:
            raise
        except BaseException as error:
            self._guard(self._request.fail, error, "stream")
            hide_own_frame(error)
            raise
        finally:
            self._guard(self._request.suspend)


class AsyncStream:
    """The same of a body that is made by an asynchronous iterator."""

    def __init__(self, request: Request, parts: Any, guard: Guard) -> None:
        self._request = request
        self._parts = parts
        self._guard = guard

    def __aiter__(self) -> AsyncStream:
        return self

    async def __anext__(self) -> Any:
        self._guard(self._request.resume)
        try:
            return await self._parts.__anext__()
        except StopAsyncIteration:
            raise
        except BaseException as error:
            if is_given_up(error):
                self._request.given_up = True
            else:
                self._guard(self._request.fail, error, "stream")
            hide_own_frame(error)
            raise
        finally:
            self._guard(self._request.suspend)
