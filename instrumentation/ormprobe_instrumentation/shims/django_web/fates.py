"""Exceptions that got to Django: it answers some of them itself, the others are failures."""

from __future__ import annotations

import sys
from typing import Any

from ...errors import reached
from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from .current import current

_MODULE = "django.core.handlers.exception"
_ANSWERED = (
    "Http404",
    "PermissionDenied",
    "MultiPartParserError",
    "BadRequest",
    "SuspiciousOperation",
)


def watch_exceptions(hooks: Hooks, recorder: Recorder, switch: Switch, handler: Any) -> None:
    """Hook the two places that an exception of a view or of a middleware comes to."""
    module = sys.modules[_MODULE]
    kinds = tuple(getattr(module, name) for name in _ANSWERED if hasattr(module, name))

    def arrived(error: BaseException) -> None:
        found = current.get()
        if isinstance(error, kinds):
            reached(recorder, error, "handler")
        elif found is not None:
            found.fail(error, "request")

    def make_response(original: Any) -> Any:
        def response_for_exception(request: Any, exc: Any) -> Any:
            if switch.on:
                try:
                    arrived(exc)
                except Exception as error:
                    switch.fail(error)
            try:
                return original(request, exc)
            except BaseException as error:
                hide_own_frame(error)
                raise

        return response_for_exception

    def make_process(original: Any) -> Any:
        def process_exception_by_middleware(self: Any, exception: Any, request: Any) -> Any:
            try:
                response = original(self, exception, request)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if response is not None and switch.on:
                try:
                    answered_for(recorder, exception, response)
                except Exception as error:
                    switch.fail(error)
            return response

        return process_exception_by_middleware

    hooks.wrap(module, "response_for_exception", make_response)
    hooks.wrap(handler, "process_exception_by_middleware", make_process)


def answered_for(recorder: Recorder, error: BaseException, response: Any) -> None:
    """Code of the app, or of a framework above Django, made a response of an exception."""
    reached(recorder, error, "handler")
    found = current.get()
    if found is not None:
        found.handed(error)
        found.handled_with(int(response.status_code))
