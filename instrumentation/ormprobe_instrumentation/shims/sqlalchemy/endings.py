"""Who ends a session or connection of SQLAlchemy's asyncio, carried to where it ends.

The work runs in a greenlet, which knows of no exception outside of it, and the end of a block in a
task of its own, which no line of the app is in.
"""

from __future__ import annotations

import sys
from contextvars import ContextVar
from typing import Any, List, Optional, Tuple

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch

_EXITS = ("AsyncSession", "_AsyncSessionContextManager", "AsyncConnection")
_CLOSES: Tuple[Tuple[str, Tuple[str, ...]], ...] = (
    ("AsyncSession", ("close", "reset", "invalidate", "rollback")),
    ("AsyncConnection", ("close", "invalidate", "rollback")),
    ("AsyncTransaction", ("close", "rollback")),
)


class Ending:
    """The end that the app asked for.

    asked: "exit" of a block, "close" or "rollback". raised: whether an exception was on its way.
    site, owner, frames: the app's line, the line that its block was entered at, and the lines
    above it.
    """

    __slots__ = ("asked", "raised", "site", "owner", "frames", "over")

    def __init__(self, recorder: Recorder, asked: str, raised: bool, frame: Any) -> None:
        found, _ = recorder.sites.walk(frame)
        if found is None:
            found = recorder.sites.awaiter("sqlalchemy")
        self.asked = asked
        self.raised = raised
        self.site = recorder.site(found)
        self.owner = recorder.site(recorder.sites.entered_by(found))
        self.frames: List[int] = []
        if found is not None:
            self.frames = [self.site, *recorder.callers(found)]
        self.over = False


_current: ContextVar[Optional[Ending]] = ContextVar("ormprobe_ending", default=None)


def current_ending() -> Optional[Ending]:
    """The end that is being made here; a task that was started by one may outlive it."""
    found = _current.get()
    return None if found is None or found.over else found


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    from sqlalchemy.ext.asyncio import engine, session

    def make_exit(original: Any) -> Any:
        async def __aexit__(self: Any, type_: Any, value: Any, traceback: Any) -> Any:
            entered = None
            if switch.on and current_ending() is None:
                try:
                    entered = _enter(recorder, "exit", type_ is not None)
                except Exception as error:
                    switch.fail(error)
            try:
                return await original(self, type_, value, traceback)
            except BaseException as error:
                hide_own_frame(error)
                raise
            finally:
                _leave(entered)

        return __aexit__

    def make_close(original: Any) -> Any:
        asked = "rollback" if getattr(original, "__name__", "") == "rollback" else "close"

        async def close(self: Any, *args: Any, **kwargs: Any) -> Any:
            entered = None
            if switch.on and current_ending() is None:
                try:
                    entered = _enter(recorder, asked, False)
                except Exception as error:
                    switch.fail(error)
            try:
                return await original(self, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            finally:
                _leave(entered)

        return close

    for module in (engine, session):
        for name in _EXITS:
            kind = vars(module).get(name)
            if kind is not None and "__aexit__" in vars(kind):
                hooks.wrap(kind, "__aexit__", make_exit)
        for name, methods in _CLOSES:
            kind = vars(module).get(name)
            for method in methods:
                if kind is not None and method in vars(kind):
                    hooks.wrap(kind, method, make_close)


def _enter(recorder: Recorder, asked: str, raised: bool) -> Any:
    raised = raised or sys.exc_info()[0] is not None
    found = Ending(recorder, asked, raised, sys._getframe(1).f_back)
    return found, _current.set(found)


def _leave(entered: Any) -> None:
    if entered is not None:
        found, token = entered
        found.over = True
        try:
            _current.reset(token)
        except (ValueError, RuntimeError):  # closed in another context
            pass
