"""psycopg 3: the generators that its blocking and its asynchronous cursors share."""

from __future__ import annotations

import sys
from time import perf_counter_ns
from typing import Any, Generator, Optional

from ...errors import follow
from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from .callers import Caller
from .disguise import hide
from .errors import closing, failed, note_closed
from .raw import Connection, Driver, who_asked

NAME = "psycopg"
ROLE = "driver"
TRIGGER = "psycopg"

STATE = "_ormprobe"
_ENDS = {"COMMIT": "commit", "ROLLBACK": "rollback"}
_CONTROLS = frozenset(("COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"))
_OPEN = (1, 2, 3)  # transaction status: active, in a transaction, in a failed one


class Psycopg:
    """The recording of psycopg's connections."""

    def __init__(self, drivers: Driver, error: Any) -> None:
        self.drivers = drivers
        self.error = error

    def asked(self, frame: Any, connection: Any = None) -> Optional[Caller]:
        drivers = self.drivers
        if drivers.is_on() and not drivers.callers.is_orm_above(frame):
            try:
                caller = drivers.callers.of(frame, task=connection is not None)
                bare = caller is not None and caller.is_bare()
                return None if bare and self.state(connection).link is not None else caller
            except Exception as error:
                drivers.switch.fail(error)
        return None

    def state(self, connection: Any) -> Connection:
        """What is known of a connection, made where nothing is yet."""
        found: Optional[Connection] = connection.__dict__.get(STATE)
        if found is None:
            found = connection.__dict__[STATE] = Connection(self.drivers)
            self.drivers.database(found, connection.info.dbname)
        return found

    def statement(
        self,
        generator: Generator[Any, Any, Any],
        cursor: Any,
        query: Any,
        params: Any,
        count: Any,
        caller: Caller,
    ) -> Generator[Any, Any, Any]:
        """Pass a statement's generator on, and record it when it is done."""
        drivers, connection = self.drivers, cursor._conn
        started = perf_counter_ns()
        try:
            result: Any = yield from generator
        except BaseException as error:
            self.failed(error, caller, connection, query)
            hide(error)
            raise
        if drivers.switch.on:
            try:
                rows = cursor.rowcount if count is None else -1
                given = cursor.description is not None
                drivers.statement(
                    self.state(connection),
                    caller,
                    text_of(query, connection),
                    started,
                    binds=params if params is not None else (),
                    many=None if count is None else count[0],
                    affected=rows,
                    rows=rows if given and rows >= 0 else None,
                    inside=connection.pgconn.transaction_status in _OPEN,
                )
            except Exception as error:
                drivers.switch.fail(error)
        return result

    def failed(self, error: BaseException, caller: Caller, connection: Any, query: Any) -> None:
        if isinstance(error, self.error) and self.drivers.is_on():
            try:
                state = self.state(connection)
                text = None if query is None else text_of(query, connection)
                inside = connection.pgconn.transaction_status in _OPEN
                failed(self.drivers, error, caller, state, text, inside, closed=closing(state))
            except Exception as own:
                self.drivers.switch.fail(own)

    def control(
        self,
        generator: Generator[Any, Any, Any],
        connection: Any,
        text: str,
        by: str,
        caller: Caller,
    ) -> Generator[Any, Any, Any]:
        """Pass a command on that ends or divides a transaction."""
        drivers, verb = self.drivers, text.split()[0]
        try:
            result: Any = yield from generator
        except BaseException as error:
            self.failed(error, caller, connection, text)
            hide(error)
            raise
        if drivers.switch.on:
            try:
                state = self.state(connection)
                words = text.split()
                if verb in _ENDS and "TO" not in words:
                    drivers.ended(state, _ENDS[verb], caller, by)
                else:
                    action = {"SAVEPOINT": "begin", "RELEASE": "release"}.get(verb, "rollback")
                    state.begin().savepoint(drivers.recorder, action, words[-1].strip('"'))
            except Exception as error:
                drivers.switch.fail(error)
        return result

    def opening(
        self, generator: Generator[Any, Any, Any], caller: Caller
    ) -> Generator[Any, Any, Any]:
        """Pass a connection attempt on."""
        drivers = self.drivers
        try:
            connection: Any = yield from generator
        except BaseException as error:
            if isinstance(error, self.error) and drivers.is_on():
                try:
                    failed(drivers, error, caller)
                except Exception as own:
                    drivers.switch.fail(own)
            hide(error)
            raise
        if drivers.switch.on:
            try:
                state = connection.__dict__[STATE] = Connection(drivers, caller)
                drivers.database(state, connection.info.dbname)
                drivers.announce(state)
            except Exception as error:
                drivers.switch.fail(error)
        return connection

    def closed(self, connection: Any, caller: Optional[Caller]) -> None:
        """A connection is closed: what it had not committed is lost."""
        state: Optional[Connection] = connection.__dict__.get(STATE)
        if state is None or caller is None or state.closed is not None:
            return
        try:
            note_closed(self.drivers, state, caller)
            by = who_asked(self.drivers.callers, "close", sys._getframe(1))
            self.drivers.ended(state, "close", caller, by)
            self.drivers.told(state, "close", self.drivers.recorder.site(caller.frame))
        except Exception as error:
            self.drivers.switch.fail(error)


def text_of(query: Any, connection: Any) -> str:
    """The text of a query: a string, bytes, or a composition of psycopg's own."""
    if isinstance(query, str):
        return query
    if isinstance(query, bytes):
        return query.decode("utf-8", "replace")
    compose = getattr(query, "as_string", None)
    return str(compose(connection)) if compose is not None else ""


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    psycopg: Any = sys.modules[TRIGGER]
    probe = Psycopg(Driver(recorder, switch, NAME, "postgresql"), psycopg.Error)
    cursor = _owner(psycopg.Cursor, "_execute_gen")
    for name in ("_execute_gen", "_stream_send_gen", "_start_copy_gen"):
        if name in vars(cursor):
            hooks.wrap(cursor, name, _make_statement(probe))
    for name in ("_executemany_gen_pipeline", "_executemany_gen_no_pipeline"):
        if name in vars(cursor):
            hooks.wrap(cursor, name, _make_many(probe))
    hooks.wrap(_owner(psycopg.ServerCursor, "_declare_gen"), "_declare_gen", _make_statement(probe))
    connection = _owner(psycopg.Connection, "_exec_command")
    hooks.wrap(connection, "_exec_command", _make_command(probe))
    hooks.wrap(connection, "_connect_gen", _make_connect(probe))
    hooks.wrap(connection, "_check_connection_ok", _make_check(probe))
    hooks.wrap(psycopg.Connection, "close", _make_close(probe))
    hooks.wrap(psycopg.AsyncConnection, "close", _make_async_close(probe))
    follow(hooks, psycopg.Error)


def _owner(kind: Any, name: str) -> Any:
    return next(base for base in kind.__mro__ if name in vars(base))


def _make_statement(probe: Psycopg) -> Any:
    def make(original: Any) -> Any:
        def send(self: Any, query: Any, params: Any = None, *args: Any, **kwargs: Any) -> Any:
            generator = original(self, query, params, *args, **kwargs)
            caller = probe.asked(sys._getframe(1), self._conn)
            if caller is None:
                return generator
            return probe.statement(generator, self, query, params, None, caller)

        return send

    return make


def _make_many(probe: Psycopg) -> Any:
    def make(original: Any) -> Any:
        def send(self: Any, query: Any, params_seq: Any, *args: Any, **kwargs: Any) -> Any:
            caller = probe.asked(sys._getframe(1), self._conn)
            if caller is None:
                return original(self, query, params_seq, *args, **kwargs)
            count = [0]
            generator = original(self, query, _counted(params_seq, count), *args, **kwargs)
            return probe.statement(generator, self, query, None, count, caller)

        return send

    return make


def _counted(rows: Any, count: Any) -> Any:
    for row in rows:
        count[0] += 1
        yield row


def _make_command(probe: Psycopg) -> Any:
    def make(original: Any) -> Any:
        def _exec_command(self: Any, command: Any, *args: Any, **kwargs: Any) -> Any:
            generator = original(self, command, *args, **kwargs)
            state = self.__dict__.get(STATE)
            if state is None or state.open_transaction() is None or not probe.drivers.is_on():
                return generator
            frame = sys._getframe(1)
            try:
                text = text_of(command, self).strip()
                verb = text.partition(" ")[0]
                caller = probe.asked(frame) if verb in _CONTROLS else None
                if caller is None:
                    return generator
                by = who_asked(probe.drivers.callers, _ENDS.get(verb, ""), frame)
            except Exception as error:
                probe.drivers.switch.fail(error)
                return generator
            return probe.control(generator, self, text, by, caller)

        return _exec_command

    return make


def _make_connect(probe: Psycopg) -> Any:
    def make(original: Any) -> Any:
        def _connect_gen(cls: Any, *args: Any, **kwargs: Any) -> Any:
            generator = original(cls, *args, **kwargs)
            caller = probe.asked(sys._getframe(1))
            return generator if caller is None else probe.opening(generator, caller)

        return _connect_gen

    return make


def _make_check(probe: Psycopg) -> Any:
    def make(original: Any) -> Any:
        def _check_connection_ok(self: Any) -> Any:
            try:
                return original(self)
            except BaseException as error:
                caller = probe.asked(sys._getframe(1))
                if caller is not None:
                    probe.failed(error, caller, self, None)
                hide(error)
                raise

        return _check_connection_ok

    return make


def _make_close(probe: Psycopg) -> Any:
    def make(original: Any) -> Any:
        def close(self: Any) -> None:
            caller = None if self.closed else probe.asked(sys._getframe(1))
            original(self)
            if self.closed:
                probe.closed(self, caller)

        return close

    return make


def _make_async_close(probe: Psycopg) -> Any:
    def make(original: Any) -> Any:
        async def close(self: Any) -> None:
            caller = None if self.closed else probe.asked(sys._getframe(1))
            await original(self)
            if self.closed:
                probe.closed(self, caller)

        return close

    return make
