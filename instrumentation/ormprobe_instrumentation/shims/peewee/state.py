"""What a database and its driver know of a connection: asked, never changed."""

from __future__ import annotations

from typing import Any, Optional


def connection_of(database: Any) -> Any:
    """The connection that a database uses here, None for none."""
    try:
        return database._state.conn
    except Exception:  # outside of a task, or of the app's own state
        return None


def is_inside(conn: Any) -> Optional[bool]:
    """Whether a transaction is open on a connection, None where its driver does not say."""
    try:
        return _asked(conn)
    except Exception:  # it is closed, or no longer the asker's
        return None


def _asked(conn: Any) -> Optional[bool]:
    conn = getattr(conn, "conn", conn)  # of the bridge's own class, around the driver's
    found = getattr(conn, "in_transaction", None)  # sqlite3
    if type(found) is bool:
        return found
    pgconn = getattr(conn, "pgconn", None)
    if pgconn is not None:  # psycopg
        return bool(pgconn.transaction_status)
    for name in ("get_transaction_status", "is_in_transaction"):  # psycopg2, PyMySQL; asyncpg
        asked = getattr(conn, name, None)
        if asked is not None:
            return bool(asked())
    return None
