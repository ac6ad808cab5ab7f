"""Statements by their form: what they hand to the app, and how they were put together."""

from __future__ import annotations

from dataclasses import dataclass

from ormprobe_taxonomy.signals.errors import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsUnbounded:
    """A request read a list without a limit, and got many rows of it. rows: objects where the ORM
    made some, else rows. tables: that the statement reads, that of the rows first."""

    place: Place
    scope: str
    rows: int
    tables: tuple[str, ...]
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        return f"{self.scope} read {self.rows} rows of {self.tables[0]} without a limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueInText:
    """A value of a request stands inside the text of a statement that the app put together.

    part, name: where the request had it, as `query` and `q`. count: requests that did so.
    """

    place: Place
    scope: str
    part: str
    name: str
    count: int
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        what = f"{self.part} value {self.name}".rstrip()
        return f"the {what} of {self.scope} stands in the text of the statement, not in its binds"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsWrittenSingly:
    """One line wrote one row after the other with the same statement, in one piece of work."""

    place: Place
    scope: str
    verb: str
    table: str
    count: int
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        return f"{self.count} times {self.verb} of one row of {self.table} in {self.scope}"
