"""Transactions: begun and ended by blocks, by the app's own calls, or by SQL that it hands in."""

from __future__ import annotations

import sys
from typing import Any, Optional

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from ..controls import BEGINS, COMMITS, POINTS, is_of_point, point_of
from ..transaction import Transaction
from .failures import operation_failed
from .links import Link, known_link, link_of
from .state import connection_of, is_inside

_CLASSES = ("Database", "SqliteDatabase", "PostgresqlDatabase", "MySQLDatabase")


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    peewee: Any = sys.modules["peewee"]
    for name in _CLASSES:
        wrap_own(hooks, recorder, switch, getattr(peewee, name))


def wrap_own(hooks: Hooks, recorder: Recorder, switch: Switch, kind: Any) -> None:
    """Wrap what a database class defines itself of the ways to begin and end a transaction."""

    def make_begin(original: Any) -> Any:
        def begin(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                result = original(self, *args, **kwargs)
            except BaseException as error:
                _note(recorder, switch, self, error)
                hide_own_frame(error)
                raise
            if switch.on:
                try:
                    begun(recorder, self)
                except Exception as error:
                    switch.fail(error)
            return result

        return begin

    def make_end(how: str) -> Any:
        def make(original: Any) -> Any:
            def end(self: Any, *args: Any, **kwargs: Any) -> Any:
                try:
                    result = original(self, *args, **kwargs)
                except BaseException as error:
                    _note(recorder, switch, self, error)
                    hide_own_frame(error)
                    raise
                if switch.on:
                    try:
                        link = known_link(recorder, connection_of(self))
                        if link is not None:
                            ended(recorder, link, how, sys._getframe(1))
                    except Exception as error:
                        switch.fail(error)
                return result

            return end

        return make

    for name, make in (
        ("begin", make_begin),
        ("commit", make_end("commit")),
        ("rollback", make_end("rollback")),
    ):
        if name in vars(kind):
            hooks.wrap(kind, name, make)


def _note(recorder: Recorder, switch: Switch, database: Any, error: BaseException) -> None:
    if switch.on and recorder.on:
        try:
            operation_failed(recorder, database, error)
        except Exception as own:
            switch.fail(own)


def begun(recorder: Recorder, database: Any) -> None:
    """A transaction was begun."""
    conn = connection_of(database)
    link = known_link(recorder, conn) or link_of(recorder, database, conn)
    if link.transaction is None:
        link.transaction = Transaction(recorder, link.number)


def ended(recorder: Recorder, link: Link, how: str, frame: Any, by: Optional[str] = None) -> None:
    """A transaction was ended; by whom is read from the frames above where it is not given."""
    transaction, link.transaction = link.transaction, None
    if transaction is None:
        return
    if not transaction.settles():
        transaction.end(recorder, how, by or "unknown")
        return
    found, passed = recorder.sites.walk(frame)
    if found is None:
        found = recorder.sites.awaiter("playhouse")
    raised = _raised(passed)
    asked = by or _who(how, raised, passed)
    site = recorder.site(found)
    link.ended = (recorder.at(), site)
    frames = [recorder.site(each) for each in recorder.sites.app_stack(found, 8)]
    transaction.end(recorder, how, asked, frames or ([site] if site else []), raised)


def _who(how: str, raised: bool, passed: Any) -> str:
    left = "exit" in [name for name, _ in passed or ()]
    if how == "commit":
        return "exit" if left else "app"
    if left:
        return "exception" if raised else "exit"
    return "app"


def _raised(passed: Any) -> bool:
    """Whether an exception is on its way, maybe outside of the greenlet that this runs in."""
    if sys.exc_info()[0] is not None:
        return True
    for name, frame in passed or ():
        if name == "exit" and frame.f_locals.get("exc_type") is not None:
            return True
    return False


def control(recorder: Recorder, link: Link, conn: Any, verb: str, text: str, frame: Any) -> None:
    """Take in SQL that begins, ends or divides a transaction."""
    if is_of_point(verb, text):
        transaction = link.transaction
        if transaction is None:
            transaction = link.transaction = Transaction(recorder, link.number)
        name = point_of(text)
        if name is not None:
            transaction.savepoint(recorder, POINTS[verb], name)
        if verb == "RELEASE" and not transaction.savepoints and is_inside(conn) is False:
            ended(recorder, link, "commit", frame)  # SQLite: it was begun by a savepoint
    elif verb in BEGINS:
        if is_inside(conn) is not False and link.transaction is None:
            link.transaction = Transaction(recorder, link.number)
    elif is_inside(conn) is not True:
        ended(recorder, link, "commit" if verb in COMMITS else "rollback", frame)
