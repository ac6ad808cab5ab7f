"""What is recorded of one request."""

from __future__ import annotations

from typing import Any, Dict

from ...recorder import Recorder
from ...scopes import record_inputs
from ..handlers import site_of_handler
from ..payloads import first_of_one, query_of
from ..request_scope import RequestScope
from .payload import json_answered, json_read, view_of


class Request(RequestScope):
    """A request between `wsgi_app` and the end of its response's body."""

    def __init__(self, recorder: Recorder, environ: Dict[str, Any]) -> None:
        method = str(environ.get("REQUEST_METHOD", ""))
        super().__init__(recorder, method, environ.get("wsgi.url_scheme"))
        self.environ = environ
        self.response: Any = None

    def matched(self, app: Any, request: Any) -> None:
        """The URL is matched, and nothing of the app has run for it but its session."""
        if self.entered is not None:
            return
        view = app.view_functions.get(request.endpoint) if request.endpoint else None
        site = None if view is None else site_of_handler(view_of(view, request.method))
        self.handled_by(getattr(request.url_rule, "rule", None), site)
        scope, _ = self.enter()
        query = query_of(self.environ.get("QUERY_STRING", ""))
        record_inputs(self.recorder, scope, {"path": request.view_args, "query": query})

    def dispatched(self, request: Any) -> None:
        """The app is through with the request: what it has read of the body."""
        scope, _ = self.enter()
        form = request.__dict__.get("form")
        parts: Dict[str, Any] = {"form": first_of_one(dict(form.lists())) if form else None}
        parts["json"] = json_read(request)
        record_inputs(self.recorder, scope, parts)

    def answered(self) -> None:
        """A handler of the app answered."""
        self.handled_with(int(self.response.status_code))

    def suspend(self) -> None:
        """Step out of the scope: the rest of the request is its body."""
        if self.ended:
            return
        self.recorder.scope.reset(self.enter()[1])

    def resume(self) -> None:
        """Step into the scope again."""
        if self.ended:
            return
        scope, _ = self.enter()
        self.entered = scope, self.recorder.scope.set(scope)

    def leave(self) -> None:
        """Record the response and close the scope, once."""
        status = None
        if self.response is not None and not self.ended:
            status = int(self.response.status_code)
            self.answer(status, self.response.mimetype, json_answered(self.response))
        self.close(status)
