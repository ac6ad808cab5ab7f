"""Who called the driver: an ORM that is watched, the app, or another library.

The first frame above the driver decides, so what an ORM does on its own account (PRAGMAs at
connect, version probes, pings, the reset of a returned connection) is nobody else's.
"""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Dict, Iterator, Optional, Tuple

from ...callsite import APP, LIBRARY, OWN, STOP
from ...recorder import Recorder
from .carried import carried

SKIP, ORM, POOL, WORKER = 3, 4, 5, 6

WATCHED: Tuple[str, ...] = ("sqlalchemy", "tortoise")
"""ORMs with a shim of their own, which records what they send."""

_PASSED = frozenset(
    (
        "sqlite3",
        "aiosqlite",
        "psycopg",
        "psycopg_binary",
        "psycopg_c",
        "psycopg_pool",
        "psycopg2",
        "asyncpg",
        "greenlet",
        "gevent",
        "asgiref",
        "anyio",
    )
)
_STDLIB = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_SERVING = ("/event/", "/pool/", "/engine/create.py")  # of SQLAlchemy: they call the app's hooks
_POOL = "/sqlalchemy/pool/base.py"
_DEPTH = 200
_NEAR = 8  # frames of a driver between its caller and its hook


class Caller:
    """Who sent a statement: `source` is "app" or "library"; the app's frame, where there is one."""

    __slots__ = ("source", "library", "frame")

    def __init__(self, source: str, library: Optional[str], frame: Optional[FrameType]) -> None:
        self.source = source
        self.library = library
        self.frame = frame

    def is_bare(self) -> bool:
        """Whether a driver's coroutine was made a task by itself: then nobody's line is known."""
        return self.source == "app" and self.frame is None


class Callers:
    """Classifies the frames above a driver by their file; each file is looked at once."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.kinds: Dict[str, int] = {}
        self._names: Dict[str, str] = {}

    def kind(self, frame: FrameType) -> int:
        """APP, LIBRARY, STOP, ORM, POOL (the ORM's), else SKIP or WORKER for what only leads to the
        driver."""
        path = frame.f_code.co_filename
        found = self.kinds.get(path)
        if found is None:
            try:
                found = self._classify(path, str(frame.f_globals.get("__name__") or ""))
            except Exception:  # a relative path, and the working directory is gone
                found = SKIP
            self.kinds[path] = found
        return found

    def _classify(self, path: str, module: str) -> int:
        found = self.recorder.sites.kind(path)
        if found != LIBRARY:
            return found
        top = module.partition(".")[0]
        if top in WATCHED:
            return POOL if path.replace("\\", "/").endswith(_POOL) else ORM
        if top == "aiosqlite" and path.endswith("core.py"):
            return WORKER
        inside = path.startswith(_STDLIB) and "-packages" not in path[len(_STDLIB) :]
        own = os.path.abspath(path).startswith(OWN)
        if top in _PASSED or inside or own or not top or path.startswith("<"):
            return SKIP
        self._names[path] = top
        return LIBRARY

    def is_orm(self, frame: FrameType) -> bool:
        """Whether an ORM calls the driver directly: the cheapest question, asked first.

        SQLAlchemy's pooled connection hands on what the app calls, so its caller counts there.
        """
        kind = self.kinds.get(frame.f_code.co_filename) or self.kind(frame)
        if kind == ORM:
            return True
        if kind == WORKER:  # a thread, in which work of the app bears who asked for it
            return carried.caller is None
        if kind == POOL and frame.f_back is not None:
            return self.kind(frame.f_back) == ORM
        return False

    def is_orm_above(self, frame: Optional[FrameType]) -> bool:
        """The same question of a driver written in Python, whose own frames are between."""
        known = self.kinds.get
        for _ in range(_NEAR):
            if frame is None:
                return False
            kind = known(frame.f_code.co_filename)
            if kind == ORM:
                return True
            if kind != SKIP and kind != WORKER:
                return False
            frame = frame.f_back
        return False

    def of(self, frame: Optional[FrameType], task: bool = False) -> Optional[Caller]:
        """Who called; None for an ORM, for a hook of the app that an ORM calls, and for nobody.

        task: a driver's coroutine that is a task by itself is the app's, on a line that is unknown.
        """
        for found in _upwards(frame):
            kind = self.kind(found)
            if kind == APP:
                return None if self._serves(found) else Caller("app", None, found)
            if kind == LIBRARY:
                site, _ = self.recorder.sites.walk(found)
                return Caller("library", self._names.get(found.f_code.co_filename), site)
            if kind == ORM or (kind == POOL and found.f_code.co_name != "cursor"):
                return None
            if kind == STOP:
                return Caller("app", None, None) if task else None
            task = task and "pool" not in found.f_code.co_filename
        return None

    def _serves(self, frame: FrameType) -> bool:
        """Whether the app's code runs on behalf of the ORM's pool: a listener, a `creator`."""
        above: Optional[FrameType] = frame
        while above is not None and self.kind(above) in (APP, SKIP, WORKER):
            above = above.f_back
        if above is None or self.kind(above) not in (ORM, POOL):
            return False
        path = above.f_code.co_filename.replace("\\", "/")
        return any(part in path for part in _SERVING)


def _upwards(frame: Optional[FrameType]) -> Iterator[FrameType]:
    """The frames of a call, beyond the end of a greenlet in its parents."""
    start, depth = frame, 0
    while frame is not None and depth < _DEPTH:
        yield frame
        frame, depth = frame.f_back, depth + 1
    greenlet = sys.modules.get("greenlet")
    if greenlet is None or start is None:
        return
    parent = greenlet.getcurrent().parent
    while parent is not None and depth < _DEPTH:
        frame = parent.gr_frame
        while frame is not None and depth < _DEPTH:
            yield frame
            frame, depth = frame.f_back, depth + 1
        parent = parent.parent
