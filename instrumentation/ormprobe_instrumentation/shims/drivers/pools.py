"""Pools of the drivers: who holds their connections when none is left, who gave one back."""

from __future__ import annotations

import sys
from typing import Any, Callable, Dict, List, Optional

from ...hooks import Hooks
from .callers import Caller
from .disguise import hide
from .errors import failed, note_closed
from .raw import Connection, Driver

_OUT = "_ormprobe_out"
_HELD = 32  # connections of a pool that an error names

Asked = Callable[[Any], Optional[Caller]]
StateOf = Callable[[Any], Connection]


class Pools:
    """The recording of one driver's pools."""

    def __init__(self, drivers: Driver, asked: Asked, state_of: StateOf) -> None:
        self.drivers = drivers
        self.asked = asked
        self.state_of = state_of

    def taken(self, pool: Any, state: Connection, caller: Optional[Caller]) -> None:
        """A connection left the pool."""
        recorder = self.drivers.recorder
        state.closed = None
        scope = recorder.current()
        site = 0 if caller is None else recorder.site(caller.frame)
        state.out = (recorder.at(), site, scope)
        out = _out_of(pool)
        if out is not None:
            out[state.number] = state

    def given_back(self, pool: Any, state: Connection, caller: Optional[Caller]) -> None:
        """A connection goes back to the pool, which rolls back what was not committed."""
        drivers = self.drivers
        out = _out_of(pool)
        if out is not None:
            out.pop(state.number, None)
        state.out = None
        note_closed(drivers, state, caller)

    def exhausted(self, pool: Any, error: BaseException, caller: Caller) -> None:
        """The pool had no connection left within the time that the app would wait."""
        try:
            held = list(self._held(pool))
            failed(self.drivers, error, caller, held=held or None)
        except Exception as own:
            self.drivers.switch.fail(own)

    def _held(self, pool: Any) -> List[Dict[str, Any]]:
        found: List[Dict[str, Any]] = []
        for state in _states_out(pool)[:_HELD]:
            if state.out is None:
                continue
            (at, site, scope), number = state.out, state.number
            fields: Dict[str, Any] = {"connection": number, "at": at}
            if site:
                fields["site"] = site
            if scope is not None:
                fields["scope"] = scope.id
                fields["ended"] = scope.ended
            found.append(fields)
        return found

    # -- psycopg_pool ---------------------------------------------------------------------------

    def install_psycopg(self, hooks: Hooks, module: Any) -> None:
        timeout = module.PoolTimeout

        def take(pool: Any, connection: Any, caller: Optional[Caller]) -> None:
            if caller is not None and self.drivers.is_on():
                self._guarded(self.taken, pool, self.state_of(connection), caller)

        def give(pool: Any, connection: Any, caller: Optional[Caller]) -> None:
            state = getattr(connection, "__dict__", {}).get("_ormprobe")
            if state is not None and self.drivers.is_on():
                self._guarded(self.reset, pool, state, caller)

        def make_get(original: Any) -> Any:
            def getconn(self_: Any, *args: Any, **kwargs: Any) -> Any:
                caller = self.asked(sys._getframe(1))
                try:
                    connection = original(self_, *args, **kwargs)
                except BaseException as error:
                    if caller is not None and isinstance(error, timeout):
                        self.exhausted(self_, error, caller)
                    hide(error)
                    raise
                take(self_, connection, caller)
                return connection

            return getconn

        def make_async_get(original: Any) -> Any:
            async def getconn(self_: Any, *args: Any, **kwargs: Any) -> Any:
                caller = self.asked(sys._getframe(1))
                try:
                    connection = await original(self_, *args, **kwargs)
                except BaseException as error:
                    if caller is not None and isinstance(error, timeout):
                        self.exhausted(self_, error, caller)
                    hide(error)
                    raise
                take(self_, connection, caller)
                return connection

            return getconn

        def make_put(original: Any) -> Any:
            def putconn(self_: Any, conn: Any, *args: Any, **kwargs: Any) -> Any:
                give(self_, conn, self.asked(sys._getframe(1)))
                return original(self_, conn, *args, **kwargs)

            return putconn

        def make_async_put(original: Any) -> Any:
            async def putconn(self_: Any, conn: Any, *args: Any, **kwargs: Any) -> Any:
                give(self_, conn, self.asked(sys._getframe(1)))
                return await original(self_, conn, *args, **kwargs)

            return putconn

        hooks.wrap(module.ConnectionPool, "getconn", make_get)
        hooks.wrap(module.ConnectionPool, "putconn", make_put)
        hooks.wrap(module.AsyncConnectionPool, "getconn", make_async_get)
        hooks.wrap(module.AsyncConnectionPool, "putconn", make_async_put)

    def reset(self, pool: Any, state: Connection, caller: Optional[Caller]) -> None:
        """What is open when a connection is given back is rolled back by the pool."""
        if state.link is None and state.transaction is not None:
            by = "exception" if sys.exc_info()[0] is not None else "close"
            self.drivers.ended(state, "reset", caller, by)
        self.given_back(pool, state, caller)

    # -- asyncpg --------------------------------------------------------------------------------

    def install_asyncpg(self, hooks: Hooks, kind: Any) -> None:
        def make_acquire(original: Any) -> Any:
            async def _acquire(self_: Any, timeout: Any) -> Any:
                caller = self.asked(sys._getframe(1))
                try:
                    proxy = await original(self_, timeout)
                except BaseException as error:
                    if caller is not None and isinstance(error, _timeouts()):
                        self.exhausted(self_, error, caller)
                    hide(error)
                    raise
                if caller is not None and self.drivers.is_on():
                    self._guarded(self._taken_proxy, self_, proxy, caller)
                return proxy

            return _acquire

        def make_release(original: Any) -> Any:
            async def release(self_: Any, connection: Any, *args: Any, **kwargs: Any) -> Any:
                caller = self.asked(sys._getframe(1))
                made = getattr(connection, "_con", None)
                protocol = getattr(made, "_protocol", None)
                state = getattr(protocol, "__dict__", {}).get("_ormprobe")
                if state is not None and self.drivers.is_on():
                    self._guarded(self.reset, self_, state, caller)
                return await original(self_, connection, *args, **kwargs)

            return release

        hooks.wrap(kind, "_acquire", make_acquire)
        hooks.wrap(kind, "release", make_release)

    def _taken_proxy(self, pool: Any, proxy: Any, caller: Caller) -> None:
        self.taken(pool, self.state_of(proxy._con._protocol), caller)

    def _guarded(self, function: Callable[..., None], *args: Any) -> None:
        try:
            function(*args)
        except Exception as error:
            self.drivers.switch.fail(error)


def _timeouts() -> Any:
    asyncio = sys.modules.get("asyncio")
    return TimeoutError if asyncio is None else (TimeoutError, asyncio.TimeoutError)


def _out_of(pool: Any) -> Optional[Dict[int, Connection]]:
    """The connections that are out of a pool of psycopg, by their numbers."""
    held = getattr(pool, "__dict__", None)
    found: Optional[Dict[int, Connection]] = None
    if held is not None:
        found = held.setdefault(_OUT, {})
    return found


def _states_out(pool: Any) -> List[Connection]:
    """What is known of the connections that are out of a pool; asyncpg's keeps them in holders."""
    out = _out_of(pool)
    if out is not None:
        return list(out.values())
    found: List[Connection] = []
    for holder in getattr(pool, "_holders", ()):
        protocol = getattr(getattr(holder, "_con", None), "_protocol", None)
        state = getattr(protocol, "__dict__", {}).get("_ormprobe")
        if isinstance(state, Connection):
            found.append(state)
    return found
