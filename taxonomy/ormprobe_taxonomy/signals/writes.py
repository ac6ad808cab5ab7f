"""Writes that were lost, and what later work misses because of it."""

from __future__ import annotations

from dataclasses import dataclass

from ormprobe_taxonomy.signals.errors import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteLost:
    """Writes were sent to the database and their transaction ended without a commit.

    end: rollback, reset, close, open (still open when the outcome failed) or dropped (the session
    let go of instances that it had not written). by: who asked: app, cleanup (a rollback of what
    was not committed), exception, close, exit, gc, orm, unknown. explicit: a flush or a Core write
    of the app, not only autoflush. answered: the request's status, None outside a request.
    kept_on: the scope ended well by its own account. read: tables that were read afterwards, before
    the outcome failed.
    harness: the transaction was ended by test code. let_go_by_test: a test closed what the app had
    written on, and looked for the rows. rehearsal: the request says that it keeps nothing.
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
    let_go_by_test: bool = False
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
