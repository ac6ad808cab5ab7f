"""Stacks that go on where Python's end: beyond a greenlet, and in tasks that wait; for rare events.

An asyncio bridge runs synchronous code in a greenlet, whose stack ends there, and a task that waits
has no frame below it that is running. Both are followed by what they leave for those who look.
"""

from __future__ import annotations

import gc
import sys
from types import CoroutineType, FrameType
from typing import Any, Iterator, List, Optional, Tuple

_DEPTH = 400
_COROUTINE = 0x80 | 0x100  # flags of coroutines and of generators that stand for them
_FUTURES = 6  # between a future and the task that waits for it


def stack_from(frame: Optional[FrameType]) -> Iterator[FrameType]:
    """The frames of this stack and of those that wait for its greenlet; for rare events."""
    inner: Any = None
    for _ in range(_DEPTH):
        if frame is None:
            frame, inner = beyond_greenlet(inner)
            if frame is None:
                return
        yield frame
        frame = frame.f_back


def beyond_greenlet(inner: Any) -> Tuple[Optional[FrameType], Any]:
    """The stack that waits for a greenlet, where an asyncio bridge runs it; and whose it is.

    inner: the greenlet; None for the one that runs. A bridge is a coroutine that has its work done
    in a greenlet. Who starts another greenlet (gevent) does not wait for it.
    """
    greenlet = sys.modules.get("greenlet")
    if greenlet is None:
        return None, None
    try:
        parent = (greenlet.getcurrent() if inner is None else inner).parent
        frame = None if parent is None else parent.gr_frame
    except (AttributeError, RuntimeError):  # half imported, or taken apart at the end
        return None, None
    if frame is None or not frame.f_code.co_flags & _COROUTINE:
        return None, None
    return frame, parent


def frames_of(task: Any) -> Iterator[FrameType]:
    """The frames of a task that waits, outermost first, those of a bridge's greenlet included."""
    awaited: Any = task.get_coro()
    for _ in range(_DEPTH):
        frame = None
        for name in ("cr_frame", "gi_frame", "ag_frame"):
            frame = frame or getattr(awaited, name, None)
        if frame is None:
            return
        yield frame
        if "greenlet" in sys.modules and frame.f_code.co_name == "greenlet_spawn":
            yield from _frames_within(frame)
        for name in ("cr_await", "gi_yieldfrom", "ag_await"):
            inner = getattr(awaited, name, None)
            if inner is not None:
                break
        else:
            inner = _running_within(awaited)
        if inner is None:
            return
        awaited = inner


def _running_within(awaited: Any) -> Any:
    """What a running coroutine awaits, if that is one too: 3.13 says so of waiting ones alone."""
    if not _is_running(awaited):
        return None
    running: List[Any] = [held for held in gc.get_referents(awaited) if _is_running(held)]
    return running[-1] if running else None


def _is_running(value: Any) -> bool:
    return isinstance(value, CoroutineType) and value.cr_running


def _frames_within(bridge: FrameType) -> List[FrameType]:
    """The frames of the greenlet that a bridge waits for, outermost first."""
    values = bridge.f_locals  # SQLAlchemy's name of it, and Peewee's
    frame = getattr(values.get("context", values.get("g")), "gr_frame", None)
    found: List[FrameType] = []
    while frame is not None and len(found) < _DEPTH:
        found.append(frame)
        frame = frame.f_back
    found.reverse()
    return found


def waiting_for(future: Any) -> Any:
    """The task that waits for a future, straight or through `gather`, `shield` or a task group."""
    for _ in range(_FUTURES):
        callbacks = getattr(future, "_callbacks", None)
        if not callbacks:
            return None
        outer: Any = None
        for callback, _context in callbacks:
            target = getattr(callback, "__self__", None)
            if hasattr(target, "get_coro"):
                return target
            outer = outer or _outer_of(callback, target)
        if hasattr(outer, "get_coro"):
            return outer
        future = outer
    return None


def _outer_of(callback: Any, target: Any) -> Any:
    """What a callback of a future goes on to: a future that others wait for, or a task."""
    parent = getattr(target, "_parent_task", None)  # a task group
    if parent is not None:
        return parent
    held: List[Any] = list(getattr(callback, "args", ()))  # of a partial: `wait_for`
    names = getattr(getattr(callback, "__code__", None), "co_freevars", ())
    for name, cell in zip(names, getattr(callback, "__closure__", None) or ()):
        if name in ("outer", "waiter"):
            held.append(cell.cell_contents)
    for found in held:
        if hasattr(found, "_callbacks"):
            return found
    return None
