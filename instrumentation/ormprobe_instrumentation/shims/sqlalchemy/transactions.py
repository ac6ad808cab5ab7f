"""Transactions: one record at the end of each, with the writes that it settled and who ended it."""

from __future__ import annotations

import sys
from typing import Any, Dict, Optional, Tuple

from ...errors import note
from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from ..transaction import Transaction
from .endings import Ending, current_ending
from .engines import KEY, connection_link, on_dialect, wrap_own

_ENDED_KEPT = 512

ended: Dict[int, Tuple[int, int]] = {}
"""By session, when and where its last transaction that wrote was ended."""


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    """Hook the dialect, which ends every transaction, those of a returned connection included."""
    from sqlalchemy import event
    from sqlalchemy.engine.default import DefaultDialect
    from sqlalchemy.pool import Pool

    def closed(dbapi_connection: Any, connection_record: Any) -> None:
        if switch.on:  # invalidated, or lost by the server: nothing is rolled back any more
            try:
                _settle(recorder, connection_record, "close")
            except Exception as error:
                switch.fail(error)

    def make_end(how: str) -> Any:
        def make(original: Any) -> Any:
            def do_end(self: Any, dbapi_connection: Any) -> Any:
                try:
                    result = original(self, dbapi_connection)
                except BaseException as error:
                    if switch.on:
                        _failed(recorder, switch, error)
                    hide_own_frame(error)
                    raise
                if switch.on:
                    try:
                        record = getattr(dbapi_connection, "_connection_record", None)
                        if record is not None:
                            _settle(recorder, record, how)
                    except Exception as error:
                        switch.fail(error)
                return result

            return do_end

        return make

    def make_savepoint(action: str) -> Any:
        def make(original: Any) -> Any:
            def do_savepoint(self: Any, connection: Any, name: str) -> Any:
                try:
                    result = original(self, connection, name)
                except BaseException as error:
                    hide_own_frame(error)
                    raise
                if switch.on:
                    try:
                        savepoint(recorder, connection_link(recorder, connection), action, name)
                    except Exception as error:
                        switch.fail(error)
                return result

            return do_savepoint

        return make

    moments = (
        ("do_commit", make_end("commit")),
        ("do_rollback", make_end("rollback")),
        ("do_savepoint", make_savepoint("begin")),
        ("do_release_savepoint", make_savepoint("release")),
        ("do_rollback_to_savepoint", make_savepoint("rollback")),
    )
    wrap_own(hooks, DefaultDialect, moments)
    on_dialect(recorder, lambda dialect: wrap_own(hooks, dialect.__class__, moments))
    event.listen(Pool, "close", closed)
    hooks.undo_with(event.remove, Pool, "close", closed)


def _failed(recorder: Recorder, switch: Switch, error: BaseException) -> None:
    """Record an exception that the pool is going to swallow."""
    try:
        if isinstance(error, Exception):
            _, passed = recorder.sites.walk(sys._getframe(2))
            if "reset" in [name for name, _ in passed or ()]:
                note(recorder, error, fate="library")
    except Exception as problem:
        switch.fail(problem)


def _settle(recorder: Recorder, record: Any, how: str) -> None:
    """End the transaction of a pool's record, unless it is a parent process's."""
    link = record.__dict__.get(KEY)
    if link is not None and link.transaction is not None and link.file == recorder.started:
        end(recorder, link, how)


def end(recorder: Recorder, link: Any, how: str) -> None:
    """Record the end: at once when it settled writes, else riding on the next event."""
    transaction, link.transaction = link.transaction, None
    if not transaction.settles():
        transaction.end(recorder, how)
        link.lost = False
        return
    frame, passed = recorder.sites.walk(sys._getframe(3))
    asked = None if link.lost else current_ending()
    if how == "rollback" and "reset" in [name for name, _ in passed or ()]:
        how = "reset"
    if asked is None:
        if frame is None:
            frame = recorder.sites.awaiter("sqlalchemy")
        site = recorder.site(frame)
        frames = recorder.frames(4, 8) or ([site] if site else [])
    else:
        site, frames = asked.site, asked.frames
    link.ended = (recorder.at(), site)
    if transaction.session:
        if len(ended) >= _ENDED_KEPT:
            ended.clear()
        ended[transaction.session] = link.ended
    who = _who(link, how, passed, asked)
    link.lost = False
    transaction.end(recorder, how, who, frames, _raised(passed, asked))


def _who(link: Any, how: str, passed: Any, ending: Optional[Ending]) -> str:
    """Who asked for the end, by the outermost function of SQLAlchemy that was called."""
    asked = passed[-1][0] if passed else ""
    if ending is not None and asked != "rollback":
        asked = ending.asked
    if how == "commit":
        return "exit" if asked == "exit" else "app"
    if link.lost:
        return "gc"
    if asked == "rollback":
        return "app"
    if _raised(passed, ending):
        return "exception"
    if asked in ("close", "checkin", "end"):
        return "close"
    if asked in ("flush", "autoflush", "commit"):
        return "orm"
    if asked == "exit":
        return "exit"
    return "gc" if how == "reset" else "unknown"


def _raised(passed: Any, ending: Optional[Ending]) -> bool:
    """Whether an exception is on its way, maybe outside of the greenlet that this runs in."""
    if sys.exc_info()[0] is not None or (ending is not None and ending.raised):
        return True
    for name, frame in passed or ():
        if name == "exit" and frame.f_locals.get("type_") is not None:
            return True
    return False


def savepoint(recorder: Recorder, link: Any, action: str, name: str) -> None:
    """Record a savepoint's life; its rollback names the writes that it undid."""
    transaction = link.transaction
    if transaction is None:
        transaction = link.transaction = Transaction(recorder, link.number)
    transaction.savepoint(recorder, action, name)
