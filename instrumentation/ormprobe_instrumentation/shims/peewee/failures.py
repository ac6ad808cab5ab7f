"""Statements that failed: the error's record with what only the database knows of it."""

from __future__ import annotations

import sys
from typing import Any, Dict, Optional

from ...errors import error_number, note
from ...exceptions import head_of
from ...recorder import Recorder
from ...scrub import scrub_sql, words_of
from .links import known_link, made_at
from .queries import asked_by, entity_of
from .schema import tell_models
from .state import connection_of
from .surroundings import surroundings


def statement_failed(recorder: Recorder, database: Any, text: Any, error: BaseException) -> None:
    """Complete the record of an error that a statement raised; called by the hook itself."""
    if not isinstance(error, Exception):  # cancelled, interrupted
        return
    frame = sys._getframe(2)
    query, _, _ = asked_by(recorder, database, frame)
    model = getattr(query, "model", None)
    tell_models(recorder, model)
    sql: Optional[int] = None
    if isinstance(text, str):
        # its identifiers: what stands in literals is the user's
        recorder.know(words_of((scrub_sql(text, recorder.digests),)))
        sql = recorder.sql(text)[0]
    fields = around(recorder, database)
    fields["statement"] = sql
    if type(error).__name__ != "MissingGreenletBridge":  # which is about an attribute, or nothing
        fields["entity"] = entity_of(query, None)
    number = error_number(error)
    if number is None:
        note(recorder, error, **{**surroundings(recorder, error, frame), **fields})
        return
    complete(recorder, number, error, frame, fields)


def operation_failed(recorder: Recorder, database: Any, error: BaseException) -> None:
    """Complete the record of an error that opening, beginning or ending raised."""
    number = error_number(error)
    if number is not None:
        complete(recorder, number, error, sys._getframe(2), around(recorder, database))


def complete(
    recorder: Recorder, number: int, error: BaseException, frame: Any, fields: Dict[str, Any]
) -> None:
    """Write again what an error is, now that more is known, with its driver's exception."""
    head = head_of(recorder, error, frame)
    chain: Any = None
    original = getattr(error, "orig", None)
    if isinstance(original, BaseException):
        inner = head_of(recorder, original, frame)
        head["db.response.status_code"] = inner["db.response.status_code"]
        chain = [{name: value for name, value in inner.items() if value is not None}]
    recorder.event("error", id=number, at=recorder.at(), **head, **fields, chain=chain)


def around(recorder: Recorder, database: Any) -> Dict[str, Any]:
    """The connection and transaction that a database is in."""
    link = known_link(recorder, connection_of(database))
    transaction = None if link is None else link.transaction
    return {
        "connection": None if link is None else link.number,
        "transaction": None if transaction is None else transaction.id,
        "engine_site": made_at(database),
    }
