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
    names = [base.__module__.partition(".")[0] for base in connection.__class__.__mro__]
    name = next((name for name in names if name in KNOWN), "")  # of the app's own class too
    if name == "aiosqlite":
        name, connection = "sqlite3", connection._connection
    elif name == "asyncpg":
        connection = connection._protocol
    if name in ("sqlite3", "psycopg2") and not hasattr(connection.__class__, _STATE):
        return  # it was opened before its shim was there
    drivers = KNOWN.get(name)
    if drivers is None or not drivers.is_on():
        return
    try:
        state: Optional[Connection] = getattr(connection, _STATE, None)
        if state is None:
            state = Connection(drivers)
            setattr(connection, _STATE, state)
        state.link, state.number, state.file = link, link.number, link.file
        if state.announced:
            link.announced = True
    except Exception as error:
        drivers.switch.fail(error)
