"""Signals about connections, event loops, pools and coroutines; part of `signals.Signal`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ormprobe_taxonomy.signals.errors import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class ImplicitAccess:
    """The ORM had to ask the database in a place where nobody could await it.

    kind: lazy-load, expired-after-commit, sync-in-async, relation-not-fetched; None where it is not
    known. serializer: the library's function that read the attribute. handler: of the request,
    where no line of the app read it. committed: the line whose commit expired it. closed: the
    session had ended before. looped: an event loop ran, None where that was not seen. read: the
    line that read a relation, where its value was used elsewhere.
    """

    error: str
    kind: str | None
    entity: str | None
    attribute: str | None
    serializer: str | None = None
    handler: Place | None = None
    committed: Place | None = None
    closed: bool = False
    looped: bool | None = None
    read: Place | None = None
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        what = ".".join(part for part in (self.entity, self.attribute) if part)
        if self.kind == "sync-in-async":
            return "a call that waits for the database was made where only await can wait"
        why = {
            "lazy-load": "had not been loaded",
            "relation-not-fetched": "had not been fetched",
            "expired-after-commit": "had been expired by a commit",
        }.get(self.kind or "", "was not there")
        at = f" at {self.committed}" if self.committed else ""
        read = f", and {self.serializer} read it" if self.serializer else ""
        where = f" for the answer of {self.handler.function}" if self.handler else ""
        return f"{what or 'an attribute'} {why}{at}{read}{where}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What an operation met on its session or connection: another one, not yet done.

    others: that one belongs to another task, request or thread. other: its line. fan_out: the line
    that starts the tasks which share it.
    """

    error: str
    others: bool
    other: Place | None
    fan_out: Place | None = None
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        whose = "of another task" if self.others else "of the same task"
        at = f" at {self.other}" if self.other else ""
        start = f"; both were started at {self.fan_out}" if self.fan_out else ""
        return f"an operation {whose}{at} was still going on{start}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfPlace:
    """A connection was used outside of what it belongs to.

    kind: loop, thread or memory (a database private to its connection). proven: both sides were
    seen. engine: the line that made its engine.
    """

    error: str
    kind: str
    proven: bool
    engine: Place | None = None
    table: str | None = None
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        made = f", of the engine made at {self.engine}," if self.engine else ""
        if self.kind == "memory":
            return (
                f'table "{self.table}" was created in another private in-memory database than '
                f"the one{made.rstrip(',')} that was asked"
            )
        return (
            f"the connection{made} was opened in another {self.kind.replace('loop', 'event loop')}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedClosed:
    """Something was used that had been closed or released before, or was begun twice.

    kind: closed, again, unknown (nobody saw the app close it), unopened (nobody ever opened it),
    unsettled (it was to be closed inside a transaction). closed: where. used: the line of the
    closing function from which it was used on, else the line that used it. cleanup: it was closed
    by an exit or a generator's end. shared: another task, request or thread closed it. setup: it is
    what the whole data layer stands on, and no single connection.
    """

    error: str
    kind: str
    closed: Place | None
    used: Place | None
    cleanup: bool = False
    shared: bool = False
    setup: bool = False
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        at = f" at {self.used}" if self.used else ""
        if self.kind == "again":
            return f"it was begun again{at} before the first time had ended"
        if self.kind == "unopened":
            return f"it was used{at} and had not been opened; it does not open by itself"
        if self.kind == "unsettled":
            return f"it was to be closed{at} while its transaction was open"
        if self.kind == "unknown":
            return f"it was used{at} when it was closed already; who closed it was not seen"
        by = f" at {self.closed}" if self.closed else ""
        return f"it was closed{by} and used afterwards{at}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolDrained:
    """Who held a pool's connections when it had none left.

    held: how many were out; ended: of scopes that had ended. alone: the `thread` that asked holds
    them all, the `function` that asked took most of them and closes none, or the `caller` (the
    request, or a function) that asked holds one. holder, holders: the line that most of those that
    count (the leaked ones, where there are any) were used by last, and how many. sized: the app's
    engine line, where it sets the size itself.
    """

    error: str
    held: int
    ended: int
    alone: str | None
    holder: Place | None
    holders: int
    sized: Place | None = None
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        parts = [f"{self.held} connections were out"]
        if self.ended:
            parts.append(f"{self.ended} of them were held by work that had ended")
        if self.holder:
            parts.append(f"{self.holders} were last used at {self.holder}")
        if self.alone == "thread":
            parts.append("one thread held them all and asked for one more")
        elif self.alone == "function":
            parts.append("the function that took most of them never closes one")
        elif self.alone == "caller":
            parts.append("what asked for one more held one already")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionKept:
    """Connections that their scopes took and never gave back.

    count: how many from this line. lost: they were collected while they were out.
    """

    place: Place
    count: int
    lost: bool
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        how = "were dropped without being closed" if self.lost else "were still out afterwards"
        return f"{self.count} connections taken or last used at {self.place} {how}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverAwaited:
    """A coroutine of the data layer was made and dropped, or used as if it were its result.

    error: the exception that using it raised. effect: write, settle (commit, flush), read, release
    (close, rollback) or truth (it was a condition, and as such always true). known: it was seen to
    be of the data layer. expected: a test made it, or an exception may have kept it from being
    awaited. felt: a table that it was to change was read afterwards, before the outcome failed.
    query: it is a query object of the ORM's, which await runs as well.
    """

    name: str
    effect: str
    place: Place | None
    at_us: int
    known: bool
    error: str | None = None
    expected: bool = False
    felt: bool = False
    query: bool = False
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        at = f" at {self.place}" if self.place else ""
        what = "query" if self.query else "coroutine"
        if self.effect == "truth":
            return f"the query of {self.name}{at} is a condition as it is, which is always true"
        felt = ", and what it was to change was read afterwards" if self.felt else ""
        return f"the {what} of {self.name}, made{at}, was never awaited{felt}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverSetUp:
    """A session factory, engine or pool was used before anything had been put there.

    name: as the app calls it. empty: where it is None at first. setter: the function that would set
    it. guarded: the app's own check found that, not Python. refused: the ORM found that itself.
    before: it had been set up earlier in the process.
    """

    error: str
    name: str
    empty: Place | None
    setter: Place | None
    guarded: bool = False
    refused: bool = False
    before: bool = False
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        if self.refused:
            again = ", though it had been before" if self.before else ""
            return f"the ORM itself said that it was not set up{again}"
        empty = f" is empty at first ({self.empty})" if self.empty else " was used"
        setter = f" and is set by {self.setter.function} ({self.setter})" if self.setter else ""
        return f"{self.name}{empty}{setter}, which had not run"
