"""Django REST framework 3.15 to 3.18, over Django's shim: what it reads, what it answers for."""

from __future__ import annotations

import sys
from typing import Any

from ..hooks import Hooks, hide_own_frame
from ..recorder import Recorder
from ..shim import Switch
from .django_web.current import current
from .django_web.fates import answered_for
from .django_web.payload import form_of
from .payloads import is_json, mimetype_of

NAME = "rest_framework"
ROLE = "web"
TRIGGER = "rest_framework.views"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    def make_handle(original: Any) -> Any:
        def handle_exception(self: Any, exc: Any) -> Any:
            try:
                response = original(self, exc)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on:
                try:
                    answered_for(recorder, exc, response)
                except Exception as error:
                    switch.fail(error)
            return response

        return handle_exception

    def make_parse(original: Any) -> Any:
        def _parse(self: Any) -> Any:
            try:
                parsed = original(self)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on:
                try:
                    _brought(self, parsed[0])
                except Exception as error:
                    switch.fail(error)
            return parsed

        return _parse

    hooks.wrap(sys.modules[TRIGGER].APIView, "handle_exception", make_handle)
    hooks.wrap(sys.modules["rest_framework.request"].Request, "_parse", make_parse)


def _brought(request: Any, data: Any) -> None:
    """A body was parsed, and nothing of the app has had it yet."""
    found = current.get()
    if found is None or found.request is not request._request:
        return
    if hasattr(data, "lists"):
        found.brought("form", form_of(data))
    elif is_json(mimetype_of(request.content_type)):
        found.brought("json", data)
