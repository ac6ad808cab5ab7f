"""Transactions of one process: which writes each settles, and in which scopes it is found."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from functools import partial

from ormprobe.reading import events
from ormprobe.timeline.definitions import Definitions
from ormprobe.timeline.model import MAX_WRITES, EventRef, Savepoint, Scope, Statement, Transaction

MAX_OPEN = 4_096
MAX_SAVEPOINTS = 1_000
MAX_KEPT = 10_000
"""Write statements that all open transactions keep; the oldest gives up its own first."""


class _Entry:
    """An open transaction and the scopes that hold it."""

    __slots__ = ("places", "transaction")

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self.places: dict[int, Scope] = {}

    def put(self, scope: Scope) -> None:
        if id(scope) not in self.places:
            self.places[id(scope)] = scope
            scope.transactions.append(self.transaction)


class Ledger:
    """Follows transactions from their first write to their end, which may be in another scope."""

    def __init__(self, base_us: int, definitions: Definitions) -> None:
        self._base_us = base_us
        self._definitions = definitions
        self._open: OrderedDict[int, _Entry] = OrderedDict()
        self._kept = 0

    def wrote(self, statement: Statement, scope: Scope) -> None:
        """A write was issued in a scope."""
        if statement.transaction is None or statement.durable:
            return
        entry = self._entry(statement.transaction, statement.event)
        transaction = entry.transaction
        if transaction.began_us is None:
            transaction.began_us = statement.at_us
        transaction.connection = statement.connection
        transaction.session = statement.session or transaction.session
        statement.settled_by = transaction
        if len(transaction.writes) < MAX_WRITES:
            transaction.writes.append(statement)
            self._kept += 1
            if self._kept > MAX_KEPT:
                self._give_up()
        else:
            transaction.more += 1
        entry.put(scope)

    def savepoint(self, event: events.Savepoint, ref: EventRef) -> None:
        """A savepoint began, or settled the writes since it did."""
        transaction = self._entry(event.transaction, ref).transaction
        writes = event.writes or ()
        if len(transaction.savepoints) < MAX_SAVEPOINTS:
            at_us = self._base_us + event.at
            transaction.savepoints.append(Savepoint(ref, at_us, event.action, writes))
        if event.action == "rollback" and writes:
            gone = frozenset(writes)
            for statement in transaction.writes:
                statement.undone = statement.undone or statement.number in gone
            kept = [write for write in transaction.writes if not write.undone]
            self._kept -= len(transaction.writes) - len(kept)
            transaction.writes = kept

    def ended(self, event: events.Transaction, ref: EventRef, scope: Scope) -> None:
        """A transaction ended in a scope; those of its writes hold it already."""
        entry = self._entry(event.id, ref)
        del self._open[event.id]
        found = entry.transaction
        self._kept -= len(found.writes)
        found.event, found.pending = ref, False
        found.end, found.by = event.end, event.by
        found.raised = bool(event.raised)
        found.ended_us = self._base_us + event.at
        if event.began is not None:
            found.began_us = self._base_us + event.began
        found.connection, found.scope = event.connection, event.scope
        found.session = event.session or found.session
        found.statements, found.more = event.statements, event.more or 0
        found.write_numbers = event.writes
        self._definitions.sites.when(event.site, partial(setattr, found, "site"))
        self._definitions.frames(event.frames, partial(setattr, found, "frames"))
        entry.put(scope)

    def unsettled(self) -> Iterator[Scope]:
        """The scopes with writes whose transaction is open."""
        for entry in self._open.values():
            yield from entry.places.values()

    def let_go(self, scopes: dict[int, Scope]) -> None:
        """Take the pending transactions out of scopes (by id) that are handed out."""
        for entry in self._open.values():
            for key in [key for key in entry.places if key in scopes]:
                scope = entry.places.pop(key)
                scope.transactions = [t for t in scope.transactions if not t.pending]

    def close(self, scope: Scope) -> None:
        """The process ended: what is open stays so, in its scopes or else in `scope`."""
        for entry in self._open.values():
            transaction = entry.transaction
            transaction.pending = False
            if transaction.wrote and not entry.places:
                entry.put(scope)
        self._open.clear()

    def _give_up(self) -> None:
        for entry in self._open.values():
            transaction = entry.transaction
            if transaction.writes:
                self._kept -= len(transaction.writes)
                transaction.more += len(transaction.writes)
                transaction.writes = []
                return

    def _entry(self, number: int, ref: EventRef) -> _Entry:
        entry = self._open.get(number)
        if entry is None:
            if len(self._open) >= MAX_OPEN:
                oldest = self._open.popitem(last=False)[1]
                self._kept -= len(oldest.transaction.writes)
            entry = self._open[number] = _Entry(Transaction(number, ref))
        return entry
