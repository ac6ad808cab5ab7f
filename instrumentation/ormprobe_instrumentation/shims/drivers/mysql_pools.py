"""The pools of aiomysql and asyncmy: who holds their connections, who waited for one in vain."""

from __future__ import annotations

import sys
from typing import Any

from ...hooks import Hooks
from ...loops import running_task
from .callers import Caller
from .disguise import hide
from .mysql import MySql
from .pools import Pools


def wrap_pool(hooks: Hooks, probe: MySql, kind: Any) -> None:
    """Neither pool has a time-out of its own: what ends the wait is the app's, and cancels it."""
    pools, drivers, frame_at = (
        Pools(probe.drivers, probe.asked, probe.state),
        probe.drivers,
        sys._getframe,
    )

    def _asked(frame: Any) -> Any:
        """Who waits: `wait_for` makes the wait a task, on whose stack there is no line."""
        caller = probe.asked(frame)
        if caller is None and drivers.is_on():
            try:
                found = drivers.callers.of(frame, task=True)
                waiting = drivers.recorder.sites.awaiter_of(running_task())
                if found is not None and waiting is not None:
                    caller = Caller("app", None, waiting)
            except Exception as error:
                drivers.switch.fail(error)
        return caller

    def make_acquire(original: Any) -> Any:
        async def _acquire(self: Any) -> Any:
            caller = _asked(frame_at(1))
            try:
                connection = await original(self)
            except BaseException as error:
                if caller is not None and drivers.is_on() and _cancelled(error):
                    pools.exhausted(self, error, caller)
                hide(error)
                raise
            if caller is not None and drivers.is_on():
                try:
                    pools.taken(self, probe.state(connection), caller)
                except Exception as error:
                    drivers.switch.fail(error)
            return connection

        return _acquire

    def make_release(original: Any) -> Any:
        def release(self: Any, conn: Any) -> Any:
            caller = probe.asked(frame_at(1))
            state = probe.known(conn)
            if state is not None and drivers.is_on():
                try:
                    pools.reset(self, state, caller)
                except Exception as error:
                    drivers.switch.fail(error)
            return original(self, conn)

        return release

    hooks.wrap(kind, "_acquire", make_acquire)
    hooks.wrap(kind, "release", make_release)


def _cancelled(error: BaseException) -> bool:
    asyncio: Any = sys.modules.get("asyncio")
    return asyncio is not None and isinstance(error, asyncio.CancelledError)
