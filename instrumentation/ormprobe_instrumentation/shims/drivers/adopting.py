"""Connections that SQLAlchemy opens, made known to the shims of their drivers.

What the app then sends over one by itself bears SQLAlchemy's number of the connection, and a write
is settled with SQLAlchemy's transaction.
"""

from __future__ import annotations

from typing import Any, Optional

from .raw import KNOWN, Connection

_STATE = "_ormprobe"


def adopt(connection: Any, link: Any) -> None:
    """Tie a driver's connection to the link that SQLAlchemy's shim keeps of it."""
    name = type(connection).__module__.partition(".")[0]
    if name == "aiosqlite":
        connection, name = connection._connection, "sqlite3"
    elif name == "asyncpg":
        connection = connection._protocol
    elif type(connection).__mro__[-2].__module__ == "sqlite3":  # also of the app's own class
        name = "sqlite3"
    elif hasattr(connection.__class__, _STATE):
        name = "psycopg2"
    drivers = KNOWN.get(name)
    if drivers is None or not drivers.is_on():
        return
    state: Optional[Connection] = getattr(connection, _STATE, None)
    if state is None:
        state = Connection(drivers)
        setattr(connection, _STATE, state)
    state.link, state.number, state.file = link, link.number, link.file
    if state.announced:
        link.announced = True
