"""Transactions: one record at the end of each, with the writes that it settled and who ended it."""

from __future__ import annotations

import sys
from typing import Any, List, Optional, Tuple

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from .engines import KEY

_WRITES_KEPT = 64
_SEQUENCE = "_Connection__savepoint_seq"


class Transaction:
    """An open transaction of one connection, from its first statement on."""

    __slots__ = (
        "id",
        "connection",
        "session",
        "began",
        "statements",
        "writes",
        "more",
        "savepoints",
        "last_site",
        "scope",
    )

    def __init__(self, recorder: Recorder, connection: int, session: int = 0) -> None:
        self.id = recorder.number()
        self.connection = connection
        self.session = session
        self.began = recorder.at()
        self.statements = 0
        self.writes: List[int] = []
        self.more = 0
        self.savepoints: Optional[List[Tuple[str, int]]] = None
        self.last_site = 0
        self.scope = recorder.scope.get()

    def wrote(self, statement: int) -> None:
        if len(self.writes) < _WRITES_KEPT:
            self.writes.append(statement)
        else:
            self.more += 1


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    from sqlalchemy import event
    from sqlalchemy.engine import Engine
    from sqlalchemy.pool import Pool

    def ended(conn: Any, how: str) -> None:
        if switch.on:
            try:
                link = conn.info.get(KEY)
                if link is not None and link.transaction is not None:
                    transaction, link.transaction = link.transaction, None
                    end(recorder, transaction, how)
            except Exception as error:
                switch.fail(error)

    def commit(conn: Any) -> None:
        ended(conn, "commit")

    def rollback(conn: Any) -> None:
        ended(conn, "rollback")

    def commit_twophase(conn: Any, xid: Any, is_prepared: bool) -> None:
        ended(conn, "commit")

    def rollback_twophase(conn: Any, xid: Any, is_prepared: bool) -> None:
        ended(conn, "rollback")

    def mark(conn: Any, action: str, name: Any) -> None:
        if switch.on:
            try:
                if name is None:  # a nested transaction gets its name after the event
                    name = "sa_savepoint_%d" % (getattr(conn, _SEQUENCE, 0) + 1)
                link = conn.info.get(KEY)
                if link is not None and link.transaction is not None:
                    savepoint(recorder, link.transaction, action, name)
                elif link is not None and action == "begin":
                    link.transaction = Transaction(recorder, link.number)
                    savepoint(recorder, link.transaction, action, name)
            except Exception as error:
                switch.fail(error)

    def begin_savepoint(conn: Any, name: Any) -> None:
        mark(conn, "begin", name)

    def release_savepoint(conn: Any, name: str, context: Any) -> None:
        mark(conn, "release", name)

    def rollback_savepoint(conn: Any, name: str, context: Any) -> None:
        mark(conn, "rollback", name)

    def returned(record: Any) -> None:
        if switch.on:
            try:
                link = record.info.get(KEY) if record is not None else None
                if link is not None and link.transaction is not None:
                    transaction, link.transaction = link.transaction, None
                    end(recorder, transaction, "reset")
            except Exception as error:
                switch.fail(error)

    # the exact signatures matter: SQLAlchemy takes others for a legacy form and warns
    def reset(dbapi_connection: Any, connection_record: Any, reset_state: Any) -> None:
        returned(connection_record)

    def reset_1_4(dbapi_connection: Any, connection_record: Any) -> None:
        returned(connection_record)

    engine_events = (
        ("commit", commit),
        ("rollback", rollback),
        ("commit_twophase", commit_twophase),
        ("rollback_twophase", rollback_twophase),
        ("savepoint", begin_savepoint),
        ("release_savepoint", release_savepoint),
        ("rollback_savepoint", rollback_savepoint),
    )
    for moment, listener in engine_events:
        event.listen(Engine, moment, listener)
        hooks.undo_with(event.remove, Engine, moment, listener)
    resetting = reset if _two_or_later() else reset_1_4
    event.listen(Pool, "reset", resetting)
    hooks.undo_with(event.remove, Pool, "reset", resetting)


def _two_or_later() -> bool:
    version = str(getattr(sys.modules["sqlalchemy"], "__version__", "2"))
    return not version.startswith(("0.", "1."))


def end(recorder: Recorder, transaction: Transaction, how: str) -> None:
    """Record the end: at once when it settled writes, else riding on the next event."""
    scope = recorder.scope.get()
    head = (
        '{"kind":"transaction","id":%d,"at":%d,"scope":%s,"session":%s,"connection":%d,"end":"%s",'
        '"statements":%d,"began":%d,"writes":%s'
        % (
            transaction.id,
            recorder.at(),
            "null" if scope is None else scope.id,
            transaction.session or "null",
            transaction.connection,
            how,
            transaction.statements,
            transaction.began,
            transaction.writes,
        )
    )
    if not transaction.writes:
        recorder.later(head + ',"by":"unknown"}\n')
        return
    frame, passed = recorder.sites.walk(sys._getframe(2))
    by = _who(how, passed, frame is not None)
    more = ',"more":%d' % transaction.more if transaction.more else ""
    frames = recorder.frames(2, 8)
    line = '%s,"by":"%s","site":%d,"frames":%s%s}\n'
    recorder.now(line % (head, by, recorder.site(frame), frames, more))


def _who(how: str, passed: Any, seen_app: bool) -> str:
    """Who asked for the end, from the outermost function of SQLAlchemy that was called."""
    names = [name for name, _ in passed or ()]
    asked = names[-1] if names else ""
    if how == "commit":
        return "exit" if asked == "exit" else "app"
    if asked == "rollback":
        return "app"
    if sys.exc_info()[0] is not None:
        return "exception"
    if asked in ("close", "exit", "checkin", "end"):
        return "close" if asked != "exit" else "exit"
    if asked in ("flush", "autoflush", "commit"):
        return "orm"
    return "gc" if how == "reset" else "unknown"


def savepoint(recorder: Recorder, transaction: Transaction, action: str, name: str) -> None:
    """Record a savepoint's life; its rollback names the writes that it undid."""
    points = transaction.savepoints
    if points is None:
        points = transaction.savepoints = []
    undone: Optional[List[int]] = None
    if action == "begin":
        points.append((name, len(transaction.writes)))
    else:
        while points:
            found, start = points.pop()
            if found == name:
                if action == "rollback":
                    undone = transaction.writes[start:]
                    del transaction.writes[start:]
                break
    recorder.rider(
        "savepoint", transaction=transaction.id, at=recorder.at(), action=action, writes=undone
    )
