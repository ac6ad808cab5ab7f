"""sqlite3: statements, transactions and errors of connections that the app drives itself.

Connections are of a subclass; a cursor is of one only where no ORM asks for it, so an ORM's
statement costs one look at its caller's file.
"""

from __future__ import annotations

import sys
from typing import Any

from ...errors import follow
from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from .connecting import Connect
from .dbapi import ENDS, add_ends
from .disguise import call, hide
from .layers import Layer
from .raw import Driver
from .sqlite3_calls import Rows, SqliteCalls

NAME = "sqlite3"
ROLE = "driver"
TRIGGER = "sqlite3.dbapi2"

_OVERRIDES = sys.version_info < (3, 11)  # C's Connection.execute calls the app's own `cursor`


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    base: Any = sys.modules["sqlite3.dbapi2"]  # the package itself is still being imported
    drivers = Driver(recorder, switch, NAME, "sqlite")
    calls = SqliteCalls(drivers, base)
    cursors = Layer(base.Cursor, _cursor_class(base.Cursor, calls))
    connections = Layer(base.Connection, _connection_class(base.Connection, calls, cursors))
    connect = Connect(base.connect, drivers, connections, base.Error)
    for name in ("_sqlite3", "sqlite3.dbapi2", "sqlite3"):
        owner: Any = sys.modules.get(name)
        if getattr(owner, "connect", None) is connect.__wrapped__:
            owner.connect = connect
            hooks.undo_with(setattr, owner, "connect", connect.__wrapped__)
    follow(hooks, base.Error)


def _connection_class(plain: Any, calls: SqliteCalls, cursors: Layer) -> Any:
    drivers, frame_at = calls.drivers, sys._getframe
    is_orm = drivers.callers.is_orm

    class Low(plain):  # type: ignore[misc]
        __slots__ = ("_ormprobe",)

        def cursor(self, *args: Any, **kwargs: Any) -> Any:
            try:
                if is_orm(frame_at(1)):
                    return plain.cursor(self, *args, **kwargs)
                return made(self, args, kwargs, frame_at(1))
            except BaseException as error:
                hide(error)
                raise

        def execute(self, *args: Any) -> Any:
            try:
                return through(self, "execute", args, frame_at(1))
            except BaseException as error:
                hide(error)
                raise

        def executemany(self, *args: Any) -> Any:
            try:
                return through(self, "executemany", args, frame_at(1))
            except BaseException as error:
                hide(error)
                raise

        def executescript(self, *args: Any) -> Any:
            try:
                return through(self, "executescript", args, frame_at(1))
            except BaseException as error:
                hide(error)
                raise

    def made(connection: Any, args: Any, kwargs: Any, frame: Any) -> Any:
        if not args and "factory" not in kwargs:
            args = (cursors.low,)
        elif args:
            args = (cursors.under(args[0]), *args[1:])
        else:
            kwargs["factory"] = cursors.under(kwargs["factory"])
        try:
            return plain.cursor(connection, *args, **kwargs)
        except BaseException as error:
            calls.failed(error, connection, frame)
            raise

    def through(connection: Any, name: str, args: Any, frame: Any) -> Any:
        if is_orm(frame) or not drivers.is_on():
            return getattr(plain, name)(connection, *args)
        try:
            # the class of a cursor that C makes cannot be the app's from 3.11 on
            cursor = connection.cursor() if _OVERRIDES else plain.cursor(connection, cursors.low)
        except BaseException as error:
            calls.failed(error, connection, frame)
            raise
        getattr(cursor, name)(*args)
        return cursor

    add_ends(Low, plain, calls)
    for name in ("cursor", "execute", "executemany", "executescript"):
        _look_like(vars(Low)[name], getattr(plain, name))
    for name in ENDS:
        _look_like(vars(Low)[name], getattr(plain, name))
    return Low


def _cursor_class(plain: Any, calls: SqliteCalls) -> Any:
    frame_at = sys._getframe

    class Low(plain):  # type: ignore[misc]
        __slots__ = ("_ormprobe",)

        def execute(self, *args: Any) -> Any:
            try:
                return calls.run(self, plain.execute, "execute", args, frame_at(1))
            except BaseException as error:
                hide(error)
                raise

        def executemany(self, *args: Any) -> Any:
            try:
                return calls.run(self, plain.executemany, "executemany", args, frame_at(1))
            except BaseException as error:
                hide(error)
                raise

        def executescript(self, *args: Any) -> Any:
            try:
                return calls.run(self, plain.executescript, "executescript", args, frame_at(1))
            except BaseException as error:
                hide(error)
                raise

        def fetchone(self) -> Any:
            try:
                row = call(frame_at(1), plain.fetchone, (self,), {})
            except BaseException as error:
                calls.failed(error, self.connection, frame_at(1))
                hide(error)
                raise
            count(self, 0 if row is None else 1, row is None)
            return row

        def fetchmany(self, *args: Any, **kwargs: Any) -> Any:
            try:
                rows = call(frame_at(1), plain.fetchmany, (self, *args), kwargs)
            except BaseException as error:
                calls.failed(error, self.connection, frame_at(1))
                hide(error)
                raise
            count(self, len(rows), not rows)
            return rows

        def fetchall(self) -> Any:
            try:
                rows = call(frame_at(1), plain.fetchall, (self,), {})
            except BaseException as error:
                calls.failed(error, self.connection, frame_at(1))
                hide(error)
                raise
            count(self, len(rows), True)
            return rows

        def __next__(self) -> Any:
            try:
                row = call(frame_at(1), plain.__next__, (self,), {})
            except StopIteration as error:
                count(self, 0, True)
                hide(error)
                raise
            except BaseException as error:
                calls.failed(error, self.connection, frame_at(1))
                hide(error)
                raise
            count(self, 1, False)
            return row

    def count(cursor: Any, more: int, done: bool) -> None:
        rows: Any = getattr(cursor, "_ormprobe", None)
        if type(rows) is Rows:
            rows.count += more
            if done:
                rows.tell()

    for name in ("execute", "executemany", "executescript", "fetchone", "fetchmany", "fetchall"):
        _look_like(vars(Low)[name], getattr(plain, name))
    return Low


def _look_like(function: Any, original: Any) -> None:
    """Give a method the name, the text and the signature of the one that it stands for."""
    function.__name__, function.__qualname__ = original.__name__, original.__qualname__
    function.__doc__, function.__wrapped__ = original.__doc__, original
