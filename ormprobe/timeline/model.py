"""The timeline as detectors read it: scopes, and what happened in them.

Every `..._us` is absolute: microseconds since the epoch, comparable between processes. A duration
is in microseconds. `event` is the number of the line that proves a fact, `<pid>-<n>:<line>`.
Numbers (`number`, `transaction`, `session`, `connection`) are those of one process. A reader may
rely on what it is given staying as it is, but for what was not known yet: the fate of an error,
the end of a transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TypeAlias

EventRef: TypeAlias = str

Scalar: TypeAlias = bool | int | float | str | None
"""An encoded value: weak values stand for themselves, others are `<type><length>[:<digest>...]`."""

Shape: TypeAlias = "Scalar | list[Shape] | dict[str, Shape]"
"""A mapping is an object, a sequence `{"#": length, "of": [...]}`, else `{"?": "type name"}`."""


def process_of(event: EventRef) -> str:
    """The process that wrote an event."""
    return event.rpartition(":")[0]


WRITES = frozenset(("INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE"))

MAX_WRITES = 1_000
"""Write statements that one transaction keeps."""

AWAIT = "await"
OPEN = "open"
INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Site:
    """A line of the app's code; `path` is relative to the app when it lies under it."""

    path: str
    line: int
    function: str


@dataclass(frozen=True, slots=True)
class Load:
    """Why the ORM asked: `kind` is lazy, deferred, expired, get, refresh or eager."""

    kind: str
    entity: str
    attribute: str | None = None


@dataclass(frozen=True, slots=True)
class EntityRows:
    """The objects of one mapped class in a result. `keys`: encoded, capped."""

    entity: str
    distinct: int | None
    keys: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """What a statement returned. `values`: the first rows, encoded; `cut`: how many left out."""

    event: EventRef
    count: int
    entities: tuple[EntityRows, ...] = ()
    columns: tuple[str, ...] = ()
    values: tuple[tuple[Scalar, ...], ...] = ()
    cut: int = 0


@dataclass(slots=True, eq=False)
class Statement:
    """One statement the database was sent.

    binds: in the statement's order, or by name. many: how many sets of binds, None for one; rest:
    those after the first, the first few of them, without names.
    affected: row count of a write, -1 where the driver does not know. durable: a write outside any
    transaction. via: flush or autoflush, raw or extra where the app gave the ORM SQL of its own,
    None when the app sent it. scope: its scope's number, None
    outside any. parent: key of the object a load was for. settled_by: of a write that is not
    durable by itself, its transaction; undone: a rollback to a savepoint took it back. callers:
    of a SELECT, the app's lines that led to its site, innermost first. source: of one that reached
    the driver without a watched ORM, who sent it: app or library; library: its package. orm: that
    sent it, None for SQLAlchemy and for one with a source. entity: the model that it is about.
    serializer: the library's function that read the attribute where no line of the app did.
    composed: the app's lines that made and extended its query, the first one first, at most eight;
    empty where that is its site alone.
    """

    number: int
    event: EventRef
    scope: int | None
    at_us: int
    duration_us: int
    text: str = ""
    operation: str = ""
    site: Site | None = None
    load: Load | None = None
    parent: Shape = None
    binds: tuple[Shape, ...] | Mapping[str, Shape] = ()
    many: int | None = None
    rest: tuple[tuple[Shape, ...], ...] = ()
    affected: int | None = None
    durable: bool = False
    via: str | None = None
    transaction: int | None = None
    session: int | None = None
    connection: int | None = None
    rows: Rows | None = None
    settled_by: Transaction | None = field(default=None, repr=False)
    undone: bool = False
    callers: tuple[Site, ...] = ()
    source: str | None = None
    library: str | None = None
    orm: str | None = None
    entity: str | None = None
    serializer: str | None = None
    composed: tuple[Site, ...] = ()

    @property
    def process(self) -> str:
        """The process whose numbers it bears: `<pid>-<n>`."""
        return process_of(self.event)

    @property
    def is_write(self) -> bool:
        return self.operation in WRITES

    @property
    def bind_values(self) -> tuple[Shape, ...]:
        """The binds without their names."""
        binds = self.binds
        return binds if isinstance(binds, tuple) else tuple(binds.values())


@dataclass(frozen=True, slots=True)
class Savepoint:
    """`action`: begin, release or rollback. `writes`: numbers of the statements it settled."""

    event: EventRef
    at_us: int
    action: str
    writes: tuple[int, ...] = ()


@dataclass(slots=True, eq=False)
class Transaction:
    """A transaction, and how it ended.

    end: commit, rollback, reset, close, or "open": its process ended first. pending: its end is not
    known yet; a pending one is in no scope that is handed out, it comes with the scope it ends in.
    by: app, exit, exception, close, gc, orm or unknown; None while open. scope: the number of the
    one it ended in. writes: the statements it settles that are in memory, at most `MAX_WRITES`;
    write_numbers: as its end names them; more: writes beyond these. event: of its end, else of its
    first write. raised: the app rolled back while an exception was on its way.
    """

    number: int
    event: EventRef
    connection: int | None = None
    session: int | None = None
    scope: int | None = None
    began_us: int | None = None
    ended_us: int | None = None
    end: str = OPEN
    pending: bool = True
    by: str | None = None
    statements: int = 0
    writes: list[Statement] = field(default_factory=list["Statement"])
    write_numbers: tuple[int, ...] = ()
    more: int = 0
    site: Site | None = None
    frames: tuple[Site, ...] = ()
    raised: bool = False
    savepoints: list[Savepoint] = field(default_factory=list["Savepoint"])

    @property
    def process(self) -> str:
        """The process whose numbers it bears: `<pid>-<n>`."""
        return process_of(self.event)

    @property
    def wrote(self) -> bool:
        return bool(self.writes or self.write_numbers or self.more)

    @property
    def order_us(self) -> int:
        """When it ended, else when it began."""
        return self.ended_us or self.began_us or 0


@dataclass(slots=True, eq=False)
class Session:
    """The end of a session (close, gc or exception) that dropped what it had not written.

    `new`, `dirty`, `deleted`: entities that were dropped. added: the line that put the last one in.
    """

    number: int
    event: EventRef
    at_us: int
    end: str
    site: Site | None = None
    added: Site | None = None
    new: tuple[str, ...] = ()
    dirty: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()

    @property
    def process(self) -> str:
        """The process whose numbers it bears: `<pid>-<n>`."""
        return process_of(self.event)


@dataclass(frozen=True, slots=True)
class Detached:
    """The session an object had left when it was used, and where that session was closed."""

    session: int | None
    site: Site | None


@dataclass(slots=True, eq=False)
class Closing:
    """Where and when what an error is about had been closed or released before."""

    at_us: int | None
    site: Site | None = None
    task: int | None = None


@dataclass(slots=True, eq=False)
class Busy:
    """What else was going on with a session or connection; `scope`: number of its scope."""

    site: Site | None = None
    task: int | None = None
    scope: int | None = None


@dataclass(slots=True, eq=False)
class Held:
    """A connection that was out when a pool had none left; `ended`: whether its scope had."""

    connection: int | None
    at_us: int | None
    site: Site | None = None
    scope: int | None = None
    ended: bool = False


@dataclass(slots=True, eq=False)
class Error:
    """An exception of the data layer, from the moment its object was made.

    fate: propagated, handler, translated, expected, caught, library or never-raised; None while
    unknown. caught: the line that caught it. left: of an error that was alive when the program had
    ended, the line that its catching frame was left at. site: the app's innermost line when it was
    made. statement: the SQL text it is about. origin: the library frame that raised. thread, loop,
    task: in which it was raised; loop 0: no event loop ran. serializer: as of a statement.
    access: how the attribute was being read: lazy, deferred or expired.
    """

    number: int
    event: EventRef
    scope: int | None
    at_us: int
    type: str
    module: str
    mro: tuple[str, ...] = ()
    message: str = ""
    code: str | None = None
    status_code: str | None = None
    site: Site | None = None
    frames: tuple[Site, ...] = ()
    statement: str | None = None
    operation: str | None = None
    session: int | None = None
    transaction: int | None = None
    connection: int | None = None
    engine_site: Site | None = None
    entity: str | None = None
    attribute: str | None = None
    parent: Shape = None
    detached: Detached | None = None
    origin: str | None = None
    chain: tuple[Link, ...] = ()
    fate: str | None = None
    fate_event: EventRef | None = None
    caught: Site | None = None
    left: Site | None = None
    thread: int | None = None
    loop: int | None = None
    task: int | None = None
    closed: Closing | None = None
    busy: Busy | None = None
    held: tuple[Held, ...] = ()
    serializer: str | None = None
    access: str | None = None

    @property
    def process(self) -> str:
        """The process whose numbers it bears: `<pid>-<n>`."""
        return process_of(self.event)


@dataclass(slots=True, eq=False)
class Link:
    """One exception of a chain. `relation`: orig, cause, context or member of the one before."""

    type: str
    mro: tuple[str, ...] = ()
    message: str = ""
    module: str | None = None
    code: str | None = None
    status_code: str | None = None
    relation: str | None = None
    frames: tuple[Site, ...] = ()
    origin: str | None = None
    error_number: int | None = None
    error: Error | None = None


@dataclass(slots=True, eq=False)
class Failure:
    """The exception that ended a scope, or the process, badly; `chain`: from the outermost."""

    event: EventRef
    at_us: int
    phase: str | None
    chain: tuple[Link, ...]

    @property
    def process(self) -> str:
        """The process whose numbers it bears: `<pid>-<n>`."""
        return process_of(self.event)


@dataclass(frozen=True, slots=True)
class CallMade:
    """A call of an app's function in a test: its first and last line, the arguments by name."""

    line: int
    last: int
    name: str
    values: Mapping[str, Shape]


@dataclass(slots=True, eq=False)
class Check:
    """An assertion that failed: its operands, and which of them was expected.

    form: assert, unittest or exception (the test took for there what was not). calls: what the test
    had called of the app, as far as its source tells.
    """

    event: EventRef
    at_us: int
    operator: str | None = None
    left: Shape = None
    right: Shape = None
    expected: str | None = None
    site: Site | None = None
    message: str | None = None
    form: str | None = None
    calls: tuple[CallMade, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Work that a test wanted to end in an exception, and that did. type: its class.

    began_us: when the test's block was entered; at_us: when the exception got there.
    """

    event: EventRef
    at_us: int
    began_us: int
    type: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """A part of what a request brought: path, query, form or json. `cut`: scalars left out.

    absent: parameters of a path that stand for no identifier, as `null` does.
    """

    event: EventRef
    part: str
    values: Shape
    cut: int = 0
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Response:
    """What a request was answered. `cut`: scalars left out of `body`."""

    event: EventRef
    status: int
    content_type: str | None = None
    body: Shape = None
    cut: int = 0


@dataclass(slots=True, eq=False)
class Warned:
    """A Python warning."""

    event: EventRef
    category: str
    message: str
    site: Site | None = None


@dataclass(slots=True, eq=False)
class Unawaited:
    """A coroutine or query of the data layer that was dropped without being awaited.

    wants: what it was dropped without: "await", or "execute" of a query that runs by a call.
    table, values: of a write that was not executed. kept: a name held it before it was dropped.
    """

    event: EventRef
    at_us: int
    name: str
    module: str
    site: Site | None = None
    frames: tuple[Site, ...] = ()
    wants: str = AWAIT
    table: str | None = None
    values: Shape = None
    kept: bool = False


@dataclass(slots=True, eq=False)
class Unmapped:
    """What a model was given by names that it does not have, and that no statement wrote."""

    event: EventRef
    at_us: int
    entity: str
    values: Shape
    site: Site | None = None


@dataclass(slots=True, eq=False)
class Unwritten:
    """What an instance held and no statement wrote.

    why: unsaved, omitted, detached, mutated or shared, as in the trace's contract. values:
    by attribute; was: what its row held. statement: number of the one that loaded it. since_us:
    when it was loaded or stored. site: of the set, of the save that left it out, or of the commit
    that did not notice. frames: the app's lines when it was seen, innermost first.
    """

    event: EventRef
    at_us: int
    why: str
    entity: str
    key: Shape
    values: Shape
    was: Shape = None
    statement: int | None = None
    since_us: int | None = None
    site: Site | None = None
    frames: tuple[Site, ...] = ()


@dataclass(slots=True, eq=False)
class ConnectionUse:
    """`action`: open, close, invalidate, checkout, held (still out at the end of its scope) or lost
    (collected while it was out). site: of what is held or lost, the line that used it last."""

    event: EventRef
    number: int
    at_us: int
    action: str
    thread: int | None = None
    loop: int | None = None
    site: Site | None = None


@dataclass(slots=True, eq=False)
class Scope:
    """A test, a request, or a slice of what a process did outside any of them.

    process: `<pid>-<n>`. kind: test, request or process (number 0). outcome: passed, failed,
    error, skipped; "interrupted" when the process ended inside it; "open" while it runs, as all
    slices of a process but the last. A process without its last line is "interrupted", but a
    forked one "unknown": `os._exit` is its usual end. failed_us: when the failure was raised.
    asked: the lines of a test that made a request, where an error's own frames end before them.
    """

    process: str
    number: int
    kind: str
    name: str
    event: EventRef
    started_us: int
    parent: Scope | None = field(default=None, repr=False)
    ended_us: int | None = None
    outcome: str = OPEN
    failed_us: int | None = None
    phase: str | None = None
    method: str | None = None
    scheme: str | None = None
    path: str | None = None
    route: str | None = None
    handler: Site | None = None
    status: int | None = None
    asked: tuple[Site, ...] = ()
    end_event: EventRef | None = None
    slice: int = 0
    last: bool = True
    events: int = 0
    inputs: dict[str, Inputs] = field(default_factory=dict[str, Inputs])
    response: Response | None = None
    checks: list[Check] = field(default_factory=list[Check])
    refusals: list[Refusal] = field(default_factory=list[Refusal], repr=False)
    failures: list[Failure] = field(default_factory=list[Failure])
    statements: list[Statement] = field(default_factory=list[Statement], repr=False)
    errors: list[Error] = field(default_factory=list[Error], repr=False)
    transactions: list[Transaction] = field(default_factory=list[Transaction], repr=False)
    sessions: list[Session] = field(default_factory=list[Session], repr=False)
    warnings: list[Warned] = field(default_factory=list[Warned], repr=False)
    connections: list[ConnectionUse] = field(default_factory=list[ConnectionUse], repr=False)
    unawaited: list[Unawaited] = field(default_factory=list[Unawaited], repr=False)
    unmapped: list[Unmapped] = field(default_factory=list[Unmapped], repr=False)
    unwritten: list[Unwritten] = field(default_factory=list[Unwritten], repr=False)
    children: list[Scope] = field(default_factory=list["Scope"], repr=False)

    def walk(self) -> Iterator[Scope]:
        """Itself, then its descendants in the order they began."""
        waiting: list[Scope] = [self]
        while waiting:
            scope = waiting.pop()
            yield scope
            waiting.extend(reversed(scope.children))

    def all_statements(self) -> list[Statement]:
        """The statements of itself and its descendants, in time order."""
        return sorted((s for scope in self.walk() for s in scope.statements), key=_AT)

    def all_errors(self) -> list[Error]:
        """The errors of itself and its descendants, in time order."""
        return sorted((e for scope in self.walk() for e in scope.errors), key=_AT)

    def all_transactions(self) -> list[Transaction]:
        """The transactions of itself and its descendants, each once, in the order of their ends."""
        found = {id(t): t for scope in self.walk() for t in scope.transactions}
        return sorted(found.values(), key=_ORDER)


_AT = attrgetter("at_us")
_ORDER = attrgetter("order_us")
