"""The entry of a handler: where a request begins and ends.

A walk for the app's line stops at the frames of this file: what called the handler from outside,
as a test with a client does, is not the line of the app that did something.
"""

from __future__ import annotations

import sys
import weakref
from types import FrameType
from typing import Any, Callable, Dict, Optional, Tuple

from ...callsite import STOP
from ...handed import hand_on, handed_by, take_back
from ...hooks import hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from .bodies import follow, is_settled
from .current import current
from .requests import Request

Left = Tuple[Any, Any]


class Entry:
    """The methods between a server, or a test client, and the app's own code."""

    def __init__(self, recorder: Recorder, switch: Switch) -> None:
        self.recorder = recorder
        self.switch = switch
        self.waiting: Dict[int, Tuple[Any, Request]] = {}  # by the id of a response to be closed
        self.requests: Any = sys.modules["django.http.request"].HttpRequest
        recorder.sites.kinds[__file__] = STOP

    def guard(self, act: Callable[..., None], *args: Any) -> None:
        """Run our own code: its errors are the shim's, not the app's."""
        if self.switch.on:
            try:
                act(*args)
            except Exception as error:
                self.switch.fail(error)

    # -- the hooks ----------------------------------------------------------------------------

    def get_response(self, original: Any) -> Any:
        def get_response(handler: Any, request: Any) -> Any:
            found = self._begin(request, sys._getframe().f_back)
            if found is None:
                return original(handler, request)
            tokens = self._enter(found)
            try:
                response = original(handler, request)
            except BaseException as error:
                self.guard(found.broke, error)
                hide_own_frame(error)
                raise
            else:
                self.guard(self._answered, found, response, False)
            finally:
                _leave(tokens)
            return response

        return get_response

    def get_response_async(self, original: Any) -> Any:
        async def get_response_async(handler: Any, request: Any) -> Any:
            found = self._begin(request, sys._getframe().f_back)
            if found is None:
                return await original(handler, request)
            tokens = self._enter(found)
            try:
                response = await original(handler, request)
            except BaseException as error:
                self.guard(found.broke, error)
                hide_own_frame(error)
                raise
            else:
                self.guard(self._answered, found, response, True)
            finally:
                _leave(tokens)
            return response

        return get_response_async

    def resolve_request(self, original: Any) -> Any:
        def resolve_request(handler: Any, request: Any) -> Any:
            try:
                match = original(handler, request)
            except BaseException as error:
                hide_own_frame(error)
                raise
            found = current.get()
            if found is not None and found.request is request:
                self.guard(found.matched, match)
            return match

        return resolve_request

    def close(self, original: Any) -> Any:
        def close(response: Any) -> Any:
            found = self._taken(response) if self.waiting else None
            if found is None:
                return original(response)
            self.guard(found.resume)
            try:
                return original(response)
            except BaseException as error:
                self.guard(found.fail, error, "stream")
                hide_own_frame(error)
                raise
            finally:
                self.guard(found.leave)

        return close

    # -- what they do -------------------------------------------------------------------------

    def _begin(self, request: Any, frame: Optional[FrameType]) -> Optional[Request]:
        if not self.switch.on or not isinstance(request, self.requests):
            return None
        try:
            found = Request(self.recorder, request)
            found.asked_from(frame)
            found.enter()
        except Exception as error:
            self.switch.fail(error)
            return None
        return found

    def _enter(self, found: Request) -> Left:
        """The request is the one that runs here; who handed this work to a thread has no part."""
        handed = None if handed_by(self.recorder) is None else hand_on(None)
        return current.set(found), handed

    def _answered(self, found: Request, response: Any, is_async: bool) -> None:
        """Close the scope, or let it wait for the end of the response."""
        found.answered(response)
        if not is_async and is_settled(response):
            found.leave()
            return
        number = id(response)
        before = self._taken(response)  # an object that answers several requests
        if before is not None:
            before.leave()

        def gone(_: Any) -> None:
            entry = self.waiting.get(number)
            if entry is not None and entry[1] is found:
                del self.waiting[number]
                self.guard(found.leave)

        self.waiting[number] = weakref.ref(response, gone), found
        follow(found, response, self.guard)
        found.suspend()
        self.recorder.flush()  # before the answer is out

    def _taken(self, response: Any) -> Optional[Request]:
        """The request that waits for a response to be closed; it waits no longer."""
        entry = self.waiting.get(id(response))
        if entry is None or entry[0]() is not response:
            return None
        del self.waiting[id(response)]
        return entry[1]


def _leave(tokens: Left) -> None:
    token, handed = tokens
    try:
        current.reset(token)
    except ValueError:  # closed in another context, by the collector
        pass
    if handed is not None:
        take_back(handed)
