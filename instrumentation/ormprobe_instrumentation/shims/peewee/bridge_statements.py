"""Statements of asynchronous databases: from the greenlet, and those that the app awaits itself."""

from __future__ import annotations

import sys
from time import perf_counter_ns
from typing import Any

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from .failures import statement_failed
from .statements import Statements, make_execute

BRIDGE = "greenlet_spawn"
"""The function that awaits for the greenlet: what it awaits is seen in the greenlet itself."""


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    module: Any = sys.modules["playhouse.pwasyncio"]
    statements = Statements(recorder)

    def make_direct(original: Any) -> Any:
        async def aexecute_sql(self: Any, sql: Any, params: Any = None) -> Any:
            bridged = sys._getframe(1).f_code.co_name == BRIDGE
            started = perf_counter_ns()
            try:
                cursor = await original(self, sql, params)
            except BaseException as error:
                if not bridged and switch.on and recorder.on:
                    try:
                        statement_failed(recorder, self, sql, error)
                    except Exception as own:
                        switch.fail(own)
                hide_own_frame(error)
                raise
            if not bridged and switch.on and recorder.on:
                try:
                    statements.record(self, cursor, sql, params, started)
                except Exception as error:
                    switch.fail(error)
            return cursor

        return aexecute_sql

    def make_stream(original: Any) -> Any:
        async def execute_iter(self: Any, sql: Any, params: Any = None) -> Any:
            started = perf_counter_ns()
            database: Any = sys._getframe(1).f_locals.get("self")
            known = hasattr(database.__class__, "get_sql_context")
            try:
                cursor = await original(self, sql, params)
            except BaseException as error:
                if known and switch.on and recorder.on:
                    try:
                        statement_failed(recorder, database, sql, error)
                    except Exception as own:
                        switch.fail(own)
                hide_own_frame(error)
                raise
            if known and switch.on and recorder.on:
                try:
                    statements.record(database, cursor, sql, params, started)
                except Exception as error:
                    switch.fail(error)
            return cursor

        return execute_iter

    hooks.wrap(module.AsyncDatabaseMixin, "execute_sql", make_execute(recorder, switch))
    hooks.wrap(module.AsyncDatabaseMixin, "aexecute_sql", make_direct)
    for kind in type.__subclasses__(module.AsyncConnectionWrapper):
        if "execute_iter" in vars(kind):
            hooks.wrap(kind, "execute_iter", make_stream)
