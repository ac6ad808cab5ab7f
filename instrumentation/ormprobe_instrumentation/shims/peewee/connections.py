"""Databases as they are made, and their connections as they are opened and closed."""

from __future__ import annotations

import sys
from typing import Any

from ...hooks import Hooks, hide_own_frame
from ...loops import task_number
from ...recorder import Recorder, Scope
from ...shim import Switch
from ..opening import tell_engine
from .failures import operation_failed
from .links import (
    MADE,
    Link,
    attach,
    forget,
    known_link,
    links,
    note_closing,
    system_of,
    tell,
    where,
)
from .state import connection_of, is_inside
from .transactions import ended


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    peewee: Any = sys.modules["peewee"]

    def make_init(original: Any) -> Any:
        def init(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                result = original(self, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on and not self.deferred:
                try:
                    _made(recorder, self)
                except Exception as error:
                    switch.fail(error)
            return result

        return init

    def make_connect(original: Any) -> Any:
        def connect(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                opened = original(self, *args, **kwargs)
            except BaseException as error:
                if switch.on and recorder.on:
                    try:
                        operation_failed(recorder, self, error)
                    except Exception as own:
                        switch.fail(own)
                hide_own_frame(error)
                raise
            if opened and switch.on and recorder.on:
                try:
                    _opened(recorder, self, sys._getframe(1))
                except Exception as error:
                    switch.fail(error)
            return opened

        return connect

    def make_close(original: Any) -> Any:
        def close(self: Any, *args: Any, **kwargs: Any) -> Any:
            conn = connection_of(self) if switch.on and is_pooled(self) else None
            try:
                closed = original(self, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if conn is not None and switch.on and recorder.on:
                try:
                    _given_back(recorder, self, conn, sys._getframe(1))
                except Exception as error:
                    switch.fail(error)
            return closed

        return close

    def make_driver_close(original: Any) -> Any:
        def _close(self: Any, conn: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                result = original(self, conn, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on and recorder.on:
                try:
                    _closed(recorder, self, conn, sys._getframe(1))
                except Exception as error:
                    switch.fail(error)
            return result

        return _close

    def leaving(scope: Scope) -> None:
        if switch.on:
            try:
                _held(recorder, scope)
            except Exception as error:
                switch.fail(error)

    hooks.wrap(peewee.Database, "init", make_init)
    hooks.wrap(peewee.Database, "connect", make_connect)
    hooks.wrap(peewee.Database, "close", make_close)
    hooks.wrap(peewee.Database, "_close", make_driver_close)
    recorder.leaving.append(leaving)
    hooks.undo_with(recorder.leaving.remove, leaving)


def _made(recorder: Recorder, database: Any) -> None:
    """Record a database that has been told where it is, and the app's line that did."""
    site = recorder.here(3) or None
    database.__dict__[MADE] = site
    system, driver = system_of(database), _driver_of(database)
    tell_engine(recorder, system, driver, where(recorder, database), site)


def _driver_of(database: Any) -> str:
    """The driver that a database is going to use, as far as it tells."""
    system = system_of(database)
    adapter = type(getattr(database, "_adapter", None)).__name__
    if adapter == "Psycopg3Adapter":
        return "psycopg"
    if system in ("postgresql", "cockroachdb"):
        return "psycopg2"
    return "sqlite3" if system == "sqlite" else ""


def _opened(recorder: Recorder, database: Any, frame: Any) -> None:
    """A database has opened a connection, or its pool has handed out one."""
    conn = connection_of(database)
    found, _ = recorder.sites.walk(frame)
    site = recorder.site(found)
    link = known_link(recorder, conn)
    if link is None or not is_pooled(database):
        attach(recorder, database, conn, site)
        return
    link.out = True
    note_closing(link, database, conn, None)
    link.site, link.scope, link.used = site, recorder.current(), recorder.at()
    tell(recorder, link, "checkout", site, link.scope)


def _given_back(recorder: Recorder, database: Any, conn: Any, frame: Any) -> None:
    """A database has given its connection back to its pool, which may have closed it instead."""
    link = known_link(recorder, conn)
    if link is None or not link.out:
        return
    give_back(recorder, link, database, conn, frame)


def give_back(recorder: Recorder, link: Link, database: Any, conn: Any, frame: Any) -> None:
    """Record the return of a connection to a pool; what is open on it is rolled back."""
    found, _ = recorder.sites.walk(frame)
    site = recorder.site(found)
    link.out = False
    note_closing(link, database, conn, (recorder.at(), site, task_number()))
    if link.scope is not None and link.scope.ended:
        tell(recorder, link, "checkin", site, recorder.current())
    if link.transaction is not None and is_inside(conn) is not True:
        ended(recorder, link, "reset", frame, _by())


def _closed(recorder: Recorder, database: Any, conn: Any, frame: Any) -> None:
    """The driver's connection was closed."""
    link = known_link(recorder, conn)
    if link is not None:
        closed_of(recorder, link, database, conn, frame)
        forget(conn)


def closed_of(recorder: Recorder, link: Link, database: Any, conn: Any, frame: Any) -> None:
    """Record that a connection was closed, and with it what was open on it."""
    found, _ = recorder.sites.walk(frame)
    site = recorder.site(found)
    link.out = False
    note_closing(link, database, conn, (recorder.at(), site, task_number()))
    ended(recorder, link, "close", frame, _by())
    tell(recorder, link, "close", site, recorder.current())


def _by() -> str:
    return "exception" if sys.exc_info()[0] is not None else "close"


def _held(recorder: Recorder, scope: Scope) -> None:
    """Record the connections of pools that a request used last and did not give back."""
    for link in list(links.values()):
        if link.scope is scope and link.out and is_pooled(link.database()):
            tell(recorder, link, "held", link.site, scope)


def is_pooled(database: Any) -> bool:
    """Whether a database keeps its connections in a pool of Peewee's."""
    return hasattr(database, "_in_use")
