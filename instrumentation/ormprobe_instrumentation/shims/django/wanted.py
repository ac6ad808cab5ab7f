"""The number of a statement, for whoever is about to see its rows."""

from __future__ import annotations

from _thread import _local
from contextvars import ContextVar
from typing import Any, Optional


class Wanted:
    """A query whose statement is awaited. number: of the statement, 0 before it was sent.

    query: None for the first that is sent. link, transaction: of the connection that it went over.
    """

    __slots__ = ("query", "number", "sql", "link", "transaction")

    def __init__(self, query: Any = None) -> None:
        self.query = query
        self.number = 0

    def seen(self, query: Any, number: int, sql: int, link: Any, transaction: Any) -> None:
        if self.query is query or (self.query is None and not self.number):
            self.number, self.sql = number, sql
            self.link, self.transaction = link, transaction


wanted: ContextVar[Optional[Wanted]] = ContextVar("ormprobe_wanted", default=None)


class _Last(_local):
    query = 0
    sql = 0
    connection = 0
    transaction = 0


last = _Last()
"""Of this thread: the last statement that gave no row, or several. query: the id of what it was
made of."""


def remember(box: Wanted) -> None:
    """Keep what an error will be about that says how many rows there were."""
    last.query, last.sql, last.connection = id(box.query), box.sql, box.link.number
    last.transaction = 0 if box.transaction is None else box.transaction.id
