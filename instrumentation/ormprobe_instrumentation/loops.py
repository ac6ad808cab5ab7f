"""Numbers of event loops and of tasks: which of them something happened in."""

from __future__ import annotations

import itertools
import sys
import weakref
from typing import Any, Callable, Dict, Optional, Tuple

_KEPT = 4096
_next = itertools.count(1).__next__
_numbers: Dict[int, Tuple[int, Any]] = {}


def loop_number() -> Optional[int]:
    """The number of the event loop that runs in this thread, 0 for none; None without asyncio."""
    asyncio: Any = sys.modules.get("asyncio")
    running: Optional[Callable[[], Any]] = getattr(asyncio, "_get_running_loop", None)
    if running is None:  # not imported, or only half
        return None
    return number_of(running())


def task_number() -> Optional[int]:
    """The number of the asyncio task that runs in this thread, None for none."""
    return number_of(running_task()) or None


def running_task() -> Any:
    """The asyncio task that runs in this thread, None for none."""
    asyncio: Any = sys.modules.get("asyncio")
    running: Optional[Callable[[], Any]] = getattr(asyncio, "_get_running_loop", None)
    if running is None or running() is None:
        return None
    current: Optional[Callable[[], Any]] = getattr(asyncio, "current_task", None)
    return None if current is None else current()


def number_of(found: Any) -> int:
    """The number of a loop or a task, never given to another one; 0 for None."""
    if found is None:
        return 0
    number, reference = _numbers.get(id(found), (0, None))
    if reference is not None and reference() is found:
        return number
    if len(_numbers) >= _KEPT:
        _drop_dead()
    number = _next()
    _numbers[id(found)] = (number, weakref.ref(found))
    return number


def _drop_dead() -> None:
    for key, (_, reference) in list(_numbers.items()):
        if reference() is None:
            _numbers.pop(key, None)
