"""mysqlclient: classes of Python around those of C, which do not tell the server's status."""

from __future__ import annotations

import sys
from typing import Any

from ...errors import follow
from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from .mysql import MySql, is_end
from .mysql_sync import wrap_connection, wrap_cursor
from .raw import Connection, Driver

NAME = "MySQLdb"
ROLE = "driver"
TRIGGER = "MySQLdb.connections"

_BEGINS = ("BEGIN", "START")
_OUTSIDE = ("", "SET", "SHOW", "USE", "KILL", "FLUSH", "DESCRIBE", "DESC", "EXPLAIN")


class MySqlClient(MySql):
    """Follows transactions by what is sent: the server's status stays in C."""

    def inside(self, connection: Any, state: Connection, text: str) -> bool:
        if is_end(text):
            return False
        word = text.split(None, 1)[0].upper().rstrip(";") if text.strip() else ""
        if word in _BEGINS:
            return True
        try:
            automatic = bool(connection.get_autocommit())
        except self.errors:  # it is closed
            return False
        if word == "SET" and automatic and "AUTOCOMMIT" in text.upper():
            return False
        opened = state.open_transaction() is not None
        return opened if word in _OUTSIDE else opened or not automatic

    def version(self, connection: Any) -> str:
        return str(connection.get_server_info())


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    module: Any = sys.modules[TRIGGER]
    cursors: Any = sys.modules.get("MySQLdb.cursors")
    if cursors is None or not hasattr(module, "_mysql"):  # PyMySQL under the name of MySQLdb
        return
    error = sys.modules["MySQLdb._exceptions"].Error
    drivers = Driver(recorder, switch, NAME, "mysql")
    probe = MySqlClient(drivers, error, "connection", "client_flag")
    wrap_cursor(hooks, probe, cursors.BaseCursor)
    wrap_connection(hooks, probe, module.Connection, "__init__")
    follow(hooks, error)
