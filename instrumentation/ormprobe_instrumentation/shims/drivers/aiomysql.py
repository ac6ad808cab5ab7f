"""aiomysql: PyMySQL's protocol awaited, with a pool of its own."""

from __future__ import annotations

import sys
from typing import Any

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from .mysql import MySql
from .mysql_async import cursor_makers, wrap_connection
from .mysql_pools import wrap_pool
from .raw import Driver

NAME = "aiomysql"
ROLE = "driver"
TRIGGER = "aiomysql"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    aiomysql: Any = sys.modules[TRIGGER]
    error: Any = sys.modules["pymysql.err"].Error
    drivers = Driver(recorder, switch, NAME, "mysql")
    probe = MySql(drivers, error, "_connection", "client_flag")
    kind: Any = sys.modules["aiomysql.cursors"].Cursor
    for name, make in cursor_makers(probe).items():
        hooks.wrap(kind, name, make)
    wrap_connection(hooks, probe, sys.modules["aiomysql.connection"].Connection, "_connect")
    wrap_pool(hooks, probe, aiomysql.pool.Pool)
