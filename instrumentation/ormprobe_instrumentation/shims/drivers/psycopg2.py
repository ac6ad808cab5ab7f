"""psycopg2: connections and cursors of subclasses, for its classes are immutable."""

from __future__ import annotations

import sys
from typing import Any, Dict

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from .callers import Caller
from .dbapi import Calls, add_ends
from .disguise import hide
from .errors import failed
from .layers import Layer
from .raw import Connection, Driver

NAME = "psycopg2"
ROLE = "driver"
TRIGGER = "psycopg2"

_OPEN = (1, 2, 3)  # transaction status: active, in a transaction, in a failed one


class Psycopg2Calls(Calls):
    """Raw calls of psycopg2."""

    def inside(self, connection: Any) -> bool:
        return not connection.closed and connection.get_transaction_status() in _OPEN

    def record(
        self,
        cursor: Any,
        connection: Any,
        state: Connection,
        caller: Caller,
        name: str,
        args: Any,
        many: int,
        started: int,
        began: bool,
    ) -> None:
        query: Any = args[0] if args else ""
        if hasattr(query, "as_string"):
            query = query.as_string(connection)
        text: Any = query.decode("utf-8", "replace") if isinstance(query, bytes) else query
        if not isinstance(text, str) or not text.strip():
            return
        more: Dict[str, Any] = {}
        count = cursor.rowcount
        if name == "callproc":
            text = "SELECT * FROM %s()" % text
        if name == "executemany":
            more["many"] = many
        else:
            if len(args) > 1 and args[1] is not None and name != "copy_expert":
                more["binds"] = args[1]
            if cursor.description is not None and count >= 0:
                more["rows"] = count
        self.drivers.statement(
            state,
            caller,
            text,
            started,
            affected=count,
            inside=self.inside(connection),
            **more,
        )


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    psycopg2: Any = sys.modules[TRIGGER]
    extensions: Any = sys.modules["psycopg2.extensions"]
    drivers = Driver(recorder, switch, NAME, "postgresql")
    calls = Psycopg2Calls(drivers, psycopg2.Error)
    cursors = Layer(extensions.cursor, _cursor_class(extensions.cursor, calls))
    connections = Layer(
        extensions.connection, _connection_class(extensions.connection, calls, cursors)
    )

    def make(original: Any) -> Any:
        def connect(
            dsn: Any = None,
            connection_factory: Any = None,
            cursor_factory: Any = None,
            **kwargs: Any,
        ) -> Any:
            caller = calls.caller(sys._getframe(1))
            if drivers.is_on():
                try:
                    connection_factory = connections.under(connection_factory or connections.base)
                except Exception as error:
                    switch.fail(error)
            try:
                made = original(dsn, connection_factory, cursor_factory, **kwargs)
            except BaseException as error:
                if caller is not None and isinstance(error, psycopg2.Error) and drivers.is_on():
                    try:
                        failed(drivers, error, caller)
                    except Exception as own:
                        switch.fail(own)
                hide(error)
                raise
            if caller is not None and isinstance(made, connections.low) and drivers.is_on():
                try:
                    state = made._ormprobe = Connection(drivers, caller)
                    drivers.database(state, made.info.dbname)
                    drivers.announce(state)
                except Exception as error:
                    switch.fail(error)
            return made

        return connect

    hooks.wrap(psycopg2, "connect", make)


def _connection_class(plain: Any, calls: Calls, cursors: Layer) -> Any:
    frame_at, is_orm = sys._getframe, calls.drivers.callers.is_orm

    class Low(plain):  # type: ignore[misc]
        __slots__ = ("_ormprobe",)

        def cursor(self, *args: Any, **kwargs: Any) -> Any:
            try:
                if is_orm(frame_at(1)):
                    return plain.cursor(self, *args, **kwargs)
                return made(self, args, kwargs)
            except BaseException as error:
                calls.failed(error, self, frame_at(1))
                hide(error)
                raise

    def made(connection: Any, args: Any, kwargs: Any) -> Any:
        given = args[1] if len(args) > 1 else kwargs.get("cursor_factory")
        factory = cursors.under(given or connection.cursor_factory or cursors.base)
        if len(args) > 1:
            args = (args[0], factory, *args[2:])
        else:
            kwargs["cursor_factory"] = factory
        return plain.cursor(connection, *args, **kwargs)

    add_ends(Low, plain, calls)
    return Low


def _cursor_class(plain: Any, calls: Calls) -> Any:
    frame_at = sys._getframe

    class Low(plain):  # type: ignore[misc]
        __slots__ = ()

        def execute(self, query: Any, vars: Any = None) -> Any:
            try:
                return calls.run(self, plain.execute, "execute", (query, vars), frame_at(1))
            except BaseException as error:
                hide(error)
                raise

        def executemany(self, query: Any, vars_list: Any) -> Any:
            try:
                return calls.run(
                    self, plain.executemany, "executemany", (query, vars_list), frame_at(1)
                )
            except BaseException as error:
                hide(error)
                raise

        def callproc(self, *args: Any) -> Any:
            try:
                return calls.run(self, plain.callproc, "callproc", args, frame_at(1))
            except BaseException as error:
                hide(error)
                raise

        def copy_expert(self, *args: Any) -> Any:
            try:
                return calls.run(self, plain.copy_expert, "copy_expert", args, frame_at(1))
            except BaseException as error:
                hide(error)
                raise

    return Low
