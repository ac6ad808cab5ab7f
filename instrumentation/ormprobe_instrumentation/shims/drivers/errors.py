"""Errors of raw driver calls, with the statement and connection that they are about.

Recorded where the call raises, not where the object is made: what SQLAlchemy wraps is in the chain
of its own error already, and servers' errors are made in the event loop, far from any line.
"""

from __future__ import annotations

from typing import Any, Dict, Optional

from ...errors import error_number, note
from ...events import MAX_FRAMES
from ...loops import task_number
from ...scrub import scrub_sql, words_of
from .callers import Caller
from .raw import Connection, Driver


def failed(
    drivers: Driver,
    error: BaseException,
    caller: Caller,
    connection: Optional[Connection] = None,
    text: Optional[str] = None,
    inside: bool = False,
    **more: Any,
) -> None:
    """Record an error that a raw call raises into the frame of its caller.

    inside: whether a transaction is open after it, which the error may have broken.
    """
    if error_number(error) is not None:
        return
    recorder = drivers.recorder
    if text is not None:  # its identifiers: what stands in literals is the user's
        recorder.know(words_of((scrub_sql(text, recorder.digests),)))
    if connection is not None:
        drivers.announce(connection)
        if inside and connection.is_enclosed():
            connection.begin().statements += 1

    fields: Dict[str, Any] = {"statement": None if text is None else recorder.sql(text)[0]}
    if connection is not None:
        transaction = connection.open_transaction()
        fields["connection"] = connection.number
        fields["transaction"] = None if transaction is None else transaction.id
    if caller.frame is not None:
        # an exception thrown into an awaitable that is no coroutine is on a stack without the app
        found = recorder.sites.app_frames(caller.frame, MAX_FRAMES)
        fields["frames"] = [recorder.site_number(site) for site in found]
        fields["site"] = fields["frames"][0] if found else None
    note(recorder, error, **{**fields, **more})


def closing(connection: Connection) -> Optional[Dict[str, Any]]:
    """Where and when a connection had been closed or given back, for the error that says so."""
    closed = connection.closed
    if closed is None:
        return None
    at, site, task = closed
    found = {"at": at, "site": site or None, "task": task}
    return {name: value for name, value in found.items() if value is not None}


def note_closed(drivers: Driver, connection: Connection, caller: Optional[Caller]) -> None:
    """Keep the line that closes a connection, or gives it back to its pool."""
    recorder = drivers.recorder
    site = 0 if caller is None else recorder.site(caller.frame)
    connection.closed = (recorder.at(), site, task_number())
