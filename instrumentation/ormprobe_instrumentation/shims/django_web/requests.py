"""What is recorded of one request: as far as Django holds it already, nothing is read or run."""

from __future__ import annotations

from types import FrameType
from typing import Any, Dict, List, Optional

from ...handed import handed_by
from ...loops import running_task
from ...recorder import Recorder
from ...scopes import TEST, record_inputs
from ..payloads import query_of
from ..request_scope import RequestScope, is_given_up
from .payload import inputs_read, json_answered
from .views import route_of, site_of_view


class Request(RequestScope):
    """A request between its handler and the end of its response.

    request: Django's own.
    """

    def __init__(self, recorder: Recorder, request: Any) -> None:
        super().__init__(recorder, str(request.method), request._get_scheme())
        self.request: Any = request
        self.status: Optional[int] = None
        self._is_matched = False
        self.parsed: List[str] = []  # parts of the body that a framework above Django has told of

    def asked_from(self, frame: Optional[FrameType]) -> None:
        """Note the lines of the test: it may run in a loop's thread, or hand the call to one."""
        test, handed = self.recorder.current(), handed_by(self.recorder)
        if test is None or test.kind != TEST:
            return
        if handed is not None:
            self.asked = [handed.site, *handed.callers]
        elif running_task() is not None:
            self.asked = self.recorder.frames_of(frame) or test.asked or None
        else:
            super().asked_from(frame)

    # -- what it brings -----------------------------------------------------------------------

    def matched(self, match: Any) -> None:
        """The URL is matched. Middleware has begun, the view and its decorators have not."""
        self._is_matched = True
        self.handled_by(route_of(match), site_of_view(self.recorder, match.func, self.method))
        path = {str(place): value for place, value in enumerate(match.args)}
        path.update(match.kwargs)
        self._record({"path": path, "query": self._query()})

    def brought(self, part: str, values: Any) -> None:
        """A framework above Django has read the body."""
        if part not in self.parsed:
            self.parsed.append(part)
            self._record({part: values})

    def _query(self) -> Dict[str, Any]:
        return query_of(self.request.META.get("QUERY_STRING", ""))

    def _record(self, parts: Dict[str, Any]) -> None:
        record_inputs(self.recorder, self.enter()[0], parts)

    def _read(self) -> None:
        """The app is through with the request: what it has read of the body."""
        parts = {} if self._is_matched else {"query": self._query()}
        if not self.parsed:
            parts.update(inputs_read(self.request))
        self._record(parts)

    # -- how it ends --------------------------------------------------------------------------

    def answered(self, response: Any) -> None:
        """The app and its middleware are through; a streamed body is still to come."""
        self._read()
        self.status = int(response.status_code)
        kind = str(response.get("Content-Type", "")).partition(";")[0].strip().lower()
        self.answer(self.status, kind, json_answered(response, kind))

    def broke(self, error: BaseException) -> None:
        """An exception left the handler."""
        if is_given_up(error):
            self.given_up = True
        else:
            self.fail(error, "request")
        self._read()
        self.leave()

    def suspend(self) -> None:
        """Step out of the scope: the rest of the request is its body."""
        if not self.ended:
            self.recorder.scope.reset(self.enter()[1])

    def resume(self) -> None:
        """Step into the scope again."""
        if not self.ended:
            scope, _ = self.enter()
            self.entered = scope, self.recorder.scope.set(scope)

    def leave(self) -> None:
        """Close the scope, once."""
        self.close(self.status)
        self.request = None
