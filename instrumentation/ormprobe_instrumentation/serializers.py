"""Reads that no line of the app made: a library turned an instance into a response.

The site of such a read is the handler of its request, and `serializer` names the library's function
that did it. Walks are made where no line of the app was found, and for loads, which are rare.
"""

from __future__ import annotations

import json
from types import FrameType
from typing import Any, Dict, Optional, Tuple

from .callsite import APP, STOP
from .recorder import Recorder, Scope

_DEPTH = 120

_LOADS = frozenset(("lazy", "deferred", "expired"))

_ORM = frozenset(("sqlalchemy", "sqlmodel", "greenlet", "_ormprobe"))

_SERIALIZERS: Dict[str, Tuple[str, ...]] = {
    "fastapi": (
        "serialize_response",
        "_prepare_response_content",
        "jsonable_encoder",
        "validate",
        "serialize",
        "serialize_json",
    ),
    "pydantic": (),
    "jinja2": (),
    "marshmallow": (),
    "msgspec": (),
    "cattrs": (),
    "json": (),
    "simplejson": (),
    "dataclasses": ("asdict", "_asdict_inner", "astuple", "_astuple_inner", "replace"),
    "attr": ("asdict", "astuple"),
    "aiohttp": ("json_response",),
    "starlette": ("render",),
    "flask": ("dumps", "dump", "response", "jsonify"),
    "django": ("render", "_resolve_lookup", "serialize", "model_to_dict"),
    "rest_framework": ("to_representation", "data"),
    "ninja": (),
}
"""Packages that read attributes to write something down, and the functions meant, () for all."""


def read_at(
    recorder: Recorder, scope: Optional[Scope], site: int, passed: Any, frame: FrameType
) -> Tuple[int, str]:
    """The site of a statement, and what its line has more: who read an attribute for the app.

    site: the app's line, 0 where there is none. passed: the markers that the walk met.
    """
    loading = passed is not None and any(name in _LOADS for name, _ in passed)
    found = None
    if not site:
        site, found = implicit_read(recorder, scope, frame, loading)
    elif loading:
        found = serializer(recorder, frame)
    return site, "" if found is None else ',"serializer":%s' % json.dumps(found)


def implicit_read(
    recorder: Recorder, scope: Optional[Scope], frame: Optional[FrameType], loading: bool
) -> Tuple[int, Optional[str]]:
    """The site, 0 for none, and the serializer of what no line of the app did.

    frame: the innermost one. loading: an attribute was read, whoever did it.
    """
    found = serializer(recorder, frame)
    if found is None and loading:
        found = _nearest(recorder, frame)
    if found is None or scope is None:
        return 0, found
    return scope.handler, found


def serializer(recorder: Recorder, frame: Optional[FrameType]) -> Optional[str]:
    """The outermost serializing function of a library below the first line of the app."""
    found = None
    kind = recorder.sites.kind
    depth = 0
    while frame is not None and depth < _DEPTH:
        if kind(frame.f_code.co_filename) in (APP, STOP):
            break
        package = _module(frame).partition(".")[0]
        meant = _SERIALIZERS.get(package)
        if meant is not None and (not meant or frame.f_code.co_name in meant):
            found = frame
        frame = frame.f_back
        depth += 1
    return None if found is None else name_of(found)


def _nearest(recorder: Recorder, frame: Optional[FrameType]) -> Optional[str]:
    """The function of a library that called the ORM."""
    while frame is not None and _is_orm(_module(frame)):
        frame = frame.f_back
    if frame is None or recorder.sites.kind(frame.f_code.co_filename) in (APP, STOP):
        return None
    return name_of(frame)


def _is_orm(module: str) -> bool:
    return module.partition(".")[0] in _ORM or module.startswith("django.db.")


def name_of(frame: FrameType) -> str:
    """Module and qualified name of a frame's function: `pydantic.main:BaseModel.model_validate`."""
    code = frame.f_code
    name = getattr(code, "co_qualname", None)
    if name is None:  # before 3.11
        name = _in_class(frame)
    return "%s:%s" % (_module(frame), str(name).replace("<locals>.", ""))


def _in_class(frame: FrameType) -> str:
    """The name of a function with that of the class that defines it."""
    code = frame.f_code
    first = code.co_varnames[0] if code.co_argcount else ""
    owner: Any = frame.f_locals.get(first) if first in ("self", "cls") else None
    kind: Any = owner if isinstance(owner, type) else type(owner)
    for base in kind.__mro__:
        function = base.__dict__.get(code.co_name)
        function = getattr(function, "__func__", function)
        function = getattr(function, "__wrapped__", function)
        if getattr(function, "__code__", None) is code:
            return "%s.%s" % (base.__qualname__, code.co_name)
    return code.co_name


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))
