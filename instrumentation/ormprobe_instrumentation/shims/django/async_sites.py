"""asgiref 3: the app's line of what an asynchronous method of Django does in a thread.

Every `a*` method, `async for` over a query and each `sync_to_async` of the app goes through one
call, `SyncToAsync.__call__`. It runs on the loop's thread, where the app's line is on the stack or
waits for the task; the work runs in another thread, or in that of a caller of `async_to_sync`,
whose line is not the one that is meant. So a walk stops at asgiref's own frames, and a hook that
finds no line of the app below them asks `handed_by`.

A coroutine of Django that is a task by itself has no line of the app below it, and who made the
task need not wait for it yet: so the line is noted as the task is made.
"""

from __future__ import annotations

import os
import sys
import weakref
from typing import Any, Dict, Optional

from ...callsite import STOP
from ...handed import Handed, hand_on, handed_at, handed_by, take_back
from ...hooks import Hooks, hide_own_frame
from ...loops import running_task
from ...recorder import Recorder
from ...shim import Switch

__all__ = ["NAME", "ROLE", "TRIGGER", "handed_by", "install"]

NAME = "asgiref"
ROLE = "web"
TRIGGER = "asgiref.sync"

_PACKAGE = os.sep + "django" + os.sep
_FILES = 4096


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    owner = sys.modules[TRIGGER].SyncToAsync
    tasks = Tasks(recorder, switch)
    walk = recorder.sites.walk

    def make_call(original: Any) -> Any:
        async def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
            token = None
            if switch.on:
                try:
                    frame, _ = walk(sys._getframe(1))
                    found = handed_at(recorder, frame) if frame is not None else tasks.made_by()
                    if found is not None:  # else who handed on the work around this one, if any
                        token = hand_on(found)
                except Exception as error:
                    switch.fail(error)
            try:
                return await original(self, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            finally:
                if token is not None:
                    take_back(token)

        return __call__

    hooks.wrap(owner, "__call__", make_call)
    code = owner.thread_handler.__code__
    recorder.sites.kinds[code.co_filename] = STOP
    loops: Any = sys.modules.get("asyncio.base_events")
    if loops is not None:
        hooks.wrap(loops.BaseEventLoop, "create_task", tasks.create_task)


class Tasks:
    """Tasks that run a coroutine of Django by itself, and the lines of the app that made them."""

    def __init__(self, recorder: Recorder, switch: Switch) -> None:
        self.recorder = recorder
        self.switch = switch
        self.made: Any = weakref.WeakKeyDictionary()
        self._files: Dict[str, bool] = {}

    def create_task(self, original: Any) -> Any:
        def create_task(loop: Any, coro: Any, **kwargs: Any) -> Any:
            task = original(loop, coro, **kwargs)
            if self.switch.on:
                try:
                    self._made(task, coro)
                except Exception as error:
                    self.switch.fail(error)
            return task

        return create_task

    def _made(self, task: Any, coro: Any) -> None:
        kept = getattr(task, "_source_traceback", None)
        if kept and kept[-1].filename == __file__:  # of a loop that debugs
            del kept[-1]
        code = getattr(coro, "cr_code", None)
        if code is None or not self._is_library(code.co_filename):
            return
        frame, _ = self.recorder.sites.walk(sys._getframe(2))
        if frame is not None:
            self.made[task] = handed_at(self.recorder, frame)

    def _is_library(self, path: str) -> bool:
        """Whether a coroutine's file is Django's, or ours around asgiref's."""
        found = self._files.get(path)
        if found is None:
            if len(self._files) > _FILES:
                self._files.clear()
            found = self._files[path] = path == __file__ or _PACKAGE in path
        return found

    def made_by(self) -> Optional[Handed]:
        """Who made the task that runs here, else who waits for it."""
        task = running_task()
        if task is None:
            return None
        found: Optional[Handed] = self.made.get(task)
        if found is not None:
            return found
        frame = self.recorder.sites.awaiter("django")
        return None if frame is None else handed_at(self.recorder, frame)
