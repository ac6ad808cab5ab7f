"""Coroutines of the app and of its data layer that were dropped without being awaited.

Python itself notices each of them and asks `warnings` to say so; nothing is done before.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Dict, Optional

from ..calls import drops, maker
from ..callsite import APP, Site
from ..hooks import Hooks
from ..recorder import Recorder
from ..shim import Switch

NAME = "unawaited"
ROLE = "driver"
TRIGGER = "asyncio"

_OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_SQLALCHEMY = os.path.join("sqlalchemy", "ext", "asyncio")
_ASKED_AS = {"greenlet_spawn": "awaitable_attrs"}
_LIBRARIES = (
    *("asyncpg", "aiosqlite", "psycopg", "psycopg_pool", "databases", "tortoise"),
    *("playhouse", "peewee.py", "aiomysql", "asyncmy"),
)
_DJANGO = ("django.db.", "django.contrib.", "django.shortcuts")


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    import warnings

    original: Any = getattr(warnings, "_warn_unawaited_coroutine", None)
    if original is None:
        return

    class _Warn:
        """Calls us, then the original with no frame of ours between: Python calls both itself.

        So the warning has the place, and under `-W error` the traceback, that it has without us.
        """

        def __new__(cls, coroutine: Any) -> Any:
            if switch.on and recorder.on:
                try:
                    _dropped(recorder, coroutine, sys._getframe())
                except Exception as error:
                    switch.fail(error)
            return object.__new__(cls)

        __init__ = staticmethod(original)

    warnings._warn_unawaited_coroutine = _Warn  # type: ignore[attr-defined]
    hooks.undo_with(setattr, warnings, "_warn_unawaited_coroutine", original)


def _dropped(recorder: Recorder, coroutine: Any, frame: Any) -> None:
    function = _handed(coroutine)
    module = _module_of(recorder, coroutine, function)
    if module is None or recorder.refused.pop(id(coroutine), None) is coroutine.cr_code:
        return
    own = recorder.sites.kind(coroutine.cr_code.co_filename) == APP or function is not None
    if not own and (coroutine.__name__.startswith("_") or _is_left_by_library(recorder, frame)):
        return
    stack = recorder.sites.app_stack(frame, 24)
    site = _origin(recorder, coroutine)
    if site is None:
        name = str(_ASKED_AS.get(coroutine.__name__, coroutine.__name__))
        if function is not None:
            name = "sync_to_async"
        inner = stack[0] if stack else None
        site = maker(recorder.sites, inner, name)
        if site is None and function is not None:  # a decorator has given it the function's name
            site = maker(recorder.sites, inner, str(function.__name__))
    recorder.event(
        "unawaited",
        at=recorder.at(),
        scope=recorder.scope_id(),
        name=str((coroutine if function is None else function).__qualname__),
        module=module,
        site=recorder.site_number(site) or None,
        frames=[recorder.site(found) for found in stack] or None,
    )


def _is_left_by_library(recorder: Recorder, frame: Any) -> bool:
    """Whether a library's own statement made and dropped it."""
    frame = frame.f_back
    return (
        frame is not None and recorder.sites.kind(frame.f_code.co_filename) != APP and drops(frame)
    )


def _handed(coroutine: Any) -> Any:
    """The function that `sync_to_async` was to run in a thread, if the coroutine is one of these.

    Whose coroutine it is: that of our hook around its call.
    """
    frame = coroutine.cr_frame
    if frame is None or coroutine.__qualname__ != "SyncToAsync.__call__":
        return None
    function = getattr(frame.f_locals.get("self"), "func", None)
    return function if hasattr(function, "__qualname__") else None


def _module_of(recorder: Recorder, coroutine: Any, function: Any) -> Optional[str]:
    """The module of a coroutine function, if it is the app's or a data layer's; else None."""
    path: str = coroutine.cr_code.co_filename
    values: Dict[str, Any] = getattr(coroutine.cr_frame, "f_globals", {})
    module = str(values.get("__name__", ""))
    if coroutine.__qualname__ == "SyncToAsync.__call__":
        module = str(getattr(function, "__module__", None))
        code = getattr(getattr(function, "__func__", function), "__code__", None)
        own = code is not None and recorder.sites.kind(code.co_filename) == APP
        return module if own or module.startswith(_DJANGO) else None
    if module.startswith(_DJANGO):
        return module
    if path.startswith(_OWN):  # ours around a method of theirs
        theirs = coroutine.cr_frame.f_locals.get("original") if coroutine.cr_frame else None
        return str(getattr(theirs, "__module__", "sqlalchemy.ext.asyncio"))
    parts = path.split(os.sep)
    if (
        recorder.sites.kind(path) == APP
        or _SQLALCHEMY in path
        or (coroutine.__name__ == "greenlet_spawn" and "sqlalchemy" in parts)
        or any(name in parts for name in _LIBRARIES)
    ):
        return module
    return None


def _origin(recorder: Recorder, coroutine: Any) -> Optional[Site]:
    """The app's line that made it, where the app has Python keep that."""
    for path, line, function in coroutine.cr_origin or ():
        if recorder.sites.kind(path) == APP:
            return Site(path, line, function)
    return None
