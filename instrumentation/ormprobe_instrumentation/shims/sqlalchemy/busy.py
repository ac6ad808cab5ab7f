"""What else is going on inside a session or connection, when one says that it is busy.

Looked for in the stacks of the other tasks of the loop and of the other threads: a frame of a
library whose `self` is the same session, connection, or adapter of a driver's connection.
"""

from __future__ import annotations

import sys
from _thread import get_ident
from types import FrameType
from typing import Any, Dict, Iterable, Iterator, List, Optional, Set, Tuple

from ...callsite import APP
from ...loops import number_of, running_task
from ...recorder import Recorder
from ...stacks import frames_of, stack_from

_TASKS = 256
_THREADS = 64
_FRAMES = 80
_DRIVEN = ("sqlalchemy", "asyncpg", "psycopg", "aiosqlite", "mysql", "asyncmy", "MySQLdb")
_WITHIN = ("sync_session", "session", "sync_connection", "_adapt_connection", "_connection")


def busy(recorder: Recorder, frame: Any) -> Optional[Dict[str, Any]]:
    """The app's line, task and scope of who else uses what the failing stack uses."""
    wanted = _used(recorder, stack_from(frame))
    if not wanted:
        return None
    for task, frames in _others():
        if not wanted.isdisjoint(_used(recorder, frames)):
            site = 0
            for other in frames:  # outermost first
                if recorder.sites.kind(other.f_code.co_filename) == APP:
                    site = recorder.site(other)
            if not site and task is not None:
                site = recorder.site(recorder.sites.awaiter_of(task))
            found = {
                "site": site or None,
                "task": number_of(task) or None,
                "scope": _scope_of(recorder, task, frames),
            }
            return {name: value for name, value in found.items() if value is not None}
    return None


def _used(recorder: Recorder, frames: Iterable[FrameType]) -> Set[int]:
    """The identities of the sessions and connections that the frames of libraries work in."""
    found: List[Any] = []
    for frame in frames:
        code = frame.f_code
        if recorder.sites.kind(code.co_filename) == APP:
            continue
        if code.co_argcount and code.co_varnames[0] == "self" and _is_driven(code.co_filename):
            owner: Any = frame.f_locals.get("self")
            for _ in range(4):
                if owner is None:
                    break
                if _is_shared(owner.__class__):
                    found.append(owner)
                owner = _within(owner)
    return {id(owner) for owner in found}


def _is_driven(path: str) -> bool:
    return any(name in path for name in _DRIVEN)


def _is_shared(kind: type) -> bool:
    """Whether a class is a session or connection: these are used by one at a time."""
    for base in kind.__mro__:
        name = base.__name__
        if name in ("Session", "Connection", "AsyncConnection", "AsyncSession") or (
            name.startswith("AsyncAdapt_") and name.endswith("_connection")
        ):
            return True
    return False


def _within(owner: Any) -> Any:
    """What a proxy, cursor or transaction stands for."""
    for name in _WITHIN:
        try:
            found = getattr(owner, name, None)
        except Exception:  # a property of a proxy that was not started
            continue
        if found is not None:
            return found
    return None


def _others() -> Iterator[Tuple[Any, List[FrameType]]]:
    """The other tasks of this loop, then the other threads, each with its frames."""
    own = running_task()
    if own is not None:
        asyncio: Any = sys.modules["asyncio"]
        for task in list(asyncio.all_tasks())[:_TASKS]:
            if task is not own:
                yield task, list(frames_of(task))[:_FRAMES]
    here = get_ident()
    for thread, top in list(sys._current_frames().items())[:_THREADS]:
        if thread != here:
            frames: List[FrameType] = []
            frame: Optional[FrameType] = top
            while frame is not None and len(frames) < _FRAMES:
                frames.append(frame)
                frame = frame.f_back
            frames.reverse()
            yield None, frames


def _scope_of(recorder: Recorder, task: Any, frames: List[FrameType]) -> Optional[int]:
    """The scope that a task runs in, from its own context or that of its greenlet."""
    get_context = getattr(task, "get_context", None)  # 3.12 on
    context = None if get_context is None else get_context()
    for frame in frames:
        if context is None and frame.f_code.co_name == "greenlet_spawn":
            context = getattr(frame.f_locals.get("context"), "gr_context", None)
    scope = None if context is None else context.get(recorder.scope)
    return None if scope is None or scope.ended else int(scope.id)
