"""Raw connections, transactions and statements: those that no watched ORM accounts for.

A driver's shim says what it saw; here that becomes events, the same ones that an ORM's shim
writes. A connection that SQLAlchemy opened keeps SQLAlchemy's numbers, so that a raw write in a
session's transaction is settled with it.
"""

from __future__ import annotations

import sys
from time import perf_counter_ns
from typing import Any, Dict, Optional

from ...recorder import Recorder, Scope
from ..controls import BEGINS, COMMITS, POINTS, ROLLBACKS, WRITES, is_of_point, point_of
from ..opening import Opening
from ..row_facts import COUNT
from ..statement_line import statement_line
from ..transaction import Transaction
from .callers import SKIP, WORKER, Caller, Callers

_EXITS = frozenset(("__exit__", "__aexit__"))
_RETURNS = frozenset(("putconn", "_putconn"))


class Connection(Opening):
    """What is known of one database connection beside its driver's own object.

    link: of a connection that SQLAlchemy opened, what its shim keeps. closed: (at, site, task) of
    the close or the return to a pool. system: where the server says that it is another one than
    the driver's. busy: the operation that goes on, where several may. out:
    (at, site, scope) of its leaving a pool.
    """

    __slots__ = (
        "drivers", "namespace", "system", "memory", "site", "scope", "link", "closed", "busy",
        "out",
    )  # fmt: skip

    def __init__(self, drivers: Driver, caller: Optional[Caller] = None) -> None:
        recorder = drivers.recorder
        Opening.__init__(self, recorder)
        self.drivers = drivers
        self.namespace: Optional[str] = None
        self.system: Optional[str] = None
        self.memory = False
        self.site = 0 if caller is None else recorder.site(caller.frame)
        self.scope = recorder.scope_id()
        self.link: Any = None
        self.closed: Any = None
        self.busy: Any = None
        self.out: Any = None

    def renew(self) -> None:
        """Take numbers of its own in a forked child, whose file knows nothing of the parent's."""
        recorder = self.drivers.recorder
        self.number, self.opened = recorder.number(), recorder.at()
        self.file, self.announced = recorder.started, False
        self.site, self.scope = 0, None
        self.transaction = self.link = None

    def open_transaction(self) -> Any:
        """The transaction that is open, as far as it has been seen; SQLAlchemy's where it has."""
        return self.transaction if self.link is None else self.link.transaction

    def begin(self) -> Any:
        """The open transaction, begun here where none was seen."""
        found = self.open_transaction()
        if found is None:
            recorder = self.drivers.recorder
            if self.link is None:
                found = self.transaction = Transaction(recorder, self.number)
            else:
                found = self.link.transaction = Transaction(recorder, self.number)
        return found

    def is_enclosed(self) -> bool:
        """Whether an open transaction is the app's; under that of a test, only a part of it is."""
        encloses = getattr(self.link, "encloses", None)
        return encloses is None or bool(encloses())

    def take_transaction(self) -> Any:
        found = self.open_transaction()
        if self.link is None:
            self.transaction = None
        else:
            self.link.transaction = None
        return found

    def __del__(self) -> None:
        """The driver's connection was collected: with it goes what it had not committed."""
        try:
            drivers, transaction = self.drivers, self.transaction
            if (
                transaction is not None
                and drivers.is_on()
                and self.file == drivers.recorder.started
            ):
                self.transaction = None
                if transaction.writes:
                    drivers.write_end(transaction, "close", "gc", None)
                    drivers.told(self, "close")
        except Exception:
            pass


class Driver:
    """The recording of one driver."""

    def __init__(self, recorder: Recorder, switch: Any, name: str, system: str) -> None:
        self.recorder = recorder
        self.switch = switch
        self.name = name
        self.system = system
        self.callers = Callers(recorder)
        KNOWN[name] = self

    def is_on(self) -> bool:
        return bool(self.switch.on and self.recorder.on)

    # -- connections ----------------------------------------------------------------------------

    def announce(self, connection: Connection) -> None:
        """Record a connection when something is first seen of it that no ORM did."""
        if connection.file != self.recorder.started:
            connection.renew()
        link = connection.link
        if connection.announced or (link is not None and link.announced):
            return
        if link is not None:
            link.announced = True
        connection.tell_open(
            self.recorder,
            connection.system or self.system,
            (connection.memory, connection.namespace),
            driver=self.name,
            scope=connection.scope,
            site=connection.site or None,
        )

    def told(self, connection: Connection, action: str, site: int = 0) -> None:
        """Record a later moment of a connection that has been announced."""
        connection.tell(self.recorder, action, site, self.recorder.scope_id())

    def database(self, connection: Connection, name: Optional[str]) -> None:
        if name:
            connection.namespace = self.recorder.digests.hex(name)

    # -- statements -----------------------------------------------------------------------------

    def statement(
        self,
        connection: Connection,
        caller: Caller,
        text: str,
        started: int,
        binds: Any = (),
        many: Optional[int] = None,
        affected: int = -1,
        rows: Optional[int] = None,
        inside: bool = False,
        scope: Optional[Scope] = None,
    ) -> int:
        """Write a statement that has returned; its number, 0 for one that is only a word of
        transaction control.

        started: of `perf_counter_ns`. affected: rows that a write changed, rows: that it gave, as
        far as the driver knows. inside: whether a transaction is open now.
        """
        ended = perf_counter_ns()
        recorder = self.recorder
        sql, verb = recorder.sql(text)
        self.announce(connection)
        if self._controls(connection, caller, verb, text, inside):
            return 0
        number = recorder.statement_number()
        inside = inside and connection.is_enclosed()
        transaction: Any = connection.open_transaction()
        if inside and transaction is None:
            transaction = connection.begin()
        if transaction is not None:
            transaction.statements += 1
        more = ',"source":"%s"' % caller.source
        if verb in WRITES:
            more += ',"affected":%d' % affected
            if inside and transaction is not None:
                transaction.wrote(number)
            else:
                more += ',"durable":true'
        if many is not None:
            more += ',"many":%d' % many
        if caller.library is not None:
            more += ',"library":"%s"' % caller.library
        frame = caller.frame
        if verb == "SELECT" and frame is not None and frame.f_back is not None:
            callers = recorder.callers(frame)
            if callers:
                more += ',"callers":%s' % callers
        site = recorder.site(frame)
        if scope is None:
            scope = recorder.current()
        line = statement_line(
            recorder,
            number,
            started,
            ended,
            scope,
            transaction,
            connection.number,
            sql,
            site,
            binds,
            more,
        )
        recorder.now(line)
        if rows is not None:
            self.rows(number, rows)
        return number

    def rows(self, statement: int, count: int) -> None:
        self.recorder.later(COUNT % (statement, count))

    # -- transactions ---------------------------------------------------------------------------

    def _controls(
        self, connection: Connection, caller: Caller, verb: str, text: str, inside: bool
    ) -> bool:
        """Take in a statement that begins, ends or divides a transaction."""
        if verb in BEGINS:
            if inside:
                connection.begin()
            return True
        if is_of_point(verb, text):
            name = point_of(text)
            if name is not None:
                connection.begin().savepoint(self.recorder, POINTS[verb], name)
                if not inside:  # SQLite: the release of a savepoint that began the transaction
                    self.ended(connection, "commit", caller)
            return True
        if verb in COMMITS or verb in ROLLBACKS:
            if not inside:
                self.ended(connection, "commit" if verb in COMMITS else "rollback", caller)
            return True
        return False

    def ended(
        self,
        connection: Connection,
        how: str,
        caller: Optional[Caller],
        by: Optional[str] = None,
    ) -> None:
        """End the open transaction; `by` is read from the frames above where it is not given."""
        if connection.file != self.recorder.started:
            connection.renew()
        transaction = connection.take_transaction()
        if transaction is not None:
            by = by or who_asked(self.callers, how, sys._getframe(1))
            self.write_end(transaction, how, by, caller)

    def write_end(self, transaction: Any, how: str, by: str, caller: Optional[Caller]) -> None:
        """Record the end, as asked for at the caller's line."""
        recorder, frames = self.recorder, []
        frame = None if caller is None else caller.frame
        if frame is not None and transaction.settles():
            found = recorder.sites.app_frames(frame, 8)
            frames = [recorder.site_number(site) for site in found] or [recorder.site(frame)]
        transaction.end(recorder, how, by, frames, sys.exc_info()[0] is not None)


KNOWN: Dict[str, Driver] = {}
"""The drivers that are recorded, by their names."""


def who_asked(callers: Callers, how: str, frame: Any) -> str:
    """Who asked for the end of a transaction: the app, the exit of a block, an exception."""
    left, returned, depth = False, False, 0
    while frame is not None and depth < 24 and callers.kind(frame) in (SKIP, WORKER):
        left = left or frame.f_code.co_name in _EXITS
        returned = returned or frame.f_code.co_name in _RETURNS
        frame, depth = frame.f_back, depth + 1
    raised = sys.exc_info()[0] is not None
    if how == "commit":
        return "exit" if left else "app"
    if how == "rollback" and not returned:
        return "exception" if left and raised else "app"
    return "exception" if raised else "close"
