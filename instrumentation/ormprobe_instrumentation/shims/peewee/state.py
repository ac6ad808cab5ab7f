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
    found = getattr(conn, "in_transaction", None)  # sqlite3
    if type(found) is bool:
        return found
    pgconn = getattr(conn, "pgconn", None)
    if pgconn is not None:  # psycopg
        return bool(pgconn.transaction_status)
    asked = getattr(conn, "get_transaction_status", None)  # psycopg2, PyMySQL
    return None if asked is None else bool(asked())
