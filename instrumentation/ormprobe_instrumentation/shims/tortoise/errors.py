"""Tortoise's errors: each that is created, with the statement or model that it is about."""

from __future__ import annotations

import os
import sys
from itertools import islice
from typing import Any, Dict, Iterator, Optional

from ...callsite import APP, STOP
from ...errors import watch
from ...exceptions import head_of, message_of
from ...hooks import Hooks
from ...loops import running_task
from ...recorder import Recorder
from ...scrub import words_of
from ...shim import Switch
from ...stacks import frames_of
from .clients import own_of
from .contexts import closed_before
from .failures import about as about_operation
from .loads import key_of
from .operations import library

_DEPTH = 40
_NEAR = 8
_ROUTER = os.sep + "router.py"
_NOT_SET_UP = ("not initialised", "cannot be None", "No DB associated")


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    module: Any = sys.modules["tortoise.exceptions"]
    base: Any = module.BaseORMException
    kinds = [kind for kind in module.__dict__.values() if _is_error(kind, base)]
    of_models = tuple(
        kind for kind in kinds if kind.__name__ in ("NotExistOrMultiple", "ObjectDoesNotExistError")
    )

    def about(error: BaseException, frame: Any) -> Dict[str, Any]:
        fields = _of_frames(recorder, frame)
        model = getattr(error, "model", None) if isinstance(error, of_models) else None
        if isinstance(model, type):
            fields["entity"] = model.__name__
        fields.update(about_operation(recorder, None))
        if type(error).__name__ == "ConfigurationError" and _misses_setup(error):
            fields.update(closed_before())
        fields.update(_told(recorder, error, frame, fields))
        return fields

    watch(recorder, hooks, switch, base, about, _is_routing)
    for kind in kinds:
        own = own_of(kind, "__init__")
        if own is not None and "super" not in own.__code__.co_names:  # it does not call the base's
            watch(recorder, hooks, switch, kind, about, _is_routing)


def _is_error(kind: Any, base: Any) -> bool:
    return bool(isinstance(kind, type) and kind is not base and base in kind.__mro__)


def _is_routing(frame: Any) -> bool:
    """Whether Tortoise asks for a router where there is none, as it did before each query."""
    for _ in range(_NEAR):
        if frame is None:
            return False
        if frame.f_code.co_filename.endswith(_ROUTER):
            return bool(frame.f_code.co_filename.startswith(library()))
        frame = frame.f_back
    return False


def _misses_setup(error: BaseException) -> bool:
    """Whether an error says that Tortoise has not been set up, or is not any more."""
    text = str(error.args[0]) if error.args else ""
    return any(words in text for words in _NOT_SET_UP)


def _told(recorder: Recorder, error: BaseException, frame: Any, fields: Dict[str, Any]) -> Any:
    """The message, and the driver's exception, which an error of Tortoise's has as its argument."""
    recorder.know(
        words_of([str(fields[name]) for name in ("entity", "attribute") if name in fields])
    )
    original = error.args[0] if error.args else None
    if isinstance(original, BaseException):
        inner = head_of(recorder, original, frame)
        kept = {name: value for name, value in inner.items() if value is not None}
        return {
            "message": inner["message"],
            "db.response.status_code": inner["db.response.status_code"],
            "chain": [kept],
        }
    template = getattr(type(error), "TEMPLATE", None)
    if not error.args and isinstance(template, str) and "entity" in fields:
        return {"message": template.format(fields["entity"])}
    return {"message": message_of(recorder, error, frame)}


def _of_frames(recorder: Recorder, frame: Any) -> Dict[str, Any]:
    """Which model, instance and attribute an error is about, from Tortoise's own frames.

    The app's frames are left alone: to read the locals of a frame keeps them alive with it.
    """
    fields: Dict[str, Any] = {}
    inside = library()
    for outer in islice(_stack(recorder, frame), _DEPTH):
        path = outer.f_code.co_filename
        if path.startswith(inside):
            name = path.replace("\\", "/").rpartition("/")[2]
            if "origin" not in fields and name != "exceptions.py":
                fields["origin"] = "%s:%s" % (name, outer.f_code.co_name)
            if "entity" not in fields:
                _of_frame(recorder, outer.f_locals, fields)
        elif recorder.sites.kind(path) == APP:
            break
    return fields


def _stack(recorder: Recorder, frame: Any) -> Iterator[Any]:
    """The frames from one up to the event loop's, then those of the task, innermost first.

    What is thrown into a task runs without those between, before Python 3.10.
    """
    while frame is not None and recorder.sites.kind(frame.f_code.co_filename) != STOP:
        yield frame
        frame = frame.f_back
    task = running_task()
    if task is not None:
        yield from reversed(list(frames_of(task)))


def _of_frame(recorder: Recorder, values: Dict[str, Any], fields: Dict[str, Any]) -> None:
    """What one frame of Tortoise works on."""
    owner: Any = values.get("self")
    instance: Any = getattr(owner, "instance", None)  # of a relation
    if instance is None and hasattr(owner.__class__, "_meta"):
        instance = owner
    if instance is not None and hasattr(instance.__class__, "_meta"):
        fields["entity"] = instance.__class__.__name__
        from ...lines import Raw

        key = key_of(instance)
        if key is not None:
            fields["parent"] = Raw(recorder.digests.scalar(key))
        attribute = _attribute(owner, values)
        if attribute is not None:
            fields["attribute"] = attribute
        return
    model = _model(owner, values)
    if model is not None:
        fields["entity"] = model.__name__
        recorder.know(("%s.%s" % (model.__module__, model.__qualname__),))  # as `repr` has it
        field = getattr(owner, "model_field_name", None)
        if isinstance(field, str) and field:
            fields["attribute"] = field


def _attribute(owner: Any, values: Dict[str, Any]) -> Optional[str]:
    if hasattr(owner, "related_objects"):
        from .relations import accessor

        return accessor(owner)
    key = values.get("_key")
    return key[1:] if isinstance(key, str) else None


def _model(owner: Any, values: Dict[str, Any]) -> Any:
    for found in (getattr(owner, "model", None), getattr(owner, "_model", None)):
        if isinstance(found, type):
            return found
    for name in ("model", "cls"):
        found = values.get(name)
        if isinstance(found, type) and hasattr(found, "_meta"):
            return found
    return None
