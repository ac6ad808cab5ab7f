"""The number of a statement, for whoever is about to see its rows."""

from __future__ import annotations

from _thread import _local
from contextvars import ContextVar
from typing import Any, Optional


class Wanted:
    """A query whose statement is awaited. number: of the statement, 0 before it was sent.

    query: None for the first that is sent.
    """

    __slots__ = ("query", "number", "sql")

    def __init__(self, query: Any = None) -> None:
        self.query = query
        self.number = 0
        self.sql = 0

    def seen(self, query: Any, number: int, sql: int) -> None:
        if self.query is query or (self.query is None and not self.number):
            self.number, self.sql = number, sql


wanted: ContextVar[Optional[Wanted]] = ContextVar("ormprobe_wanted", default=None)


class _Last(_local):
    query = 0
    sql = 0
    connection = 0
    transaction = 0


last = _Last()
"""Of this thread: the statement that was sent last. query: the id of what it was made of."""
