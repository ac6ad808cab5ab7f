"""Code of the data layer that is broken, or goes around its ORM."""

from __future__ import annotations

from dataclasses import dataclass

from ormprobe_taxonomy.signals.errors import Place
from ormprobe_taxonomy.terms import Link


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
            "near": "it stands beside data access",
        }.get(self.access or "", "no data access is seen in it")
        return f"{self.type} was raised at {self.place} ({text[:160]}); {how}"


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
