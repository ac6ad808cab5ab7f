"""Signals about what was declared of the data layer: another database, or none."""

from __future__ import annotations

from dataclasses import dataclass

from ormprobe_taxonomy.signals.errors import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherDatabase:
    """The app's data went to another database system than the declared one.

    place: where the database is configured. used: the system that the statements went to. orm: that
    sent them, None for the driver. chosen_outside: the source lets its surroundings choose: an
    environment variable, a command line. tables: those that they touch. count: how many in this
    outcome.
    """

    at_us: int
    place: Place | None
    declared: str
    used: str
    orm: str | None
    chosen_outside: bool
    tables: tuple[str, ...]
    count: int
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        statements = "a statement" if self.count == 1 else f"{self.count} statements"
        where = f"{statements} on {', '.join(self.tables)} went to {self.used}"
        return f"{where}, not to {self.declared}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptInMemory:
    """The app answered what was to change its data without a statement, and keeps it in memory.

    orm, database: what was declared. place, store: the container, as the source names it.
    request: a request that succeeded so. count: how many did, over the run.
    """

    at_us: int
    place: Place
    orm: str | None
    database: str | None
    store: str
    request: str
    count: int
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        more = "" if self.count == 1 else f" and {self.count - 1} more like it"
        return (
            f"{self.request}{more} succeeded and no statement reached a database in the whole run: "
            f"the data is kept in {self.store}"
        )
