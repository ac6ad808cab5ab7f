"""Loads and rows: asked for again and again, or taken for granted."""

from __future__ import annotations

from dataclasses import dataclass

from ormprobe_taxonomy.signals.errors import Place
from ormprobe_taxonomy.terms import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadsRepeated:
    """One line loaded again and again, with keys that all came from one earlier result."""

    place: Place
    scope: str
    count: int
    entity: str | None
    attribute: str | None
    kind: str
    source: Place | None
    source_rows: int
    events: tuple[str, ...] = ()

    @property
    def about(self) -> str | None:
        """`Entity.attribute` of a relation or column, `Entity` of look-ups by key."""
        return ".".join(part for part in (self.entity, self.attribute) if part) or None

    @property
    def says(self) -> str:
        what = self.about or "the same rows"
        source = f" at {self.source}" if self.source else ""
        return f"{self.count} loads of {what} for the {self.source_rows} rows read{source}"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRepeated:
    """The same question was asked again with nothing in between that could change the answer."""

    place: Place
    first: Place | None
    scope: str
    count: int
    reads: tuple[str, ...]
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        tables = ", ".join(self.reads)
        first = f" (first at {self.first})" if self.first and self.first != self.place else ""
        return f"{tables} was asked the same {self.count} times in {self.scope}{first}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsAssumed:
    """Code went on as if a statement had returned other rows than it did.

    error: key of the error, or the event of the failure. how: raised (by the ORM), none (a value
    that is None was used), index (beyond the end of a list) or null (an aggregate over no rows).
    place: the line that used the value. fetched: the line of the statement, None where it is not
    known which. rows, distinct: that it returned. reads: its tables. proven: the source shows that
    the value came from that statement. wanted: the outcome wanted a refusal instead. exists: a row
    with the value that was asked for was written before (True), cannot be there (False), or may be
    (None). in_tests: test code made the assumption itself. An error that the app catches by its own
    name is none: it was thought of.
    """

    error: str
    at_us: int
    type: str
    how: str
    place: Place | None
    link: Link
    fetched: Place | None = None
    rows: int | None = None
    distinct: int | None = None
    reads: tuple[str, ...] = ()
    proven: bool = False
    wanted: bool = False
    exists: bool | None = None
    in_tests: bool = False
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        tables = ", ".join(self.reads) or "a table"
        where = f" at {self.fetched}" if self.fetched else ""
        if self.how == "null":
            return f"an aggregate over {tables}{where} was NULL, and the value was used"
        count = "no row" if not self.rows else f"{self.rows} row{'s' * (self.rows > 1)}"
        asked = "exactly one was assumed" if (self.rows or 0) > 1 else "one was assumed to be there"
        return f"the statement{where} returned {count} of {tables}, and {asked}"
