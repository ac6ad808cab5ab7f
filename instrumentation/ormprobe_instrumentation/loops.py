"""Numbers of event loops and of asyncio tasks, given when they are first asked for.

Nothing of asyncio is imported: a process that has not loaded it runs no loop.
"""

from __future__ import annotations

import itertools
import sys
import weakref
from typing import Any, Dict, Optional, Tuple

_next = itertools.count(1).__next__
_numbers: Dict[int, Tuple[Any, int]] = {}


def loop_number() -> int:
    """The number of the event loop that runs in this thread, 0 for none."""
    loop = _running()
    return 0 if loop is None else _number(loop)


def task_number() -> Optional[int]:
    """The number of the asyncio task that runs in this thread, None for none."""
    loop = _running()
    tasks = sys.modules.get("asyncio.tasks")
    if loop is None or tasks is None:
        return None
    task = tasks.current_task(loop)
    return None if task is None else _number(task)


def _running() -> Any:
    events = sys.modules.get("asyncio.events")
    return None if events is None else events._get_running_loop()


def _number(owner: Any) -> int:
    key = id(owner)
    known = _numbers.get(key)
    if known is not None and known[0]() is owner:
        return known[1]
    number = _next()
    try:
        reference = weakref.ref(owner, lambda _: _forget(key, number))
    except TypeError:  # a loop of a kind that cannot be referred to lives as long as its thread
        return key
    _numbers[key] = (reference, number)
    return number


def _forget(key: int, number: int) -> None:
    known = _numbers.get(key)
    if known is not None and known[1] == number:
        del _numbers[key]
