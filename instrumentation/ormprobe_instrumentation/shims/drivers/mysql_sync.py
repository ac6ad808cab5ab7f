"""The methods of a blocking MySQL driver's cursors and connections, each with what it records."""

from __future__ import annotations

import sys
from time import perf_counter_ns
from typing import Any

from ...hooks import Hooks
from .disguise import hide
from .mysql import MySql, called, sized


def wrap_cursor(hooks: Hooks, probe: MySql, kind: Any) -> None:
    frame_at = sys._getframe

    def run(cursor: Any, work: Any, query: Any, binds: Any, many: Any, frame: Any) -> Any:
        caller = probe.asked(frame)
        if caller is None:
            return work()
        connection = probe.connection_of(cursor)
        try:
            busy, mine = probe.begin(connection, caller)
        except Exception as error:
            probe.drivers.switch.fail(error)
            return work()
        started = perf_counter_ns()
        try:
            result = work()
        except BaseException as error:
            probe.failed(error, caller, connection, query, busy)
            raise
        finally:
            probe.done(connection, mine)
        probe.record(cursor, connection, caller, query, started, binds, many)
        return result

    def make_execute(original: Any) -> Any:
        def execute(self: Any, query: Any, args: Any = None) -> Any:
            try:
                work = lambda: original(self, query, args)  # noqa: E731
                return run(self, work, query, args, None, frame_at(1))
            except BaseException as error:
                hide(error)
                raise

        return execute

    def make_many(original: Any) -> Any:
        def executemany(self: Any, query: Any, args: Any) -> Any:
            try:
                if not args:
                    return original(self, query, args)
                work = lambda: original(self, query, args)  # noqa: E731
                return run(self, work, query, None, sized(args), frame_at(1))
            except BaseException as error:
                hide(error)
                raise

        return executemany

    def make_call(original: Any) -> Any:
        def callproc(self: Any, procname: Any, args: Any = ()) -> Any:
            try:
                work = lambda: original(self, procname, args)  # noqa: E731
                return run(self, work, called(procname, args), args, None, frame_at(1))
            except BaseException as error:
                hide(error)
                raise

        return callproc

    hooks.wrap(kind, "execute", make_execute)
    hooks.wrap(kind, "executemany", make_many)
    hooks.wrap(kind, "callproc", make_call)


def wrap_connection(hooks: Hooks, probe: MySql, kind: Any, opens: str) -> None:
    """opens: the name of the method that opens a connection."""
    frame_at = sys._getframe

    def make_open(original: Any) -> Any:
        def connect(self: Any, *args: Any, **kwargs: Any) -> Any:
            caller = probe.asked(frame_at(1), opening=True)
            try:
                result = original(self, *args, **kwargs)
            except BaseException as error:
                probe.failed(error, caller, None)
                hide(error)
                raise
            probe.opened(self, caller)
            return result

        return connect

    def making(after: Any) -> Any:
        def make(original: Any) -> Any:
            def control(self: Any, *args: Any, **kwargs: Any) -> Any:
                caller = None
                if probe.known(self) is not None:
                    caller = probe.asked(frame_at(1))
                try:
                    result = original(self, *args, **kwargs)
                except BaseException as error:
                    probe.failed(error, caller, self)
                    hide(error)
                    raise
                after(self, caller)
                return result

            return control

        return make

    hooks.wrap(kind, opens, make_open)
    hooks.wrap(kind, "commit", making(probe.ending("commit")))
    hooks.wrap(kind, "rollback", making(probe.ending("rollback")))
    hooks.wrap(kind, "begin", making(probe.begun))
    hooks.wrap(kind, "autocommit", making(probe.switched))
    hooks.wrap(kind, "close", making(probe.closed))
    hooks.wrap(kind, "ping", making(probe.pinged))
