"""asyncpg: its protocol, which every statement passes, prepared ones and cursors too."""

from __future__ import annotations

import sys
from time import perf_counter_ns
from typing import Any, Awaitable, Callable, Optional, Tuple

from ...errors import follow
from ...hooks import Hooks
from ...loops import task_number
from ...recorder import Recorder
from ...scrub import words_of
from ...shim import Switch
from .callers import SKIP, Caller
from .disguise import hide
from .errors import closing, failed, note_closed
from .pools import Pools
from .raw import Connection, Driver, who_asked

NAME = "asyncpg"
ROLE = "driver"
TRIGGER = "asyncpg"

_OWN_WORK = frozenset(("_introspect_types", "_introspect_type", "_introspect", "reset"))


class Asyncpg:
    """The recording of asyncpg's connections."""

    def __init__(self, drivers: Driver, errors: Any) -> None:
        self.drivers = drivers
        self.errors = errors

    def asked(self, frame: Any, protocol: Any = None) -> Optional[Caller]:
        """Who called; None also for what the driver asks on its own account."""
        drivers = self.drivers
        if not drivers.is_on():
            return None
        try:
            caller = drivers.callers.of(frame, task=protocol is not None)
            if caller is not None and caller.is_bare() and self.state(protocol).link is not None:
                return None
            depth = 0
            while caller is not None and frame is not None and depth < 8:
                if frame.f_code.co_name in _OWN_WORK and drivers.callers.kind(frame) == SKIP:
                    return None
                frame, depth = frame.f_back, depth + 1
            return caller
        except Exception as error:
            drivers.switch.fail(error)
            return None

    def state(self, protocol: Any) -> Connection:
        """What is known of a connection, made where nothing is yet."""
        found: Optional[Connection] = protocol.__dict__.get("_ormprobe")
        if found is None:
            found = protocol._ormprobe = Connection(self.drivers)
        return found

    def begin(self, state: Connection, caller: Caller) -> Tuple[Any, Any]:
        """What a connection is busy with, if it is, and what it will be from now on."""
        recorder = self.drivers.recorder
        busy, scope = state.busy, recorder.current()
        mine = {
            "site": recorder.site(caller.frame) or None,
            "task": task_number(),
            "scope": None if scope is None else scope.id,
        }
        state.busy = busy or mine
        return busy, mine

    async def run(
        self, protocol: Any, caller: Caller, text: str, binds: Any, count: Any, work: Any, read: Any
    ) -> Any:
        """Wait for a statement, and record it when it is done.

        work: gives the awaitable. read: of its result, what the app gets, how many rows were
        written and how many were given.
        """
        drivers = self.drivers
        try:
            state = self.state(protocol)
            busy, mine = self.begin(state, caller)
        except Exception as error:
            drivers.switch.fail(error)
            return read(await work())[0]
        started = perf_counter_ns()
        try:
            result = await work()
        except BaseException as error:
            self.failed(error, caller, state, text, busy, protocol.is_in_transaction())
            hide(error)
            raise
        finally:
            if state.busy is mine:
                state.busy = None
        given, affected, rows = read(result)
        if drivers.switch.on:
            try:
                drivers.statement(
                    state,
                    caller,
                    text,
                    started,
                    binds=binds,
                    many=None if count is None else count[0],
                    affected=affected,
                    rows=rows,
                    inside=protocol.is_in_transaction(),
                )
            except Exception as error:
                drivers.switch.fail(error)
        return given

    def failed(
        self,
        error: BaseException,
        caller: Caller,
        state: Optional[Connection],
        text: Optional[str],
        busy: Any = None,
        inside: bool = False,
    ) -> None:
        if isinstance(error, self.errors) and self.drivers.is_on():
            try:
                if busy is not None:
                    busy = {name: value for name, value in busy.items() if value is not None}
                if "another operation" not in str(error):
                    busy = None
                closed = None if state is None else closing(state)
                failed(self.drivers, error, caller, state, text, inside, closed=closed, busy=busy)
            except Exception as own:
                self.drivers.switch.fail(own)


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    asyncpg: Any = sys.modules[TRIGGER]
    protocol: Any = sys.modules["asyncpg.protocol.protocol"].Protocol
    connection: Any = sys.modules["asyncpg.connection"]
    errors = (asyncpg.PostgresError, asyncpg.InterfaceError)
    probe = Asyncpg(Driver(recorder, switch, NAME, "postgresql"), errors)
    _wrap_protocol(hooks, probe, protocol)
    hooks.wrap(connection.Connection, "close", _make_close(probe))
    hooks.wrap(sys.modules["asyncpg.connect_utils"], "_connect", _make_connect(probe))
    hooks.wrap(asyncpg.InterfaceError, "__init__", _make_interface_error(probe))
    Pools(probe.drivers, probe.asked, probe.state).install_asyncpg(hooks, asyncpg.pool.Pool)
    for base in errors:
        follow(hooks, base)


def _wrap_protocol(hooks: Hooks, probe: Asyncpg, protocol: Any) -> None:
    def counted(result: Any) -> Any:
        return result, _count(result), None

    def uncounted(result: Any) -> Any:
        return result, -1, None

    def make_query(original: Any) -> Any:
        def query(self: Any, query: Any, timeout: Any) -> Any:
            caller = probe.asked(sys._getframe(1), self)
            if caller is None:
                return original(self, query, timeout)
            work = lambda: original(self, query, timeout)  # noqa: E731
            return probe.run(self, caller, query, (), None, work, counted)

        return query

    def make_execute(original: Any) -> Any:
        def bind_execute(
            self: Any,
            state: Any,
            args: Any,
            portal_name: Any,
            limit: Any,
            return_extra: Any,
            timeout: Any,
        ) -> Any:
            caller = probe.asked(sys._getframe(1), self)
            if caller is None:
                return original(self, state, args, portal_name, limit, return_extra, timeout)

            def read(result: Any) -> Any:
                rows, status = result[0], result[1]
                affected = _count(status)
                given = len(rows) if rows is not None else None
                return (result if return_extra else rows), affected, given

            work = lambda: original(self, state, args, portal_name, limit, True, timeout)  # noqa: E731
            return probe.run(self, caller, state.query, args, None, work, read)

        return bind_execute

    def make_many(original: Any) -> Any:
        def bind_execute_many(
            self: Any, state: Any, args: Any, portal_name: Any, timeout: Any, return_rows: Any
        ) -> Any:
            caller = probe.asked(sys._getframe(1), self)
            if caller is None:
                return original(self, state, args, portal_name, timeout, return_rows)
            count = [0]

            def read(result: Any) -> Any:
                return result, -1, len(result) if return_rows and result is not None else None

            rows = _counted(args, count)
            work = lambda: original(self, state, rows, portal_name, timeout, return_rows)  # noqa: E731
            return probe.run(self, caller, state.query, (), count, work, read)

        return bind_execute_many

    def make_bind(original: Any) -> Any:
        def bind(self: Any, state: Any, args: Any, portal_name: Any, timeout: Any) -> Any:
            caller = probe.asked(sys._getframe(1), self)
            if caller is None:
                return original(self, state, args, portal_name, timeout)
            work = lambda: original(self, state, args, portal_name, timeout)  # noqa: E731
            return probe.run(self, caller, state.query, args, None, work, uncounted)

        return bind

    def make_prepare(original: Any) -> Any:
        def prepare(self: Any, stmt_name: Any, query: Any, timeout: Any, **more: Any) -> Any:
            caller = probe.asked(sys._getframe(1), self)
            found = original(self, stmt_name, query, timeout, **more)
            return found if caller is None else attempt(self, caller, query, found)

        return prepare

    async def attempt(self: Any, caller: Caller, query: str, work: Awaitable[Any]) -> Any:
        state = probe.state(self)
        busy, mine = probe.begin(state, caller)
        try:
            return await work
        except BaseException as error:
            probe.failed(error, caller, state, query, busy, self.is_in_transaction())
            hide(error)
            raise
        finally:
            if state.busy is mine:
                state.busy = None

    def make_copy(original: Any) -> Any:
        def copy(self: Any, copy_stmt: Any, *args: Any) -> Any:
            caller = probe.asked(sys._getframe(1), self)
            if caller is None:
                return original(self, copy_stmt, *args)
            work = lambda: original(self, copy_stmt, *args)  # noqa: E731
            return probe.run(self, caller, copy_stmt, (), None, work, counted)

        return copy

    for name, make in (
        ("query", make_query),
        ("bind_execute", make_execute),
        ("bind_execute_many", make_many),
        ("bind", make_bind),
        ("prepare", make_prepare),
        ("copy_in", make_copy),
        ("copy_out", make_copy),
    ):
        hooks.wrap(protocol, name, make)


def _count(status: Any) -> int:
    """The number of rows that a command's tag ends with, -1 where it has none."""
    text = status.decode("ascii", "replace") if isinstance(status, bytes) else status
    last = text.rpartition(" ")[2] if isinstance(text, str) else ""
    return int(last) if last.isdigit() else -1


def _counted(rows: Any, count: Any) -> Any:
    for row in rows:
        count[0] += 1
        yield row


def _make_connect(probe: Asyncpg) -> Callable[[Any], Any]:
    def make(original: Any) -> Any:
        async def _connect(*args: Any, **kwargs: Any) -> Any:
            caller = probe.asked(sys._getframe(1))
            try:
                made = await original(*args, **kwargs)
            except BaseException as error:
                if caller is not None:
                    probe.failed(error, caller, None, None)
                hide(error)
                raise
            if probe.drivers.is_on():
                try:
                    opened(made, caller)
                except Exception as error:
                    probe.drivers.switch.fail(error)
            return made

        return _connect

    def opened(made: Any, caller: Optional[Caller]) -> None:
        state = made._protocol._ormprobe = Connection(probe.drivers, caller)
        probe.drivers.database(state, getattr(made._params, "database", None))
        if caller is not None:
            probe.drivers.announce(state)

    return make


def _make_close(probe: Asyncpg) -> Callable[[Any], Any]:
    def make(original: Any) -> Any:
        async def close(self: Any, *args: Any, **kwargs: Any) -> None:
            caller = probe.asked(sys._getframe(1))
            state = getattr(self._protocol, "__dict__", {}).get("_ormprobe")
            try:
                await original(self, *args, **kwargs)
            except BaseException as error:
                hide(error)
                raise
            if state is None or caller is None or state.closed is not None:
                return
            if probe.drivers.is_on():
                try:
                    by = who_asked(probe.drivers.callers, "close", sys._getframe(0))
                    note_closed(probe.drivers, state, caller)
                    probe.drivers.ended(state, "close", caller, by)
                    site = probe.drivers.recorder.site(caller.frame)
                    probe.drivers.told(state, "close", site)
                except Exception as error:
                    probe.drivers.switch.fail(error)

        return close

    return make


def _make_interface_error(probe: Asyncpg) -> Callable[[Any], Any]:
    """Use of a connection that is busy, released or closed fails above the protocol."""

    def make(original: Any) -> Any:
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            original(self, *args, **kwargs)
            text = args[0] if args and isinstance(args[0], str) else ""
            if "released" in text or "closed" in text or "another operation" in text:
                frame = sys._getframe(1)
                protocol = _protocol_in(frame)
                caller = probe.asked(frame, protocol)
                if caller is not None:
                    # the message's own words stand in the frame that raises
                    probe.drivers.recorder.know(words_of(frame.f_code.co_consts))
                    state = None if protocol is None else probe.state(protocol)
                    probe.failed(self, caller, state, None, state and state.busy)

        return __init__

    return make


def _protocol_in(frame: Any) -> Any:
    """The protocol of the connection, or of the released one, whose method a frame runs."""
    for _ in range(4):
        if frame is None:
            return None
        owner = frame.f_locals.get("self")
        holder = getattr(owner, "_holder", None)
        made = getattr(holder, "_con", None) if holder is not None else owner
        made = getattr(made, "_connection", made)  # of a prepared statement or cursor
        protocol = getattr(made, "_protocol", None)
        if hasattr(protocol, "__dict__"):
            return protocol
        frame = frame.f_back
    return None
