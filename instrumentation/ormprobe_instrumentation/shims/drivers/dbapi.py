"""What a raw call of a C driver becomes: statements, ends of transactions, errors.

For drivers whose connections and cursors are C classes: the methods of our layer beneath the app's
class come here with the method of C that they stand for.
"""

from __future__ import annotations

import sys
from time import perf_counter_ns
from typing import Any, Optional

from . import disguise
from .callers import Caller
from .carried import carried
from .errors import closing, failed, note_closed
from .raw import Connection, Driver


class Calls:
    """Runs a raw call as it is, and records what it did."""

    def __init__(self, drivers: Driver, error: Any) -> None:
        self.drivers = drivers
        self.error = error

    def inside(self, connection: Any) -> bool:
        """Whether a transaction is open on a connection."""
        raise NotImplementedError

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
        """Record a call of the cursor's method `name` that has returned."""
        raise NotImplementedError

    def before(self, cursor: Any) -> None:
        """A cursor is used again."""

    def caller(self, frame: Any) -> Optional[Caller]:
        """Who called; None where nothing is to be recorded."""
        drivers = self.drivers
        if carried.caller is not None:
            return carried.caller
        if drivers.is_on():
            try:
                return drivers.callers.of(frame)
            except Exception as error:
                drivers.switch.fail(error)
        return None

    def state(self, connection: Any) -> Connection:
        """What is known of a connection, made where nothing is yet."""
        found: Optional[Connection] = getattr(connection, "_ormprobe", None)
        if found is None:
            found = connection._ormprobe = Connection(self.drivers)
        return found

    def run(self, cursor: Any, original: Any, name: str, args: Any, frame: Any) -> Any:
        """Run a cursor's method that sends statements."""
        caller, switch = self.caller(frame), self.drivers.switch
        connection = getattr(cursor, "connection", None)
        state: Optional[Connection] = None
        began = False
        many = [0]
        if caller is not None and hasattr(connection.__class__, "_ormprobe"):
            try:
                state = self.state(connection)
                began = self.inside(connection)
                if not began and state.link is None and state.transaction is not None:
                    self.drivers.ended(state, "commit", None, "unknown")  # by an attribute
                self.before(cursor)
                if name == "executemany" and len(args) == 2:
                    args = (args[0], _counted(args[1], many))
            except TypeError:
                state = None
            except Exception as error:
                state = None
                switch.fail(error)
        started = perf_counter_ns()
        try:
            result = disguise.call(frame, original, (cursor, *args), {})
        except BaseException as error:
            if state is not None and caller is not None:
                self._failed(error, caller, connection, state, args)
            raise
        if state is not None and caller is not None and switch.on:
            try:
                self.record(cursor, connection, state, caller, name, args, many[0], started, began)
            except Exception as error:
                switch.fail(error)
        return result

    # -- errors ---------------------------------------------------------------------------------

    def failed(self, error: BaseException, connection: Any, frame: Any) -> None:
        """Record an error that a raw call raises, unless that has been done further in."""
        caller = self.caller(frame) if isinstance(error, self.error) else None
        if caller is not None and hasattr(connection.__class__, "_ormprobe"):
            try:
                self._failed(error, caller, connection, self.state(connection), ())
            except Exception as own:
                self.drivers.switch.fail(own)

    def _failed(
        self, error: BaseException, caller: Caller, connection: Any, state: Connection, args: Any
    ) -> None:
        drivers = self.drivers
        if not isinstance(error, self.error) or not drivers.is_on() or carried.caller is not None:
            return  # what another thread asked for is recorded there, where the app's lines are
        try:
            text = args[0] if args and isinstance(args[0], str) else None
            inside = state.closed is None and self.inside(connection)
            failed(drivers, error, caller, state, text, inside, closed=closing(state))
            over = state.closed is None and not inside  # the error ended it
            if over and state.link is None and state.transaction is not None:
                drivers.ended(state, "rollback", caller, "exception")
        except Exception as own:
            drivers.switch.fail(own)

    # -- ends -----------------------------------------------------------------------------------

    def end(self, connection: Any, original: Any, how: str, frame: Any) -> None:
        """Commit, roll back or close."""
        drivers = self.drivers
        state: Optional[Connection] = getattr(connection, "_ormprobe", None)
        caller: Optional[Caller] = None
        if state is not None and drivers.is_on() and not drivers.callers.is_orm(frame):
            caller = self.caller(frame)
        if state is None or caller is None:
            original(connection)
            return
        try:
            original(connection)
        except BaseException as error:
            self._failed(error, caller, connection, state, ())
            raise
        if drivers.is_on():
            try:
                drivers.ended(state, how, caller)
                if how == "close":
                    self._closed(state, caller)
            except Exception as error:
                drivers.switch.fail(error)

    def leave(self, connection: Any, original: Any, args: Any, frame: Any) -> Any:
        """Leave a `with` block: before 3.11 that calls `commit` or `rollback` by name."""
        drivers = self.drivers
        state: Optional[Connection] = getattr(connection, "_ormprobe", None)
        transaction = None if state is None else state.open_transaction()
        caller = None if transaction is None else self.caller(frame)
        if state is not None and caller is not None and state.link is None:
            state.transaction = None  # what is called by name must not end it a second time
        try:
            result = original(connection, *args)
        except BaseException as error:
            if state is not None and caller is not None and state.link is None:
                state.transaction = transaction
                self._failed(error, caller, connection, state, ())
            raise
        if state is not None and caller is not None and drivers.is_on():
            try:
                if state.link is None:
                    state.transaction = transaction
                raised = bool(args) and args[0] is not None
                how = "rollback" if raised else "commit"
                drivers.ended(state, how, caller, "exception" if raised else "exit")
            except Exception as error:
                drivers.switch.fail(error)
        return result

    def _closed(self, state: Connection, caller: Caller) -> None:
        if state.closed is None:
            note_closed(self.drivers, state, caller)
            self.drivers.told(state, "close", self.drivers.recorder.site(caller.frame))


def _counted(rows: Any, count: Any) -> Any:
    """The sets of binds, counted as they are taken; no frame of ours is in between."""

    def take(row: Any) -> Any:
        count[0] += 1
        return row

    return map(take, rows)


ENDS = ("commit", "rollback", "close", "__exit__")
"""The methods of a connection that end its transaction."""


def add_ends(low: Any, plain: Any, calls: Calls) -> None:
    """Give a class below the app's own the methods that end a transaction; plain: its base."""
    frame_at = sys._getframe

    def commit(self: Any) -> None:
        try:
            calls.end(self, plain.commit, "commit", frame_at(1))
        except BaseException as error:
            disguise.hide(error)
            raise

    def rollback(self: Any) -> None:
        try:
            calls.end(self, plain.rollback, "rollback", frame_at(1))
        except BaseException as error:
            disguise.hide(error)
            raise

    def close(self: Any) -> None:
        try:
            calls.end(self, plain.close, "close", frame_at(1))
        except BaseException as error:
            disguise.hide(error)
            raise

    def __exit__(self: Any, *args: Any) -> Any:
        try:
            return calls.leave(self, plain.__exit__, args, frame_at(1))
        except BaseException as error:
            disguise.hide(error)
            raise

    for name, method in zip(ENDS, (commit, rollback, close, __exit__)):
        method.__qualname__ = "%s.%s" % (low.__name__, name)
        setattr(low, name, method)
