"""Errors of the data layer, and where and how an outcome met them."""

from __future__ import annotations

from dataclasses import dataclass

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
