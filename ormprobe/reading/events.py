"""The events of a trace as typed values, one class a kind.

`ormprobe_instrumentation.events` is the contract; names here are its wire names made plain
(`db.query.text` is `text`). Unknown fields are ignored, so that a later minor change can be read.
Numbers refer to definitions and identifiers of the same file; times are microseconds since the
`started` of its process.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import Struct

Json: TypeAlias = Any
"""A value encoded by the target: a scalar or a shape."""

Numbers: TypeAlias = tuple[int, ...]


class Event(Struct, frozen=True, gc=False, kw_only=True, tag_field="kind"):
    """One line of a trace."""


class Process(
    Event,
    frozen=True,
    kw_only=True,
    tag="process",
    rename={
        "pid": "process.pid",
        "parent_pid": "process.parent_pid",
        "python": "process.runtime.version",
        "executable": "process.executable.path",
        "executable_name": "process.executable.name",
        "started": "started_unix_nano",
    },
):
    """`started`: nanoseconds since the epoch."""

    schema: int
    pid: int
    parent_pid: int
    python: str
    executable: str | None = None
    executable_name: str | None = None
    origin: str
    started: int
    role: str | None = None
    values: str
    program: str | None = None


class Library(Event, frozen=True, kw_only=True, tag="library"):
    name: str
    version: str | None = None
    role: str


class Shim(Event, frozen=True, kw_only=True, tag="shim"):
    name: str
    state: str
    reason: str | None = None


class Sql(
    Event,
    frozen=True,
    kw_only=True,
    tag="sql",
    rename={"text": "db.query.text", "operation": "db.operation.name"},
):
    id: int
    text: str
    operation: str


_SITE = {"path": "code.file.path", "line": "code.line.number", "function": "code.function.name"}


class Site(Event, frozen=True, kw_only=True, tag="site", rename=_SITE):
    id: int
    path: str
    line: int
    function: str


class Load(Event, frozen=True, kw_only=True, tag="load"):
    id: int
    type: str
    entity: str
    attribute: str | None = None


class Column(Struct, frozen=True, gc=False):
    name: str
    type: str | None = None
    nullable: bool | None = None
    primary_key: bool | None = None
    unique: bool | None = None
    foreign_key: str | None = None


class Relation(Struct, frozen=True, gc=False):
    name: str
    target: str | None = None
    direction: str | None = None
    uselist: bool | None = None
    secondary: str | None = None


class Schema(
    Event, frozen=True, kw_only=True, tag="schema", rename={"table": "db.collection.name"}
):
    table: str
    entity: str | None = None
    columns: tuple[Column, ...]
    relations: tuple[Relation, ...] | None = None


class ScopeStart(
    Event,
    frozen=True,
    kw_only=True,
    tag="scope",
    rename={"method": "http.request.method", "scheme": "url.scheme", "path": "code.file.path"},
):
    id: int
    parent: int | None = None
    type: Literal["test", "request", "process"]
    name: str
    at: int
    method: str | None = None
    scheme: str | None = None
    frames: Numbers | None = None
    path: str | None = None


class Route(Event, frozen=True, kw_only=True, tag="route", rename={"route": "http.route"}):
    scope: int
    name: str
    route: str | None = None
    handler: int | None = None


class ScopeEnd(
    Event,
    frozen=True,
    kw_only=True,
    tag="scope_end",
    rename={"route": "http.route", "status": "http.response.status_code"},
):
    id: int
    at: int
    outcome: str
    route: str | None = None
    handler: int | None = None
    status: int | None = None
    failed_at: int | None = None
    phase: str | None = None


class Inputs(Event, frozen=True, kw_only=True, tag="inputs"):
    scope: int
    part: str
    values: Json
    cut: int | None = None
    absent: tuple[str, ...] | None = None


class Response(
    Event, frozen=True, kw_only=True, tag="response", rename={"status": "http.response.status_code"}
):
    scope: int
    status: int
    content_type: str | None = None
    body: Json = None
    cut: int | None = None


class CallMade(Struct, frozen=True, kw_only=True):
    line: int
    name: str
    last: int | None = None
    values: Json = None


class Check(Event, frozen=True, kw_only=True, tag="check"):
    scope: int
    at: int
    operator: str | None = None
    left: Json = None
    right: Json = None
    expected: str | None = None
    site: int | None = None
    message: str | None = None
    form: str | None = None
    calls: list[CallMade] | None = None


class Refusal(Event, frozen=True, kw_only=True, tag="refusal"):
    scope: int
    at: int
    began: int
    type: str


class Statement(Event, frozen=True, kw_only=True, tag="statement"):
    id: int
    at: int
    duration: int
    scope: int | None = None
    session: int | None = None
    transaction: int | None = None
    connection: int | None = None
    sql: int
    site: int | None = None
    load: int | None = None
    parent: Json = None
    binds: list[Json] | dict[str, Json]
    many: int | None = None
    affected: int | None = None
    durable: bool | None = None
    via: str | None = None
    callers: list[int] | None = None
    source: str | None = None
    library: str | None = None
    orm: str | None = None
    entity: str | None = None
    serializer: str | None = None


class EntityRows(Struct, frozen=True, gc=False):
    entity: str
    distinct: int | None = None
    keys: list[Json] | None = None


class Rows(Event, frozen=True, kw_only=True, tag="rows"):
    statement: int
    count: int
    entities: tuple[EntityRows, ...] | None = None
    columns: tuple[str, ...] | None = None
    values: tuple[tuple[Json, ...], ...] | None = None
    cut: int | None = None


class Transaction(Event, frozen=True, kw_only=True, tag="transaction"):
    id: int
    at: int
    scope: int | None = None
    session: int | None = None
    connection: int
    end: str
    by: str
    statements: int
    writes: Numbers
    more: int | None = None
    began: int | None = None
    site: int | None = None
    frames: Numbers | None = None
    raised: bool | None = None


class Savepoint(Event, frozen=True, kw_only=True, tag="savepoint"):
    transaction: int
    at: int
    action: str
    writes: Numbers | None = None


class Session(Event, frozen=True, kw_only=True, tag="session"):
    id: int
    at: int
    scope: int | None = None
    end: str
    site: int | None = None
    added: int | None = None
    new: tuple[str, ...] | None = None
    dirty: tuple[str, ...] | None = None
    deleted: tuple[str, ...] | None = None


class Connection(
    Event, frozen=True, kw_only=True, tag="connection", rename={"system": "db.system.name"}
):
    id: int
    at: int
    action: str
    system: str | None = None
    memory: bool | None = None
    namespace: str | None = None
    thread: int | None = None
    loop: int | None = None
    engine_site: int | None = None
    driver: str | None = None
    scope: int | None = None
    site: int | None = None


class Link(Struct, frozen=True, rename={"status_code": "db.response.status_code"}):
    """One exception of a chain."""

    type: str
    mro: tuple[str, ...] | None = None
    module: str | None = None
    message: str | None = None
    code: str | None = None
    status_code: str | None = None
    error: int | None = None
    relation: str | None = None
    frames: Numbers | None = None
    origin: str | None = None


class Detached(Struct, frozen=True, gc=False):
    session: int | None = None
    site: int | None = None


class Closing(Struct, frozen=True, gc=False):
    at: int | None = None
    site: int | None = None
    task: int | None = None


class Busy(Struct, frozen=True, gc=False):
    site: int | None = None
    task: int | None = None
    scope: int | None = None


class Held(Struct, frozen=True, gc=False):
    connection: int | None = None
    at: int | None = None
    site: int | None = None
    scope: int | None = None
    ended: bool | None = None


class Error(
    Event, frozen=True, kw_only=True, tag="error", rename={"status_code": "db.response.status_code"}
):
    id: int
    at: int
    scope: int | None = None
    type: str
    mro: tuple[str, ...]
    module: str
    message: str | None = None
    code: str | None = None
    status_code: str | None = None
    site: int | None = None
    frames: Numbers | None = None
    statement: int | None = None
    session: int | None = None
    transaction: int | None = None
    connection: int | None = None
    engine_site: int | None = None
    entity: str | None = None
    attribute: str | None = None
    parent: Json = None
    detached: Detached | None = None
    origin: str | None = None
    chain: tuple[Link, ...] | None = None
    thread: int | None = None
    loop: int | None = None
    task: int | None = None
    closed: Closing | None = None
    busy: Busy | None = None
    held: tuple[Held, ...] | None = None
    serializer: str | None = None
    access: str | None = None


class Fate(Event, frozen=True, kw_only=True, tag="fate"):
    error: int
    fate: str
    site: int | None = None
    left: int | None = None
    chain: tuple[Link, ...] | None = None


class Failure(Event, frozen=True, kw_only=True, tag="failure"):
    scope: int | None = None
    at: int
    phase: str | None = None
    chain: tuple[Link, ...]


class Warned(Event, frozen=True, kw_only=True, tag="warning"):
    scope: int | None = None
    category: str
    message: str
    site: int | None = None


class Unawaited(Event, frozen=True, kw_only=True, tag="unawaited"):
    at: int
    scope: int | None = None
    name: str
    module: str
    site: int | None = None
    frames: Numbers | None = None
    wants: str | None = None


class Unmapped(Event, frozen=True, kw_only=True, tag="unmapped"):
    at: int
    scope: int | None = None
    entity: str
    values: Json
    site: int | None = None


class Engine(Event, frozen=True, kw_only=True, tag="engine", rename={"system": "db.system.name"}):
    id: int
    at: int
    system: str
    driver: str | None = None
    memory: bool | None = None
    namespace: str | None = None
    site: int | None = None


class Exit(Event, frozen=True, kw_only=True, tag="exit"):
    at: int
    events: int | None = None
    dropped: int | None = None


EVENTS = (
    Process, Library, Shim, Sql, Site, Load, Schema, ScopeStart, Route, ScopeEnd, Inputs, Response,
    Check, Refusal, Statement, Rows, Transaction, Savepoint, Session, Connection, Error, Fate,
    Failure, Warned, Unawaited, Unmapped, Engine, Exit,
)  # fmt: skip

AnyEvent: TypeAlias = (
    Process | Library | Shim | Sql | Site | Load | Schema | ScopeStart | Route | ScopeEnd | Inputs
    | Response | Check | Refusal | Statement | Rows | Transaction | Savepoint | Session | Connection
    | Error | Fate | Failure | Warned | Unawaited | Unmapped | Engine | Exit
)  # fmt: skip
