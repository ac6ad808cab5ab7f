"""aiosqlite: who asked is found here, and carried to the thread in which sqlite3 works."""

from __future__ import annotations

import sys
from typing import Any, Optional

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from .callers import Caller
from .carried import carry
from .disguise import hide
from .errors import closing, failed, note_closed
from .raw import Connection, Driver

NAME = "aiosqlite"
ROLE = "driver"
TRIGGER = "aiosqlite.core"

_STATE = "_ormprobe"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    core: Any = sys.modules[TRIGGER]
    drivers = Driver(recorder, switch, NAME, "sqlite")

    def asked(frame: Any, connection: Any = None) -> Optional[Caller]:
        if drivers.is_on():
            try:
                caller = drivers.callers.of(frame, task=connection is not None)
                if caller is not None and caller.is_bare():
                    state = getattr(connection._connection, "_ormprobe", None)
                    if state is None or state.link is not None:
                        return None
                return caller
            except Exception as error:
                switch.fail(error)
        return None

    def make_execute(original: Any) -> Any:
        def _execute(self: Any, fn: Any, *args: Any, **kwargs: Any) -> Any:
            caller = asked(sys._getframe(1), self)
            if caller is None:
                return original(self, fn, *args, **kwargs)
            return run(original, self, fn, args, kwargs, caller)

        return _execute

    async def run(original: Any, self: Any, fn: Any, args: Any, kwargs: Any, caller: Caller) -> Any:
        state = self.__dict__.get(_STATE)
        if state is None and self._connection is not None:
            state = self.__dict__[_STATE] = getattr(self._connection, "_ormprobe", None)
        ends = getattr(fn, "__name__", "") == "close" and (
            getattr(fn, "__self__", None) is self._connection
        )
        if ends and state is not None:
            try:
                note_closed(drivers, state, caller)
            except Exception as error:
                switch.fail(error)
        work = carry(caller, recorder.current(), fn)
        try:
            return await original(self, work, *args, **kwargs)
        except BaseException as error:
            note_failure(error, caller, state, args)
            hide(error)
            raise

    def note_failure(
        error: BaseException, caller: Caller, state: Optional[Connection], args: Any
    ) -> None:
        base = sys.modules["sqlite3"].Error
        if drivers.is_on() and isinstance(error, (base, ValueError)):
            try:
                text = args[0] if args and isinstance(args[0], str) else None
                closed = None if state is None else closing(state)
                failed(drivers, error, caller, state, text, closed=closed)
            except Exception as own:
                switch.fail(own)

    def make_connect(original: Any) -> Any:
        def _connect(self: Any) -> Any:
            caller = asked(sys._getframe(1))
            if caller is None or self._connection is not None:
                return original(self)
            return connect(original, self, caller)

        return _connect

    async def connect(original: Any, self: Any, caller: Caller) -> Any:
        self._connector = carry(caller, recorder.current(), self._connector)
        try:
            made = await original(self)
        except BaseException as error:
            note_failure(error, caller, None, ())
            hide(error)
            raise
        self.__dict__[_STATE] = getattr(self._connection, "_ormprobe", None)
        return made

    def read(self: Any) -> Any:
        """The connection, or the error that there is none any more."""
        try:
            return present(self)
        except ValueError as error:
            caller = asked(sys._getframe(1))
            if caller is not None:
                note_failure(error, caller, self.__dict__.get(_STATE), ())
            hide(error)
            raise

    hooks.wrap(core.Connection, "_execute", make_execute)
    hooks.wrap(core.Connection, "_connect", make_connect)
    held: Any = getattr(core.Connection, "_conn", None)
    if isinstance(held, property) and held.fget is not None:
        present: Any = held.fget
        core.Connection._conn = property(read, held.fset, held.fdel, held.__doc__)
        hooks.undo_with(setattr, core.Connection, "_conn", held)
