"""What is recorded of one request."""

from __future__ import annotations

from typing import Any, Dict, Optional
from urllib.parse import parse_qs

from ...lines import Raw
from ...recorder import Recorder
from ...scopes import Entered, enter, failed, leave, record_inputs
from .payload import first_of_one, json_answered, json_read, site_of_view

HANDLER = "handler"
"""Phase of an exception that the app's own handler answered."""


class Request:
    """A request between `wsgi_app` and the end of its response's body."""

    def __init__(self, recorder: Recorder, environ: Dict[str, Any]) -> None:
        self.recorder = recorder
        self.environ = environ
        self.entered: Optional[Entered] = None
        self.ended = False
        self.route: Optional[str] = None
        self.handler: Optional[int] = None
        self.response: Any = None
        self.failure: Optional[BaseException] = None
        self.failed_at: Optional[int] = None
        self.phase: Optional[str] = None
        self.handled: Optional[BaseException] = None

    def enter(self) -> Entered:
        """Open the scope, once."""
        if self.entered is None:
            method = str(self.environ.get("REQUEST_METHOD", ""))
            fields = {
                "http.request.method": method,
                "url.scheme": self.environ.get("wsgi.url_scheme"),
            }
            name = "%s %s" % (method, self.route or "<no route>")
            self.entered = enter(self.recorder, "request", name, **fields)
        return self.entered

    def matched(self, app: Any, request: Any) -> None:
        """The URL is matched, and nothing of the app has run for it but its session."""
        if self.entered is not None:
            return
        self.route = getattr(request.url_rule, "rule", None)
        scope, _ = self.enter()
        view = app.view_functions.get(request.endpoint) if request.endpoint else None
        site = None if view is None else site_of_view(view, request.method)
        self.handler = self.recorder.site_number(site) or None
        query = parse_qs(self.environ.get("QUERY_STRING", ""), keep_blank_values=True)
        parts = {"path": request.view_args, "query": first_of_one(query)}
        record_inputs(self.recorder, scope, parts)

    def dispatched(self, request: Any) -> None:
        """The app is through with the request: what it has read of the body."""
        scope, _ = self.enter()
        form = request.__dict__.get("form")
        parts: Dict[str, Any] = {"form": first_of_one(dict(form.lists())) if form else None}
        parts["json"] = json_read(request)
        record_inputs(self.recorder, scope, parts)

    def handed(self, error: BaseException) -> None:
        """An exception went to the app's own handlers."""
        self.handled = error

    def answered(self) -> None:
        """A handler answered: with a server's error, the exception was a failure after all."""
        error, self.handled = self.handled, None
        if error is None or int(self.response.status_code) < 500:
            return
        if all(base.__name__ != "HTTPException" for base in type(error).__mro__):
            self.fail(error, HANDLER)

    def fail(self, error: BaseException, phase: str) -> None:
        """Record the exception that nothing handled, once."""
        if error is self.failure or self.ended:
            return
        scope, _ = self.enter()
        if self.failure is None:
            self.failed_at, self.phase = self.recorder.at(), phase
        self.failure = error
        failed(self.recorder, scope, error, phase)

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
        if self.ended:
            return
        self.ended = True
        entered = self.enter()
        status = None
        if self.response is not None:
            status = entered[0].status = int(self.response.status_code)
            self._record_response(entered[0].id, status)
        outcome = "passed" if self.failure is None or self.phase == HANDLER else "error"
        if outcome == "passed" and status is not None and status >= 500:
            outcome = "failed"
        fields: Dict[str, Any] = {
            "http.route": self.route,
            "handler": self.handler,
            "http.response.status_code": status,
            "failed_at": self.failed_at,
            "phase": self.phase,
        }
        self.handled = None
        self.failure = None  # or its frames would live as long as the body's object
        leave(self.recorder, entered, outcome, **fields)

    def _record_response(self, scope: int, status: int) -> None:
        fields: Dict[str, Any] = {"scope": scope, "http.response.status_code": status}
        fields["content_type"] = self.response.mimetype or None
        known, value = json_answered(self.response)
        if known:
            text, cut = self.recorder.digests.shape(value)
            fields.update(body=Raw(text), cut=cut or None)
        self.recorder.rider("response", **fields)
