"""asgiref 3: the app's line of what an asynchronous method of Django does in a thread.

Every `a*` method, `async for` over a query and each `sync_to_async` of the app goes through one
call, `SyncToAsync.__call__`. It runs on the loop's thread, where the app's line is on the stack or
waits for the task; the work runs in another thread, or in that of a caller of `async_to_sync`,
whose line is not the one that is meant. So a walk stops at asgiref's own frames, and a hook that
finds no line of the app below them asks `handed_by`.
"""

from __future__ import annotations

import sys
from typing import Any

from ...callsite import STOP
from ...handed import hand_on, handed_by, take_back
from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch

__all__ = ["NAME", "ROLE", "TRIGGER", "handed_by", "install"]

NAME = "asgiref"
ROLE = "web"
TRIGGER = "asgiref.sync"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    owner = sys.modules[TRIGGER].SyncToAsync
    walk, awaiter = recorder.sites.walk, recorder.sites.awaiter

    def make_call(original: Any) -> Any:
        async def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
            token = None
            if switch.on:
                try:
                    frame = walk(sys._getframe(1))[0] or awaiter("django")
                    if frame is not None:  # else who handed on the work around this one, if any
                        token = hand_on(recorder, frame)
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
