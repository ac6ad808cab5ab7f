"""What the drivers of MySQL and MariaDB have in common: statements, ends, errors, by server status.

Their cursors take the text with the binds, and the server says with each answer whether a
transaction is open; the methods of the four differ in who awaits them.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, Optional, Tuple

from ...loops import task_number
from .callers import SKIP, Caller
from .errors import closing, failed, note_closed
from .raw import Connection, Driver

STATE = "_ormprobe"

_IN_TRANSACTION = 1  # of the server's status
_FOUND_ROWS = 2  # of the client's flags: an UPDATE counts the rows that it matched
_OWN_WORK = frozenset(
    (
        "executemany",
        "_executemany",
        "_do_execute_many",
        "_do_execute_many_multi",
        "_execute_multi_statement_batch",
        "connect",
        "_connect",
    )
)
_NEAR = 8
_WORDS = re.compile(r"\s*(\w+)(?:\s+(\w+))?")
_ENDS = frozenset(("COMMIT", "ROLLBACK"))
_COMMITTING = frozenset(
    ("ALTER", "CREATE", "DROP", "RENAME", "TRUNCATE", "GRANT", "REVOKE", "LOCK")
)
_MOST = 1 << 62  # the count of rows that are not all read yet is a maximum of the protocol
_ROLLED_BACK = frozenset((1213,))  # the server has ended the whole transaction
_LOST = frozenset((0, 1053, 1927, 2006, 2013, 2055, 4031))


class MySql:
    """The recording of one driver's connections.

    errors: what the driver raises. of: the name of the attribute by which its cursors know their
    connection. flags: that of a connection's client flags.
    """

    def __init__(self, drivers: Driver, errors: Any, of: str, flags: str) -> None:
        self.drivers = drivers
        self.errors = errors
        self._of = of
        self._flags = flags

    def inside(self, connection: Any, state: Connection, text: str) -> bool:
        """Whether a transaction is open, after a statement of this text."""
        if is_end(text):  # asyncmy keeps an older status where the new one is 0
            return False
        return bool(connection.server_status & _IN_TRANSACTION)

    def version(self, connection: Any) -> str:
        """What the server says of itself."""
        return str(getattr(connection, "server_version", "") or "")

    def name(self, connection: Any) -> Optional[str]:
        """The name of the database that a connection was opened to."""
        found = getattr(connection, "db", None) or getattr(connection, "_db", None)
        return found.decode("utf-8", "replace") if isinstance(found, bytes) else found

    # -- who and what ---------------------------------------------------------------------------

    def asked(self, frame: Any, connection: Any = None, opening: bool = False) -> Optional[Caller]:
        """Who called; None also for what the driver sends on its own account.

        connection: given where a coroutine of the driver may be a task by itself.
        """
        drivers = self.drivers
        if not drivers.is_on() or drivers.callers.is_orm_above(frame):
            return None
        try:
            if not opening and self._is_own_work(frame):
                return None
            caller = drivers.callers.of(frame, task=connection is not None)
            if caller is not None and caller.is_bare() and self.state(connection).link is not None:
                return None
            return caller
        except Exception as error:
            drivers.switch.fail(error)
            return None

    def _is_own_work(self, frame: Any) -> bool:
        depth = 0
        while frame is not None and depth < _NEAR and self.drivers.callers.kind(frame) == SKIP:
            if frame.f_code.co_name in _OWN_WORK:
                return True
            frame, depth = frame.f_back, depth + 1
        return False

    def connection_of(self, cursor: Any) -> Any:
        """The connection of a cursor, None of a closed one."""
        return getattr(cursor, self._of, None)

    def state(self, connection: Any) -> Connection:
        """What is known of a connection, made where nothing is yet."""
        found: Optional[Connection] = connection.__dict__.get(STATE)
        if found is None:
            found = connection.__dict__[STATE] = Connection(self.drivers)
            self._describe(connection, found)
        return found

    def known(self, connection: Any) -> Optional[Connection]:
        found: Optional[Connection] = getattr(connection, "__dict__", {}).get(STATE)
        return found

    def _describe(self, connection: Any, state: Connection) -> None:
        self.drivers.database(state, self.name(connection))
        if "mariadb" in self.version(connection).lower():
            state.system = "mariadb"

    # -- statements -----------------------------------------------------------------------------

    def begin(self, connection: Any, caller: Caller) -> Tuple[Any, Any]:
        """What a connection is busy with, if it is, and what it will be from now on."""
        if connection is None:
            return None, None
        state = self.state(connection)
        mine = (caller, self.drivers.recorder.current(), task_number())
        busy = state.busy
        state.busy = busy or mine
        return busy, mine

    def _told(self, busy: Any) -> Dict[str, Any]:
        """What a connection is busy with, as the error that it leads to says it."""
        caller, scope, task = busy
        found = {
            "site": self.drivers.recorder.site(caller.frame) or None,
            "task": task,
            "scope": None if scope is None else scope.id,
        }
        return {name: value for name, value in found.items() if value is not None}

    def done(self, connection: Any, mine: Any) -> None:
        """A connection is no longer busy with what it began."""
        state = self.known(connection)
        if state is not None and state.busy is mine:
            state.busy = None

    def record(
        self,
        cursor: Any,
        connection: Any,
        caller: Caller,
        query: Any,
        started: int,
        binds: Any = None,
        many: Optional[int] = None,
    ) -> None:
        """Record a statement that has returned."""
        if not self.drivers.switch.on or connection is None:
            return
        try:
            text = text_of(query)
            if text.strip():
                self._record(cursor, connection, caller, text, started, binds, many)
        except Exception as error:
            self.drivers.switch.fail(error)

    def _record(
        self,
        cursor: Any,
        connection: Any,
        caller: Caller,
        text: str,
        started: int,
        binds: Any,
        many: Optional[int],
    ) -> None:
        drivers, state = self.drivers, self.state(connection)
        inside = self.inside(connection, state, text)
        count = cursor.rowcount
        count = count if isinstance(count, int) and 0 <= count < _MOST else -1
        more: Dict[str, Any] = {}
        if binds is not None:
            more["binds"] = binds if isinstance(binds, (list, tuple, dict)) else (binds,)
        given = cursor.description is not None
        if given and count >= 0:
            more["rows"] = count
        if not given and count == 0 and not self._counts_matches(connection):
            count = -1  # an UPDATE that found its rows and changed nothing counts none either
        drivers.statement(
            state, caller, text, started, affected=count, many=many, inside=inside, **more
        )
        self.settle(state, inside, caller)

    def _counts_matches(self, connection: Any) -> bool:
        flags = getattr(connection, self._flags, 0)
        return isinstance(flags, int) and bool(flags & _FOUND_ROWS)

    def settle(self, state: Connection, inside: bool, caller: Optional[Caller]) -> None:
        """A statement may have ended the transaction: DDL commits, and so does `autocommit`."""
        if not inside and state.link is None and state.transaction is not None:
            self.drivers.ended(state, "commit", caller, "app")

    # -- errors ---------------------------------------------------------------------------------

    def failed(
        self,
        error: BaseException,
        caller: Optional[Caller],
        connection: Any,
        query: Any = None,
        busy: Any = None,
    ) -> None:
        """Record what a raw call raised: an error of the driver, or what two users of one
        connection made of it."""
        drivers, refused = self.drivers, isinstance(error, self.errors)
        if caller is None or not drivers.is_on() or not isinstance(error, Exception):
            return
        if not refused and busy is None:
            return
        try:
            state = None if connection is None else self.state(connection)
            number = number_of(error)
            lost = number in _LOST or not refused
            over = lost or number in _ROLLED_BACK
            text = None if query is None else text_of(query)
            inside = False
            if state is not None and state.closed is None and not over:
                inside = self.inside(connection, state, "")
            if busy is not None:
                told = refused and number is not None and not (number in _LOST or number >= 2000)
                busy = None if told else self._told(busy)
            closed = None if state is None else closing(state)
            failed(drivers, error, caller, state, text, inside, closed=closed, busy=busy)
            if state is not None and over and state.link is None and state.closed is None:
                drivers.ended(state, "rollback", caller, "exception")
        except Exception as own:
            drivers.switch.fail(own)

    # -- connections ----------------------------------------------------------------------------

    def opened(self, connection: Any, caller: Optional[Caller]) -> None:
        """A connection has been opened, maybe once more."""
        if not self.drivers.is_on():
            return
        try:
            before = self.known(connection)
            if before is not None and before.link is not None:
                return
            if before is not None:
                self.drivers.ended(before, "close", caller, "exception")
            if caller is None:
                connection.__dict__.pop(STATE, None)
                return
            state = connection.__dict__[STATE] = Connection(self.drivers, caller)
            self._describe(connection, state)
            self.drivers.announce(state)
        except Exception as error:
            self.drivers.switch.fail(error)

    def begun(self, connection: Any, caller: Optional[Caller]) -> None:
        """A transaction was begun by a method; the one before it is committed by that."""
        state = self.known(connection)
        if state is not None and caller is not None and self.drivers.is_on():
            try:
                self.settle(state, False, caller)
                state.begin()
            except Exception as error:
                self.drivers.switch.fail(error)

    def ended(self, connection: Any, how: str, caller: Optional[Caller]) -> None:
        """A commit or rollback by a method has returned."""
        state = self.known(connection)
        if state is not None and caller is not None and self.drivers.is_on():
            try:
                self.drivers.ended(state, how, caller)
            except Exception as error:
                self.drivers.switch.fail(error)

    def ending(self, how: str) -> Callable[[Any, Optional[Caller]], None]:
        """What follows a method that commits or rolls back."""

        def after(connection: Any, caller: Optional[Caller]) -> None:
            self.ended(connection, how, caller)

        return after

    def pinged(self, connection: Any, caller: Optional[Caller]) -> None:
        """A connection has answered; only its refusal is of interest."""

    def switched(self, connection: Any, caller: Optional[Caller]) -> None:
        """The automatic commit was switched on or off: on, it commits what was open."""
        state = self.known(connection)
        if state is not None and caller is not None and self.drivers.is_on():
            try:
                self.settle(state, self.inside(connection, state, "SET AUTOCOMMIT"), caller)
            except Exception as error:
                self.drivers.switch.fail(error)

    def closed(self, connection: Any, caller: Optional[Caller]) -> None:
        """A connection has been closed; what it had not committed is lost."""
        state, drivers = self.known(connection), self.drivers
        if state is None or caller is None or state.closed is not None or not drivers.is_on():
            return
        try:
            note_closed(drivers, state, caller)
            drivers.ended(state, "close", caller)
            drivers.told(state, "close", drivers.recorder.site(caller.frame))
        except Exception as error:
            drivers.switch.fail(error)


def is_end(text: str) -> bool:
    """Whether a statement ends the transaction, as words of control and DDL do."""
    found = _WORDS.match(text)
    if found is None:
        return False
    first, second = found.group(1).upper(), (found.group(2) or "").upper()
    if first in _ENDS:
        return second != "TO" and not (second == "WORK" and " TO " in text.upper())
    return first in _COMMITTING and second != "TEMPORARY"


def text_of(query: Any) -> str:
    """The text of a statement: a string, or bytes of one."""
    if isinstance(query, str):
        return query
    return bytes(query).decode("utf-8", "replace") if isinstance(query, (bytes, bytearray)) else ""


def called(name: Any, args: Any) -> str:
    """The text of a call of a stored procedure."""
    return "CALL %s(%s)" % (name, ", ".join("?" for _ in args or ()))


def number_of(error: BaseException) -> Optional[int]:
    """The number that the server, or the client, gives an error."""
    first = error.args[0] if error.args else None
    return first if isinstance(first, int) else None


def sized(rows: Any) -> int:
    """How many sets of binds there are, as far as that can be told without taking them."""
    try:
        return len(rows)
    except TypeError:
        return 0
