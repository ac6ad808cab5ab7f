"""The scope of a request, whatever the framework: opened once, failed once, closed once."""

from __future__ import annotations

import sys
from _thread import get_ident
from types import FrameType
from typing import Any, Dict, List, Optional, Tuple

from ..callsite import APP
from ..events import MAX_FRAMES
from ..lines import Raw
from ..recorder import Recorder, Scope
from ..scopes import TEST, Entered, enter, failed, leave

REQUEST = "request"
NO_ROUTE = "<no route>"
HANDLER = "handler"
"""Phase of an exception that the app's own handler answered."""

_ANSWERS = frozenset(("HTTPException", "APIException", "SanicException", "HttpError"))
"""Exceptions that are a way to say what to answer: of Flask, Starlette, REST framework, others."""

_GIVEN_UP = frozenset(("CancelledError", "Cancelled", "GeneratorExit"))


def is_given_up(error: BaseException) -> bool:
    """Whether an exception only says that nobody waits for the answer any longer."""
    return not isinstance(error, Exception) and type(error).__name__ in _GIVEN_UP


def _asking(recorder: Recorder, test: Scope, frame: Optional[FrameType]) -> List[int]:
    """The app's lines outside a request: on this stack, on that of the test's thread, or noted."""
    if get_ident() != recorder.test_thread:
        return _lines(recorder, sys._current_frames().get(recorder.test_thread))
    lines = _lines(recorder, frame)
    here = recorder.frames_of(frame, 1)  # or else in another task, at the other end of a socket
    return lines if here else test.asked or lines


def _lines(recorder: Recorder, frame: Optional[FrameType]) -> List[int]:
    """The app's lines from a frame upwards, also those that run a loop or hand work to one."""
    found: List[int] = []
    while frame is not None and len(found) < MAX_FRAMES:
        if recorder.sites.kind(frame.f_code.co_filename) == APP:
            found.append(recorder.site(frame))
        frame = frame.f_back
    return found


class RequestScope:
    """What is recorded of one request, from its beginning to the end of its work."""

    def __init__(self, recorder: Recorder, method: str, scheme: Optional[str]) -> None:
        self.recorder = recorder
        self.method = method
        self.scheme = scheme
        self.entered: Optional[Entered] = None
        self.ended = False
        self.route: Optional[str] = None
        self.handler: Optional[int] = None
        self.failure: Optional[BaseException] = None
        self.failed_at: Optional[int] = None
        self.phase: Optional[str] = None
        self.given_up = False
        self.handed_on: Optional[BaseException] = None
        self.asked: Optional[List[int]] = None

    def asked_from(self, frame: Optional[FrameType]) -> None:
        """Note the lines of the test that asks for this, where they are not on the stack later."""
        test = self.recorder.current()
        if test is not None and test.kind == TEST:
            self.asked = _asking(self.recorder, test, frame) or None

    @property
    def name(self) -> str:
        return "%s %s" % (self.method, self.route or NO_ROUTE)

    def enter(self) -> Entered:
        """Open the scope, once."""
        if self.entered is None:
            fields = {"http.request.method": self.method, "url.scheme": self.scheme}
            self.entered = enter(self.recorder, REQUEST, self.name, **fields, frames=self.asked)
            self.entered[0].handler = self.handler or 0
        return self.entered

    def handled_by(self, route: Optional[str], handler: Any) -> None:
        """Name the route and the site of its handler; in a scope that is open already, too."""
        self.route = route
        self.handler = self.recorder.site_number(handler) or None
        if self.entered is not None:
            scope = self.entered[0]
            scope.handler = self.handler or 0
            fields = {"http.route": route, "handler": self.handler}
            self.recorder.rider("route", scope=scope.id, name=self.name, **fields)

    def fail(self, error: BaseException, phase: str) -> None:
        """Record the exception that nothing handled, once."""
        if error is self.failure or self.ended:
            return
        scope, _ = self.enter()
        if self.failure is None:
            self.failed_at, self.phase = self.recorder.at(), phase
        self.failure = error
        failed(self.recorder, scope, error, phase)

    def handed(self, error: BaseException) -> None:
        """An exception went to the app's own handlers."""
        self.handed_on = error

    def handled_with(self, status: int) -> None:
        """A handler answered: with a server's error, the exception was a failure after all."""
        error, self.handed_on = self.handed_on, None
        if error is None or status < 500:
            return
        if _ANSWERS.isdisjoint(base.__name__ for base in type(error).__mro__):
            self.fail(error, HANDLER)

    def answer(self, status: int, content_type: Optional[str], body: Tuple[bool, Any]) -> None:
        """Record the response; body: whether it is JSON in memory, and its value."""
        scope, _ = self.enter()
        scope.status = status
        fields: Dict[str, Any] = {"scope": scope.id, "http.response.status_code": status}
        fields["content_type"] = content_type or None
        known, value = body
        if known:
            text, cut = self.recorder.digests.shape(value)
            fields.update(body=Raw(text), cut=cut or None)
        self.recorder.rider("response", **fields)

    def close(self, status: Optional[int]) -> None:
        """Close the scope, once."""
        if self.ended:
            return
        self.ended = True
        outcome = self._outcome(status)
        fields: Dict[str, Any] = {
            "http.route": self.route,
            "handler": self.handler,
            "http.response.status_code": status,
            "failed_at": self.failed_at,
            "phase": self.phase,
        }
        self.handed_on = None
        self.failure = None  # or its frames would live as long as the body's object
        leave(self.recorder, self.enter(), outcome, **fields)

    def _outcome(self, status: Optional[int]) -> str:
        if self.failure is not None and self.phase != HANDLER:
            return "error"
        if self.given_up:
            return "skipped" if status is None or status >= 500 else "passed"
        if status is None:
            return "passed"
        return "failed" if status >= 500 else "passed"
