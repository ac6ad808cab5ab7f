"""Calls of C functions that warn their caller: it is the caller's own line that they must see.

A C function puts a warning to the Python frame that called it. From 3.12 sqlite3 warns of much
that apps do, so the call is made by a function that has the caller's file, line and globals.
"""

from __future__ import annotations

import sys
from types import FunctionType
from typing import Any, Dict, Tuple

from ...callsite import OWN

_NAME = "<ormprobe>"
_KEPT = 2048
_WARNS = sys.version_info >= (3, 12)
_shells: Dict[Tuple[int, int, int], Tuple[Any, Any]] = {}


def _call(function: Any, args: Any, kwargs: Any) -> Any:
    return function(*args, **kwargs)


def call(frame: Any, function: Any, args: Any, kwargs: Any) -> Any:
    """Call a C function as if from a frame's line."""
    if not _WARNS or frame is None:
        return function(*args, **kwargs)
    key = (id(frame.f_code), frame.f_lineno, id(frame.f_globals))
    known = _shells.get(key)
    if known is None:
        if len(_shells) >= _KEPT:
            _shells.clear()
        shape: Any = _call.__code__
        code = shape.replace(
            co_filename=frame.f_code.co_filename,
            co_firstlineno=frame.f_lineno - 1,  # its only line is the second
            co_name=_NAME,
        )
        # the frame's code is held, so that its id stays its own
        known = _shells[key] = FunctionType(code, frame.f_globals, _NAME), frame.f_code
    return known[0](function, args, kwargs)


def hide(error: BaseException) -> None:
    """Take the frames of ours off the head of a traceback; a bare `raise` must follow.

    From 3.11 the app then sees the traceback that it would see without us.
    """
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_name != _NAME and not code.co_filename.startswith(OWN):
            break
        traceback = traceback.tb_next
    error.__traceback__ = traceback
