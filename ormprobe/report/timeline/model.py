"""What the timeline tells of a scope. Times are microseconds, `at_us` since the scope began.

`event` is the number of the line that proves an entry, as a verdict's evidence quotes it.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from ormprobe.timeline.model import Shape

SCHEMA = 1

Where: TypeAlias = "Line | None"


class Line(Struct, frozen=True):
    """A line of the app."""

    file: str
    line: int
    function: str


class Origin(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a value was seen before. kind: input or rows. name: `json.title` of an input, the
    column of rows. event: of the rows. weak: a small number, which equality only suggests."""

    kind: str
    name: str
    event: str | None = None
    weak: bool = False


class Value(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value as the trace has it. name: its path in an input or answer, its column of a bind.
    key: of a bind, its position in the statement or its name there."""

    key: str | None = None
    name: str | None = None
    value: Shape = None
    origin: Origin | None = None


class StatementEntry(
    Struct, frozen=True, kw_only=True, omit_defaults=True, tag="statement", tag_field="kind"
):
    """fate of a write: kept, lost, undone (to a savepoint) or open. durable: outside any
    transaction. load: why the ORM asked. composed: the lines that made and extended its query,
    where these are not its own alone."""

    event: str
    at_us: int
    duration_us: int
    operation: str
    text: str
    where: Where = None
    composed: tuple[Line, ...] = ()
    binds: tuple[Value, ...] = ()
    many: int | None = None
    rows: int | None = None
    affected: int | None = None
    fate: str | None = None
    durable: bool = False
    load: str | None = None
    via: str | None = None
    sender: str | None = None
    transaction: int | None = None
    connection: int | None = None


class TransactionEntry(
    Struct, frozen=True, kw_only=True, omit_defaults=True, tag="transaction", tag_field="kind"
):
    """end: commit, rollback, reset, close or open. kept, lost: events of the writes it settled;
    more: writes beyond these."""

    event: str
    at_us: int
    end: str
    by: str | None = None
    where: Where = None
    statements: int = 0
    kept: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    more: int = 0


class SavepointEntry(
    Struct, frozen=True, kw_only=True, omit_defaults=True, tag="savepoint", tag_field="kind"
):
    """action: begin, release or rollback. lost: events of the writes that a rollback took back."""

    event: str
    at_us: int
    action: str
    lost: tuple[str, ...] = ()


class ErrorEntry(
    Struct, frozen=True, kw_only=True, omit_defaults=True, tag="error", tag_field="kind"
):
    """An exception of the data layer. caught: where, as far as its fate tells."""

    event: str
    at_us: int
    type: str
    message: str = ""
    code: str | None = None
    where: Where = None
    fate: str | None = None
    caught: Where = None


class FailureEntry(
    Struct, frozen=True, kw_only=True, omit_defaults=True, tag="failure", tag_field="kind"
):
    """The exception that ended the scope badly."""

    event: str
    at_us: int
    type: str
    message: str = ""
    phase: str | None = None
    where: Where = None


class CheckEntry(
    Struct, frozen=True, kw_only=True, omit_defaults=True, tag="check", tag_field="kind"
):
    """An assertion that failed. expected: left or right, where it is known which."""

    event: str
    at_us: int
    operator: str | None = None
    left: Shape = None
    right: Shape = None
    expected: str | None = None
    message: str | None = None
    where: Where = None


class NoteEntry(
    Struct, frozen=True, kw_only=True, omit_defaults=True, tag="note", tag_field="kind"
):
    """Anything else: what a session dropped, a call never awaited, a warning."""

    event: str
    at_us: int
    says: str
    where: Where = None


class Answer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a request was answered. values: the scalars shown; lengths: of its lists."""

    status: int
    content_type: str | None = None
    values: tuple[Value, ...] = ()
    lengths: tuple[tuple[str, int], ...] = ()
    cut: int = 0


class ScopeEntry(
    Struct, frozen=True, kw_only=True, omit_defaults=True, tag="scope", tag_field="kind"
):
    """A test, request or process. entries: in the order of time, scopes inside it among them."""

    event: str
    type: str
    name: str
    at_us: int
    outcome: str
    process: str
    duration_us: int | None = None
    method: str | None = None
    route: str | None = None
    path: str | None = None
    status: int | None = None
    handler: Where = None
    inputs: tuple[Value, ...] = ()
    entries: tuple[Entry, ...] = ()
    answer: Answer | None = None

    @property
    def is_bad(self) -> bool:
        return self.outcome in ("failed", "error", "interrupted", "timeout")


Entry: TypeAlias = (
    ScopeEntry
    | StatementEntry
    | TransactionEntry
    | SavepointEntry
    | ErrorEntry
    | FailureEntry
    | CheckEntry
    | NoteEntry
)
