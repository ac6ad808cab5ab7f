"""What statements and objects refer to and do not find: sessions, tables, columns, engines."""

from __future__ import annotations

from dataclasses import dataclass

from ormprobe_taxonomy.signals.errors import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectLeft:
    """The object of a detached access was loaded by a session that ended before the access."""

    error: str
    entity: str
    loaded: Place | None
    closed: Place | None
    accessed: Place | None
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        loaded = f" was loaded at {self.loaded}" if self.loaded else ""
        closed = f", its session was closed at {self.closed}" if self.closed else ""
        used = f", and it was used at {self.accessed}" if self.accessed else ""
        return f"the {self.entity}{loaded}{closed}{used}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMissing:
    """A statement named a table that the database lacks.

    declared: a mapping or Table of the app declares it. created: this run created it on some
    connection before. split: the database is private to each connection (`:memory:`) and there was
    more than one. creation: the app's line that would create it. engine: the line that made the
    engine.
    """

    error: str
    table: str
    declared: bool
    created: bool
    split: bool
    creation: Place | None = None
    engine: Place | None = None
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        declared = "is declared by the app's models" if self.declared else "is in no mapping"
        seen = "was created in this run" if self.created else "no CREATE TABLE for it was seen"
        where = f"; the step that creates it is at {self.creation}" if self.creation else ""
        return f'table "{self.table}" {declared}, and {seen}{where}'


@dataclass(frozen=True, slots=True, kw_only=True)
class NameUnknown:
    """A statement named a column, alias or relation that is not in scope.

    sources: the tables that it reads, `buyers as b` where it calls one so. declared: a table of the
    statement, `table`, is mapped with a column of that name. known: the tables of the statement are
    known, so that absence means something.
    """

    error: str
    name: str
    sources: tuple[str, ...]
    declared: bool
    known: bool
    table: str | None = None
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        sources = ", ".join(self.sources) or "nothing"
        return f'"{self.name}" is named, but the statement reads from {sources} only'


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstConnection:
    """Whether an engine had connected before an error, and the line that made the engine."""

    error: str
    connected_before: bool
    engine: Place | None
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        if self.connected_before:
            return "the engine had connected before"
        return "no connection of this engine had succeeded before"
