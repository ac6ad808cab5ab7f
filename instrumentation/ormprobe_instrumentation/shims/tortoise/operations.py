"""What Tortoise is doing in the running task: a statement of a client, a query that is read."""

from __future__ import annotations

import sys
from contextvars import ContextVar, Token
from types import FrameType
from typing import Any, Optional, Tuple

from ...recorder import Recorder


class Operation:
    """A call of one of a client's `execute_...`; what it calls further in is part of it.

    handle: of the connection that a pool gave for it.
    """

    __slots__ = ("client", "text", "name", "handle", "over")

    def __init__(self, client: Any, text: Any, name: str) -> None:
        self.client = client
        self.text = text
        self.name = name
        self.handle: Any = None
        self.over = False


class Reading:
    """A query object that runs.

    number: of the statement that it sent, 0 before. rows: the raw rows of it. told: these have been
    recorded.
    """

    __slots__ = ("query", "number", "rows", "told", "over")

    def __init__(self, query: Any) -> None:
        self.query = query
        self.number = 0
        self.rows: Any = None
        self.told = False
        self.over = False


running: ContextVar[Optional[Operation]] = ContextVar("ormprobe_tortoise", default=None)
reading: ContextVar[Optional[Reading]] = ContextVar("ormprobe_tortoise_query", default=None)


def current_operation() -> Optional[Operation]:
    """The operation that goes on here; a task that was started by one may outlive it."""
    found = running.get()
    return None if found is None or found.over else found


def leave(variable: ContextVar[Any], token: Token[Any]) -> None:
    """Set a variable back; a coroutine may be closed in another context than it began in."""
    try:
        variable.reset(token)
    except (ValueError, RuntimeError):
        pass


_library = [""]


def library() -> str:
    """The folder of Tortoise's own files."""
    if not _library[0]:
        path = str(sys.modules["tortoise"].__file__)
        _library[0] = path[: path.rindex("__init__")]
    return _library[0]


def asker(frame: Optional[FrameType]) -> Tuple[Optional[FrameType], bool]:
    """The frame that asked a client for something, and whether that is Tortoise's own."""
    inside = library()
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith(inside):
            return frame, False
        if not code.co_name.startswith("execute_") or not code.co_filename.endswith("client.py"):
            return frame, True
        frame = frame.f_back
    return None, False


def app_frame(recorder: Recorder, frame: Optional[FrameType]) -> Tuple[Optional[FrameType], Any]:
    """The app's frame that a call comes from, else the one that waits for its task; markers."""
    found, passed = recorder.sites.walk(frame)
    if found is None:
        found = recorder.sites.awaiter("tortoise")
    return found, passed
