"""Errors that a client raises and that are not Tortoise's own: the driver's, and the loop's."""

from __future__ import annotations

from typing import Any, Dict, List

from ...errors import error_number, note
from ...recorder import Recorder
from ...scrub import scrub_sql, words_of
from .handles import handle_of, is_transaction
from .operations import current_operation

ENDED = "_ormprobe_ended"
"""Of a transaction's client, in its `__dict__`: (at, site, task) of the end of its block."""

_MAX_FRAMES = 24


def failed(recorder: Recorder, error: BaseException, client: Any, frame: Any, **more: Any) -> None:
    """Record an error that passes a client's method on its way to the app, once.

    frame: of who called the client. Exceptions that only stop a task are no errors, unless more is
    known of them.
    """
    if error_number(error) is not None:
        return
    if not isinstance(error, Exception) and not more:
        return
    fields: Dict[str, Any] = {**about(recorder, client), **more}
    frames = frames_of(recorder, frame)
    if frames:
        fields["frames"] = frames
        fields["site"] = frames[0]
    note(recorder, error, **fields)


def frames_of(recorder: Recorder, frame: Any) -> List[int]:
    """The app's lines that asked for what failed, innermost first, also from another task."""
    stack = recorder.sites.app_stack(frame, _MAX_FRAMES)
    if not stack:
        outer = recorder.sites.awaiter("tortoise")
        stack = [] if outer is None else [outer]
    return [recorder.site(found) for found in stack]


def about(recorder: Recorder, client: Any) -> Dict[str, Any]:
    """The statement that is being sent, its connection and transaction."""
    operation = current_operation()
    fields: Dict[str, Any] = {}
    handle = None
    if operation is not None:
        if isinstance(operation.text, str):
            # its identifiers: what stands in literals is the user's
            recorder.know(words_of((scrub_sql(operation.text, recorder.digests),)))
            fields["statement"] = recorder.sql(operation.text)[0]
        client, handle = operation.client, operation.handle
    if client is None:
        return fields
    if handle is None:
        handle = handle_of(recorder, client)
    transaction = handle.transaction if is_transaction(client) else None
    fields["connection"] = handle.number
    fields["transaction"] = None if transaction is None else transaction.id
    fields["engine_site"] = made_at(client)
    closed = handle.closed
    if closed is None:
        closed = client.__dict__.get(ENDED)
    if closed is not None:
        fields["closed"] = closing_of(closed)
    return fields


def made_at(client: Any) -> Any:
    from .handles import MADE, outermost

    return outermost(client).__dict__.get(MADE) or None


def closing_of(closed: Any) -> Dict[str, Any]:
    """The field `closed` of an error."""
    at, site, task = closed
    found = {"at": at, "site": site or None, "task": task}
    return {name: value for name, value in found.items() if value is not None}
