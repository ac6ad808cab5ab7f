"""The methods of an asynchronous MySQL driver's cursors and connections, and what they record."""

from __future__ import annotations

import sys
from time import perf_counter_ns
from typing import Any, Dict

from ...hooks import Hooks
from .disguise import hide
from .mysql import MySql, called, sized


def cursor_makers(probe: MySql) -> Dict[str, Any]:
    """What makes, of a method of a class of cursors, the one that stands for it; by name."""
    frame_at = sys._getframe

    async def run(
        cursor: Any, caller: Any, connection: Any, work: Any, query: Any, binds: Any, many: Any
    ) -> Any:
        try:
            busy, mine = probe.begin(connection, caller)
        except Exception as error:
            probe.drivers.switch.fail(error)
            return await work()
        started = perf_counter_ns()
        try:
            result = await work()
        except BaseException as error:
            probe.failed(error, caller, connection, query, busy)
            raise
        finally:
            probe.done(connection, mine)
        probe.record(cursor, connection, caller, query, started, binds, many)
        return result

    def make_execute(original: Any) -> Any:
        async def execute(self: Any, query: Any, args: Any = None) -> Any:
            connection = probe.connection_of(self)
            caller = probe.asked(frame_at(1), connection)
            try:
                if caller is None:
                    return await original(self, query, args)
                work = lambda: original(self, query, args)  # noqa: E731
                return await run(self, caller, connection, work, query, args, None)
            except BaseException as error:
                hide(error)
                raise

        return execute

    def make_many(original: Any) -> Any:
        async def executemany(self: Any, query: Any, args: Any) -> Any:
            connection = probe.connection_of(self)
            caller = probe.asked(frame_at(1), connection) if args else None
            try:
                if caller is None:
                    return await original(self, query, args)
                work = lambda: original(self, query, args)  # noqa: E731
                return await run(self, caller, connection, work, query, None, sized(args))
            except BaseException as error:
                hide(error)
                raise

        return executemany

    def make_call(original: Any) -> Any:
        async def callproc(self: Any, procname: Any, args: Any = ()) -> Any:
            connection = probe.connection_of(self)
            caller = probe.asked(frame_at(1), connection)
            try:
                if caller is None:
                    return await original(self, procname, args)
                work, text = lambda: original(self, procname, args), called(procname, args)
                return await run(self, caller, connection, work, text, args, None)
            except BaseException as error:
                hide(error)
                raise

        return callproc

    return {"execute": make_execute, "executemany": make_many, "callproc": make_call}


def wrap_connection(hooks: Hooks, probe: MySql, kind: Any, opens: str) -> None:
    """opens: the name of the method that opens a connection."""
    frame_at = sys._getframe

    def make_open(original: Any) -> Any:
        async def connect(self: Any, *args: Any, **kwargs: Any) -> Any:
            caller = probe.asked(frame_at(1), opening=True)
            try:
                result = await original(self, *args, **kwargs)
            except BaseException as error:
                probe.failed(error, caller, None)
                hide(error)
                raise
            probe.opened(self, caller)
            return result

        return connect

    def making(after: Any) -> Any:
        def make(original: Any) -> Any:
            async def control(self: Any, *args: Any, **kwargs: Any) -> Any:
                caller = None
                if probe.known(self) is not None:
                    caller = probe.asked(frame_at(1), self)
                try:
                    result = await original(self, *args, **kwargs)
                except BaseException as error:
                    probe.failed(error, caller, self)
                    hide(error)
                    raise
                after(self, caller)
                return result

            return control

        return make

    def make_close(original: Any) -> Any:
        def close(self: Any) -> Any:
            caller = None
            if probe.known(self) is not None:
                caller = probe.asked(frame_at(1))
            result = original(self)
            probe.closed(self, caller)
            return result

        return close

    def make_cursor(original: Any) -> Any:
        def cursor(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return original(self, *args, **kwargs)
            except BaseException as error:  # of a connection that is closed
                probe.failed(error, probe.asked(frame_at(1), self), self)
                hide(error)
                raise

        return cursor

    hooks.wrap(kind, opens, make_open)
    hooks.wrap(kind, "commit", making(probe.ending("commit")))
    hooks.wrap(kind, "rollback", making(probe.ending("rollback")))
    hooks.wrap(kind, "begin", making(probe.begun))
    hooks.wrap(kind, "autocommit", making(probe.switched))
    hooks.wrap(kind, "close", make_close)
    hooks.wrap(kind, "cursor", make_cursor)
    hooks.wrap(kind, "ping", making(probe.pinged))
