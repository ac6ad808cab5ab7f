"""PyMySQL: its cursors and connections are classes of Python, whose methods are wrapped."""

from __future__ import annotations

import sys
from typing import Any

from ...errors import follow
from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from .mysql import MySql
from .mysql_sync import wrap_connection, wrap_cursor
from .raw import Driver

NAME = "pymysql"
ROLE = "driver"
TRIGGER = "pymysql"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    pymysql: Any = sys.modules[TRIGGER]
    error = pymysql.err.Error
    probe = MySql(Driver(recorder, switch, NAME, "mysql"), error, "connection", "client_flag")
    wrap_cursor(hooks, probe, sys.modules["pymysql.cursors"].Cursor)
    wrap_connection(hooks, probe, pymysql.connections.Connection, "connect")
    follow(hooks, error)
