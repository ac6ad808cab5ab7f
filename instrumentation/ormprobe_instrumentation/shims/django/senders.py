"""Who sent a statement through a cursor of Django's: its compiler, the app, or another library.

The frame that called the cursor decides. Cursors that stand in for Django's (a debugging toolbar's,
a monitor's) hand on what they are given, as functions in `execute_wrappers` do: there the callers
count.
"""

from __future__ import annotations

import os
from types import CodeType, FrameType
from typing import Any, Dict, Optional

from ...callsite import LIBRARY, OWN
from ...recorder import Recorder

DJANGO, SKIP = 4, 3

_STDLIB = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_DEPTH = 60


class Senders:
    """Finds the frame that a statement came from. cursor: Django's class."""

    def __init__(self, recorder: Recorder, cursor: Any) -> None:
        self._recorder = recorder
        self._kinds: Dict[str, int] = {}
        self._through = cursor._execute_with_wrappers.__code__
        self._file = self._through.co_filename

    def kind(self, frame: FrameType) -> int:
        """APP, LIBRARY, STOP, DJANGO, or SKIP for the standard library's and ours."""
        path = frame.f_code.co_filename
        found = self._kinds.get(path)
        if found is None:
            found = self._kinds[path] = self._classify(path, frame)
        return found

    def _classify(self, path: str, frame: FrameType) -> int:
        found = self._recorder.sites.kind(path)
        if found != LIBRARY:
            return found
        if package_of(frame) == "django":
            return DJANGO
        inside = path.startswith(_STDLIB) and "-packages" not in path[len(_STDLIB) :]
        if inside or path.startswith("<") or os.path.abspath(path).startswith(OWN):
            return SKIP
        return LIBRARY

    def of(self, start: FrameType, cursor: Any) -> Optional[FrameType]:
        """The frame that called a cursor. start: the one that called the hook."""
        frame: Optional[FrameType] = start
        depth = 0
        while frame is not None and frame.f_code is not self._through:
            frame, depth = frame.f_back, depth + 1
            if depth > _DEPTH:
                frame = None
        frame = start if frame is None else frame.f_back
        while frame is not None:
            if frame.f_code.co_filename != self._file:
                kind = self.kind(frame)
                if kind == DJANGO or (kind != SKIP and not _is_of(cursor, frame.f_code)):
                    return frame
            frame = frame.f_back
        return None


def _is_of(cursor: Any, code: CodeType) -> bool:
    """Whether code is that of a method of a cursor's class, which hands on what it is given."""
    for base in type(cursor).__mro__:
        function = base.__dict__.get(code.co_name)
        if getattr(function, "__code__", None) is code:
            return True
    return False


def package_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__") or "").partition(".")[0]
