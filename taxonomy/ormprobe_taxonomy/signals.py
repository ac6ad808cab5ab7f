"""Signals: typed facts derived from the events of one outcome. Rules see nothing else.

A signal says what was seen in one sentence and names the events that prove it. Places are lines of
the app's own code. Times are microseconds, comparable within a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from ormprobe_taxonomy.connections import (
    ConnectionKept,
    ImplicitAccess,
    NeverAwaited,
    NeverSetUp,
    OutOfPlace,
    Overlap,
    PoolDrained,
    UsedClosed,
)
from ormprobe_taxonomy.refusals import (
    Contended,
    DatetimeMixed,
    MappingDeclared,
    ObjectMisused,
    SchemaDrift,
    StatementRefused,
)
from ormprobe_taxonomy.terms import Fate, Link


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the app's own code; `file` is relative to the app."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the exception tables say of an error: a cause, or none that is known."""

    cause: str
    facet: str | None = None
    variant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An error of the data layer was raised while the outcome ran.

    key: names the error within the run. reading: of its innermost readable exception. place: the
    app's line that asked for the failing operation. caught: the app's line that caught it.
    session, transaction, connection: names within the run. reads: tables that the failing
    statement reads; writes: those that it was to change. foreign_key: the column it names refers
    to another table. follows: key of the earlier error that this one is only an echo of.
    """

    key: str
    at_us: int
    type: str
    message: str
    reading: Reading | None
    fate: Fate
    link: Link
    place: Place | None
    caught: Place | None = None
    catches: tuple[str, ...] = ()
    session: str | None = None
    transaction: str | None = None
    connection: str | None = None
    entity: str | None = None
    attribute: str | None = None
    operation: str | None = None
    statement: str | None = None
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    follows: str | None = None
    autoflush: bool = False
    foreign_key: bool = False
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        text = " ".join(self.message.split())
        shown = text if len(text) <= 160 else text[:157] + "..."
        where = f" at {self.place}" if self.place else ""
        return f"{self.type} was raised{where}: {shown}"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteLost:
    """Writes were sent to the database and their transaction ended without a commit.

    end: rollback, reset, close, open (still open when the outcome failed) or dropped (the session
    let go of instances that it had not written). by: who asked: app, cleanup (a rollback of what
    was not committed), exception, close, exit, gc, orm, unknown. explicit: a flush or a Core write
    of the app, not only autoflush. answered: the request's status, None outside a request.
    kept_on: the scope ended well by its own account. read: tables that were read afterwards, before
    the outcome failed.
    harness: the transaction was ended by test code. rehearsal: the request says that it keeps
    nothing.
    """

    at_us: int
    place: Place | None
    ended: Place | None
    end: str
    by: str
    tables: tuple[str, ...]
    writes: int
    explicit: bool
    answered: int | None
    method: str | None
    kept_on: bool
    read: tuple[str, ...]
    harness: bool
    rehearsal: bool = False
    session: str | None = None
    transaction: str | None = None
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        tables = ", ".join(self.tables) or "a table"
        one = self.writes == 1
        noun = "write" if one else "writes"
        were = "was" if one else "were"
        parts = [f"{self.writes} {noun} to {tables} {were} {self._fate}"]
        if self.answered:
            parts.append(f"the request answered {self.answered}")
        if self.read:
            parts.append(f"{', '.join(self.read)} was read afterwards")
        return ", and ".join(parts)

    @property
    def _fate(self) -> str:
        at = f" at {self.ended}" if self.ended else ""
        if self.end == "dropped":
            return f"never sent: the session ended without a flush or commit{at}"
        if self.end == "open":
            return "still uncommitted when the outcome failed"
        if self.end == "reset" or self.by == "gc":
            return f"rolled back when the session or connection was dropped{at}"
        if self.by in ("close", "exit"):
            return f"rolled back when the session or connection was closed{at}"
        return f"rolled back{at} (by {self.by})"


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
    def says(self) -> str:
        what = ".".join(part for part in (self.entity, self.attribute) if part) or "the same rows"
        source = f" at {self.source}" if self.source else ""
        return f"{self.count} loads of {what} for the {self.source_rows} rows read{source}"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBroken:
    """A plain Python error in the app's code: a name, an attribute or an argument is wrong.

    error: the event of the failure. place: the app's innermost line. access: how the code is known
    to be data access: sends (it sent statements in this run), holds (its source works with a
    session or connection) or class (the object that it asked is of such a class); None where it is
    not. before: an error of the data layer came first.
    """

    error: str
    at_us: int
    type: str
    message: str
    place: Place
    link: Link
    access: str | None
    before: bool
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        text = " ".join(self.message.split())
        how = {
            "sends": "its function sends statements",
            "holds": "its function works with a session or connection",
            "class": "what it asked is a class of the data layer",
        }.get(self.access or "", "no data access is seen in it")
        return f"{self.type} was raised at {self.place} ({text[:160]}); {how}"


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
class LeftUndone:
    """A request that was to write failed, or its writes were lost: what it should have left.

    errors, transactions: those of the request. carriers: names, the same over the whole run, by
    which a later outcome may miss it: values it brought, the collection that it was to add to.
    """

    at_us: int
    errors: tuple[str, ...]
    transactions: tuple[str, ...]
    carriers: tuple[str, ...]
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        return "a request that was to write left nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoughtInVain:
    """The answer that failed the outcome came from look-ups that found no row, or from a path that
    names no identifier. carriers: as in `LeftUndone`; left: what it did not leave in its turn."""

    at_us: int
    carriers: tuple[str, ...]
    left: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        return "what was looked up for the failing answer was not there"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrmBypassed:
    """One line sent statements on the app's tables around the ORM that was declared.

    by: the other ORM that sent them, None where the app called the driver itself. tables: those
    that they touch. count: how many in this outcome.
    """

    at_us: int
    place: Place | None
    declared: str
    by: str | None
    operation: str
    tables: tuple[str, ...]
    count: int
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        times = "" if self.count == 1 else f" {self.count} times"
        how = f"by {self.by}" if self.by else "to the driver"
        tables = ", ".join(self.tables)
        return f"{self.operation} on {tables} was sent {how}{times}, not through {self.declared}"


Signal = (
    Raised | ObjectLeft | TableMissing | NameUnknown | FirstConnection | WriteLost | LoadsRepeated
    | ImplicitAccess | Overlap | OutOfPlace | UsedClosed | PoolDrained | ConnectionKept
    | NeverAwaited | NeverSetUp
    | RowsAssumed | CodeBroken | QueryRepeated | LeftUndone | SoughtInVain
    | StatementRefused | SchemaDrift | DatetimeMixed | Contended | MappingDeclared | ObjectMisused
    | OrmBypassed
)  # fmt: skip


About = TypeVar(
    "About", ObjectLeft, TableMissing, NameUnknown, FirstConnection,
    ImplicitAccess, Overlap, OutOfPlace, UsedClosed, PoolDrained, NeverAwaited, NeverSetUp,
    RowsAssumed,
    StatementRefused, SchemaDrift, DatetimeMixed, Contended, MappingDeclared, ObjectMisused,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One outcome and everything that was derived from its events.

    outcome: its id. failing: it ended badly. checked: it failed by a check on a value, not by an
    exception of the app. failed_us: when.
    """

    outcome: str
    failing: bool
    checked: bool = False
    failed_us: int | None = None
    signals: Sequence[Signal] = field(default_factory=tuple)

    def raised(self) -> list[Raised]:
        return [signal for signal in self.signals if isinstance(signal, Raised)]

    def about(self, kind: type[About], error: str) -> About | None:
        """What a detector found out about one error."""
        for signal in self.signals:
            if isinstance(signal, kind) and signal.error == error:
                return signal
        return None
