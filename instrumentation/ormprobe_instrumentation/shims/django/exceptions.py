"""Errors of Django's core that are about data: nothing found, too much found, a wrong name."""

from __future__ import annotations

import sys
from typing import Any

from ...errors import watch
from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from .about import about

NAME = "django.exceptions"
ROLE = "orm"
TRIGGER = "django.core.exceptions"

_WATCHED = (
    "ObjectDoesNotExist",
    "MultipleObjectsReturned",
    "SynchronousOnlyOperation",
    "FieldError",  # and FieldFetchBlocked
    "FieldDoesNotExist",
    "ImproperlyConfigured",
    "AppRegistryNotReady",
)


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    module: Any = sys.modules[TRIGGER]

    def told(error: BaseException, frame: Any) -> Any:
        return about(recorder, error, frame)

    for name in _WATCHED:
        found = getattr(module, name, None)
        if found is not None:
            unless = _is_lookup if name == "FieldDoesNotExist" else None
            watch(recorder, hooks, switch, found, told, unless)


def _is_lookup(frame: Any) -> bool:
    """Whether Django only tries if a part of a filter's name is that of a field."""
    outer = frame.f_back
    return outer is not None and outer.f_code.co_name == "names_to_path"
