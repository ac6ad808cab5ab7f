"""What is recorded of one request: as far as aiohttp holds it already, nothing is read or run."""

from __future__ import annotations

from typing import Any, Dict, Tuple, Union

from ...recorder import Recorder
from ...scopes import record_inputs
from ..handlers import method_of, site_of_handler
from ..payloads import (
    INPUT_LIMIT,
    RESPONSE_LIMIT,
    first_of_one,
    is_form,
    is_json,
    parsed_form,
    parsed_json,
    query_of,
)
from ..request_scope import RequestScope


class Request(RequestScope):
    """A request between `Application._handle` and the end of its response.

    request: aiohttp's own. is_served: a connection waits for the response and will send it.
    """

    def __init__(self, recorder: Recorder, request: Any) -> None:
        super().__init__(recorder, request.method, request.scheme)
        self.request = request
        protocol = request.protocol
        self.is_served = getattr(protocol, "_current_request", None) is request

    def matched(self, match_info: Any) -> None:
        """The URL is matched, and nothing of the app has run for it."""
        if self.entered is not None:
            return
        route = match_info.route
        resource = getattr(route, "resource", None)
        site = None
        if resource is not None:
            handler = match_info.handler
            site = site_of_handler(
                method_of(handler, self.method) if isinstance(handler, type) else handler
            )
        self.handled_by(getattr(resource, "canonical", None), site)
        scope, _ = self.enter()
        query = query_of(self.request.rel_url.raw_query_string)
        record_inputs(self.recorder, scope, {"path": dict(match_info), "query": query})

    def read(self) -> None:
        """The app is through with the request: what it has read of the body."""
        request = self.request
        data = request._read_bytes
        parts: Dict[str, Any] = {}
        if request._post:
            lists: Dict[str, Any] = {}
            for name, value in request._post.items():
                if isinstance(value, str):
                    lists.setdefault(name, []).append(value)
            parts["form"] = first_of_one(lists)
        elif data and len(data) <= INPUT_LIMIT:
            if is_json(request.content_type):
                parts["json"] = parsed_json(data)[1]
            elif is_form(request.content_type):
                parts["form"] = parsed_form(request.headers.get("Content-Type", ""), data)
        record_inputs(self.recorder, self.enter()[0], parts)

    def is_gone(self, error: BaseException) -> bool:
        """Whether an exception only says that the client has gone away."""
        transport = self.request.transport
        gone = transport is None or transport.is_closing()
        return self.is_served and gone and isinstance(error, ConnectionError)

    def leave_after(self, done: Union[bool, Tuple[Any, ...]], response: Any) -> None:
        """Close the scope by what `finish_response` returned, in old versions not the response."""
        self.leave(done[0] if isinstance(done, tuple) else response)

    def leave(self, response: Any) -> None:
        """Record the response and close the scope, once."""
        status = getattr(response, "status", None)
        if status is not None and not self.ended:
            self.answer(int(status), response.content_type, _json_answered(response))
        self.close(status)


def _json_answered(response: Any) -> Tuple[bool, Any]:
    """Whether a body is JSON in memory, and its value."""
    body = getattr(response, "body", None)
    if not isinstance(body, (bytes, bytearray)):
        body = getattr(body, "_value", None)  # of a payload that is made of a string
    if not isinstance(body, (bytes, bytearray)) or len(body) > RESPONSE_LIMIT:
        return False, None
    if not is_json(response.content_type):
        return False, None
    return parsed_json(bytes(body))
