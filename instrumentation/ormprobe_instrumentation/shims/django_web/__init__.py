"""Django 4.2 to 6.1 under WSGI and ASGI, and its test clients: a scope for each request.

A scope opens before the middleware, since that may ask the database already, and closes with the
response: what a streamed body does, and what is done when the response is closed, is its request's.
"""

from __future__ import annotations

import sys

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from .entry import Entry
from .fates import watch_exceptions

NAME = "django.core.handlers"
ROLE = "web"
TRIGGER = "django.core.handlers.base"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    handler = sys.modules[TRIGGER].BaseHandler
    entry = Entry(recorder, switch)
    hooks.wrap(handler, "get_response", entry.get_response)
    hooks.wrap(handler, "get_response_async", entry.get_response_async)
    hooks.wrap(handler, "resolve_request", entry.resolve_request)
    hooks.wrap(sys.modules["django.http.response"].HttpResponseBase, "close", entry.close)
    watch_exceptions(hooks, recorder, switch, handler)
