"""Django's own checks of models: which declaration was refused before a command ran."""

from __future__ import annotations

import sys
from typing import Any, Dict, Iterator

from ...errors import watch
from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch

NAME = "django.checks"
ROLE = "orm"
TRIGGER = "django.core.management.base"

_ERROR = 40
_OF_MODELS = ("fields.E", "models.E")


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    refused: Any = sys.modules[TRIGGER].SystemCheckError
    watch(recorder, hooks, switch, refused, lambda _, frame: _about(frame))


def _about(frame: Any) -> Dict[str, Any]:
    """The first refusal of a model, by its code, with the model and the field that it is about."""
    fields: Dict[str, Any] = {}
    for issue in _refusals(frame):
        code = getattr(issue, "id", None)
        if not isinstance(code, str):
            continue
        ours = code.startswith(_OF_MODELS)
        if "code" in fields and not ours:
            continue
        fields["code"] = code
        if ours:
            owner = getattr(issue, "obj", None)
            model = owner if isinstance(owner, type) else getattr(owner, "model", None)
            if isinstance(model, type):
                fields["entity"] = model.__name__
                name = getattr(owner, "name", None)
                if owner is not model and isinstance(name, str):
                    fields["attribute"] = name
            break
    return fields


def _refusals(frame: Any) -> Iterator[Any]:
    """The issues that the command's check was about to report."""
    while frame is not None and frame.f_code.co_name != "check":
        frame = frame.f_back
    found = frame.f_locals.get("all_issues") if frame is not None else None
    for issue in found or ():
        if getattr(issue, "level", 0) >= _ERROR:
            yield issue
