"""What outlives a scope: libraries, the schema, connections, processes, counts; all bounded."""

from __future__ import annotations

from dataclasses import dataclass, field

from ormprobe.timeline.model import EventRef, Failure, Site

MAX_FACTS = 2_000
"""Entries of one table of a run; what comes beyond is counted in `Run.dropped`."""


@dataclass(frozen=True, slots=True)
class Library:
    """`role`: orm, driver, web, test or server."""

    process: str
    name: str
    version: str | None
    role: str


@dataclass(frozen=True, slots=True)
class ShimState:
    """`state`: installed or disabled; `reason` when it is disabled."""

    process: str
    name: str
    state: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str | None = None
    nullable: bool | None = None
    primary_key: bool = False
    unique: bool = False
    foreign_key: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    name: str
    target: str | None = None
    direction: str | None = None
    uselist: bool | None = None
    secondary: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A mapped table, and the entity it was seen through."""

    event: EventRef
    name: str
    entity: str | None
    columns: tuple[Column, ...]
    relations: tuple[Relation, ...] = ()

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class CreatedTable:
    """A table that a CREATE TABLE of the app made; the name without schema and quotes.

    text: the statement. site: the app's line that sent it. earlier: the one of that name that was
    made before, which a suite with a database a test has many of.
    """

    event: EventRef
    process: str
    name: str
    at_us: int
    connection: int | None
    text: str = ""
    site: Site | None = None
    earlier: CreatedTable | None = None
    count: int = 1

    def before(self, process: str, at_us: int) -> CreatedTable:
        """The last of that name that a process had made by then; the last of all for none."""
        found: CreatedTable | None = self
        while found is not None:
            if found.process == process and found.at_us < at_us:
                return found
            found = found.earlier
        return self


@dataclass(slots=True, eq=False)
class Engine:
    event: EventRef
    process: str
    number: int
    at_us: int
    system: str
    driver: str | None = None
    memory: bool = False
    namespace: str | None = None
    site: Site | None = None


@dataclass(slots=True, eq=False)
class Connection:
    """A connection over its life. `held`: how often it was still out at the end of a scope.

    kept: the time that it was at the end of a request, with the line that had used it last; None
    when it was returned, closed or used on since. shared: it was used on, so it lives long.
    """

    event: EventRef
    process: str
    number: int
    opened_us: int
    system: str | None = None
    memory: bool = False
    namespace: str | None = None
    thread: int | None = None
    loop: int | None = None
    driver: str | None = None
    engine_site: Site | None = None
    closed_us: int | None = None
    invalidated_us: int | None = None
    checkouts: int = 0
    held: int = 0
    kept: tuple[EventRef, int, Site | None] | None = None
    shared: bool = False


@dataclass(slots=True, eq=False)
class Process:
    """One process of the run. `name`: `<pid>-<n>`. ended_us: None when it left no last line."""

    name: str
    pid: int | None = None
    parent_pid: int | None = None
    python: str | None = None
    executable: str | None = None
    program: str | None = None
    role: str | None = None
    origin: str = "start"
    values: str | None = None
    schema: int | None = None
    started_us: int | None = None
    ended_us: int | None = None
    last_us: int | None = None
    dropped_events: int = 0


@dataclass(slots=True)
class Counts:
    events: int = 0
    statements: int = 0
    requests: int = 0
    tests: int = 0
    errors: int = 0
    malformed_lines: int = 0
    unknown_kinds: int = 0


@dataclass(slots=True)
class Run:
    """Facts about the whole run, filled while its scopes are read; complete after the last one.

    connections and engines are by (process, number); tables by table name, entities by entity.
    unique_indexes: sets of columns by table, of indexes that were made by a statement of their own.
    """

    processes: dict[str, Process] = field(default_factory=dict[str, Process])
    libraries: dict[str, Library] = field(default_factory=dict[str, Library])
    shims: dict[tuple[str, str], ShimState] = field(
        default_factory=dict[tuple[str, str], ShimState]
    )
    tables: dict[str, Table] = field(default_factory=dict[str, Table])
    entities: dict[str, Table] = field(default_factory=dict[str, Table])
    created_tables: dict[str, CreatedTable] = field(default_factory=dict[str, CreatedTable])
    unique_indexes: dict[str, set[frozenset[str]]] = field(
        default_factory=dict[str, set[frozenset[str]]]
    )
    engines: dict[tuple[str, int], Engine] = field(default_factory=dict[tuple[str, int], Engine])
    connections: dict[tuple[str, int], Connection] = field(
        default_factory=dict[tuple[str, int], Connection]
    )
    exit_failures: list[tuple[str, Failure]] = field(default_factory=list[tuple[str, Failure]])
    counts: Counts = field(default_factory=Counts)
    dropped: int = 0

    def system(self, process: str, connection: int | None) -> str | None:
        """The database system of a connection, else of the only system that the run saw."""
        if connection is not None:
            found = self.connections.get((process, connection))
            if found is not None and found.system is not None:
                return found.system
        systems = {engine.system for engine in self.engines.values()}
        return systems.pop() if len(systems) == 1 else None
