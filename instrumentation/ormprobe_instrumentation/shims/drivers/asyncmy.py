"""asyncmy: its cursors are of C, so those that an app asks for are of a subclass."""

from __future__ import annotations

import functools
import sys
from typing import Any, Dict

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from .layers import Layer
from .mysql import MySql
from .mysql_async import cursor_makers, wrap_connection
from .mysql_pools import wrap_pool
from .raw import Driver

NAME = "asyncmy"
ROLE = "driver"
TRIGGER = "asyncmy"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    error: Any = sys.modules["asyncmy.errors"].Error
    connection: Any = sys.modules["asyncmy.connection"].Connection
    plain: Any = sys.modules["asyncmy.cursors"].Cursor
    drivers = Driver(recorder, switch, NAME, "mysql")
    probe = MySql(drivers, error, "connection", "_client_flag")
    methods: Dict[str, Any] = {"__slots__": ()}
    for name, make in cursor_makers(probe).items():
        original = getattr(plain, name)
        methods[name] = functools.wraps(original)(make(original))
    cursors = Layer(plain, type(plain.__name__, (plain,), methods))
    wrap_connection(hooks, probe, connection, "connect")
    hooks.wrap(connection, "cursor", _make_cursor(probe, cursors))
    wrap_pool(hooks, probe, sys.modules["asyncmy.pool"].Pool)


def _make_cursor(probe: MySql, cursors: Layer) -> Any:
    frame_at, drivers = sys._getframe, probe.drivers

    def make(original: Any) -> Any:
        def cursor(self: Any, cursor: Any = None) -> Any:
            if drivers.is_on() and not drivers.callers.is_orm_above(frame_at(1)):
                try:
                    cursor = cursors.under(cursor or self._cursor_cls)
                except Exception as error:
                    drivers.switch.fail(error)
            return original(self, cursor)

        return cursor

    return make
