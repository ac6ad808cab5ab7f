"""What is recorded of one request."""

from __future__ import annotations

import sys
from typing import Any, Dict, List, Optional

from ...errors import reached
from ...recorder import Recorder
from ...scopes import record_inputs
from ..handlers import method_of, site_of_handler
from ..payloads import (
    INPUT_LIMIT,
    RESPONSE_LIMIT,
    is_form,
    is_json,
    mimetype_of,
    parsed_form,
    parsed_json,
    query_of,
)
from ..request_scope import RequestScope, is_given_up


class Request(RequestScope):
    """A request between the app's entry and its return.

    reads: whether its body is of a kind that is recorded when the app reads it.
    """

    def __init__(self, recorder: Recorder, scope: Dict[str, Any]) -> None:
        super().__init__(recorder, str(scope.get("method", "")), scope.get("scheme"))
        self.prefix = ""
        self._route: Any = None
        self.status: Optional[int] = None
        self._around = sys.exc_info()[1]  # of the caller, who may be handling one
        self._handled: Optional[BaseException] = None
        self._query = scope.get("query_string", b"")
        self._input_type = _header(scope.get("headers", ()), b"content-type")
        mimetype = mimetype_of(self._input_type)
        self.reads = is_json(mimetype) or is_form(mimetype)
        self._input: List[bytes] = []
        self._input_size = 0
        self._output_type: Optional[str] = None
        self._output: Optional[List[bytes]] = None
        self._output_size = 0

    # -- the route ----------------------------------------------------------------------------

    def below(self, mount: Any) -> None:
        """A part of the app that is mounted under a path, or under a host, takes over."""
        self.prefix += str(getattr(mount, "path", ""))
        self.handled_by(self.prefix or "/", None)

    def matched(self, route: Any, scope: Dict[str, Any]) -> None:
        """The URL is matched. Middleware has run, the handler and what it depends on have not."""
        if route is self._route:  # FastAPI's kind of route calls the one that it inherits
            return
        self._route = route
        effective = _effective(route, scope)
        site = None
        methods = getattr(effective, "methods", None)
        if not methods or self.method in methods:
            endpoint = route.endpoint
            if isinstance(endpoint, type):
                endpoint = method_of(endpoint, self.method)
            site = site_of_handler(endpoint)
        self.handled_by(self.prefix + str(effective.path), site)
        query = query_of(self._query.decode("latin-1"))
        parts = {"path": scope.get("path_params"), "query": query}
        record_inputs(self.recorder, self.enter()[0], parts)

    # -- what the app reads -------------------------------------------------------------------

    def received(self, message: Dict[str, Any]) -> None:
        """The app takes a part of the body."""
        if message.get("type") != "http.request" or self.status is not None or not self.reads:
            return
        chunk = message.get("body", b"")
        self._input_size += len(chunk)
        if self._input_size > INPUT_LIMIT:
            self.reads, self._input = False, []
            return
        self._input.append(chunk)
        if not message.get("more_body"):
            self.reads = False
            self._record_input(b"".join(self._input))
            self._input = []

    def _record_input(self, data: bytes) -> None:
        scope = self.enter()[0]
        if is_json(mimetype_of(self._input_type)):
            record_inputs(self.recorder, scope, {"json": parsed_json(data)[1]})
        else:
            record_inputs(self.recorder, scope, {"form": parsed_form(self._input_type, data)})

    # -- what it answers ----------------------------------------------------------------------

    def sent(self, message: Dict[str, Any]) -> None:
        """A part of the response is on its way to the server."""
        kind = message["type"]
        if kind == "http.response.start":
            self.status = int(message["status"])
            self._started(message.get("headers", ()))
            if self.status >= 400:
                self._answers_for(sys.exc_info()[1])
        elif kind == "http.response.body":
            if self._output is not None:
                self._collect(message.get("body", b""))
            if not message.get("more_body"):
                self._answered()
        elif kind == "http.response.pathsend":
            self._answered()

    def _started(self, headers: Any) -> None:
        headers = list(headers)
        self._output_type = mimetype_of(_header(headers, b"content-type")) or None
        if is_json(self._output_type) and not _header(headers, b"content-encoding"):
            self._output = []

    def _answers_for(self, error: Optional[BaseException]) -> None:
        """A response that is sent while an exception is handled is the answer to that."""
        if error is not None and error is not self._around:
            self._handled = error
            reached(self.recorder, error, "handler")

    def _collect(self, chunk: bytes) -> None:
        self._output_size += len(chunk)
        if self._output is None or self._output_size > RESPONSE_LIMIT:
            self._output = None
        else:
            self._output.append(chunk)

    def _answered(self) -> None:
        scope = self.enter()[0]
        if self.status is not None and not scope.answered:
            body = (False, None) if self._output is None else parsed_json(b"".join(self._output))
            self._output = None
            self.answer(self.status, self._output_type, body)
            scope.answered = True

    # -- how it ends --------------------------------------------------------------------------

    def end(self, error: Optional[BaseException]) -> None:
        """The app is through with the request; what it let pass goes to the server."""
        if error is not None:
            if is_given_up(error) or _is_gone(error):
                self.given_up = True
            else:
                self._broke(error)
        elif self.status is not None:
            self.handled_with(self.status)
        self.handed_on = None
        if self.status is not None and not self.enter()[0].answered:
            self.answer(self.status, self._output_type, (False, None))
        self._handled = self._around = None  # or their frames would live as long as the request
        self.close(self.status)

    def _broke(self, error: BaseException) -> None:
        phase = "request"
        if self.status is not None and error is not self._handled:
            phase = "background" if self.enter()[0].answered else "stream"
        self.fail(error, phase)


def _effective(route: Any, scope: Dict[str, Any]) -> Any:
    """A route as it is included: FastAPI keeps a router's prefix beside its routes."""
    held: Dict[str, Any] = scope.get("fastapi") or {}
    context = held.get("effective_route_context")
    return context if getattr(context, "original_route", None) is route else route


def _is_gone(error: BaseException) -> bool:
    """Whether an exception only says that the client has gone away."""
    kind = type(error)
    return kind.__name__ == "ClientDisconnect" and kind.__module__ == "starlette.requests"


def _header(headers: Any, name: bytes) -> str:
    for found, value in headers:
        if found.lower() == name:
            return bytes(value).decode("latin-1")
    return ""
