"""What is recorded of one request: as far as Sanic holds it already, nothing is read or run."""

from __future__ import annotations

from typing import Any, Dict, Tuple

from ...recorder import Recorder
from ...scopes import record_inputs
from ..handlers import method_of, site_of_handler
from ..payloads import (
    INPUT_LIMIT,
    RESPONSE_LIMIT,
    first_of_one,
    is_json,
    mimetype_of,
    parsed_json,
    query_of,
)
from ..request_scope import RequestScope


class Request(RequestScope):
    """A request while `Sanic.handle_request` runs. request: Sanic's own."""

    def __init__(self, recorder: Recorder, request: Any) -> None:
        super().__init__(recorder, str(request.method), str(request.scheme))
        self.request = request

    def look_up(self, app: Any) -> None:
        """Find the route as Sanic will in a moment, by the same table; and open the scope."""
        request = self.request
        path: Dict[str, Any] = {}
        try:
            host = request.headers.getone("host", None)
            route, handler, path = app.router.get(request.path, request.method, host)
        except Exception:  # no such route, or not for this method
            pass
        else:
            kind = getattr(handler, "view_class", None)
            if isinstance(kind, type):
                handler = method_of(kind, self.method)
            self.handled_by("/" + str(route.path).lstrip("/"), site_of_handler(handler))
        query = query_of(request.query_string)
        record_inputs(self.recorder, self.enter()[0], {"path": path, "query": query})

    def interrupted(self, error: BaseException) -> None:
        """Sanic is to handle an exception: too late where a part of the answer is out."""
        stage = getattr(self.request.stream, "stage", None)
        if stage is not None and getattr(stage, "name", "") != "HANDLER":
            self.fail(error, "stream")

    def leave(self) -> None:
        """Record what the app has read, the response, and close the scope."""
        request, status = self.request, None
        self._read(request)
        response = getattr(request.stream, "response", None)
        if response is not None and response.status is not None:
            status = int(response.status)
            self.handled_with(status)
            kind = mimetype_of(response.content_type)
            self.answer(status, kind, _json_answered(response, kind))
        self.close(status)

    def _read(self, request: Any) -> None:
        parts: Dict[str, Any] = {}
        if request.parsed_form:
            parts["form"] = first_of_one(dict(request.parsed_form))
        elif request.parsed_json is not None and len(request.body) <= INPUT_LIMIT:
            parts["json"] = parsed_json(request.body)[1]  # the app may have changed the object
        record_inputs(self.recorder, self.enter()[0], parts)


def _json_answered(response: Any, mimetype: str) -> Tuple[bool, Any]:
    """Whether the body is JSON in memory, and its value."""
    body = getattr(response, "body", None)
    if not isinstance(body, bytes) or not body or len(body) > RESPONSE_LIMIT:
        return False, None
    if not is_json(mimetype) or "content-encoding" in response.headers:
        return False, None
    return parsed_json(body)
