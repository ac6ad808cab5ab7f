"""What was set, built or changed and never written, and what a set-based write passed by."""

from __future__ import annotations

from dataclasses import dataclass

from ormprobe_taxonomy.signals.errors import Place

VALUE = "value"
WEAK = "weak"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteSkipped:
    """A write that the app's code made up, and that no statement made.

    how: unexecuted (a write query that was dropped at once), kept (one that a name held), unsaved
    (attributes set on a stored instance), omitted (the save after it left them out) or detached
    (set on an instance that no session holds). wanted: a failing check expected what was not
    written and saw another value: by a value that hardly agrees by accident, or by weak ones on
    both sides; None where it did not. sought: a later query asked for rows by the value. read:
    tables that were read afterwards, before the outcome failed. harness: test code did it.
    rehearsal: the request says that it keeps nothing.
    """

    at_us: int
    place: Place | None
    how: str
    entity: str
    attributes: tuple[str, ...]
    tables: tuple[str, ...]
    wanted: str | None = None
    sought: bool = False
    read: tuple[str, ...] = ()
    method: str | None = None
    harness: bool = False
    rehearsal: bool = False
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        names = ", ".join(f"{self.entity}.{name}" for name in self.attributes) or self.entity
        if self.how in ("unexecuted", "kept"):
            told = f"a query that writes {names} was built and never executed"
        elif self.how == "omitted":
            told = f"{names} was set, and the save after it left that column out"
        elif self.how == "detached":
            told = f"{names} was set on an instance that no session holds"
        else:
            told = f"{names} was set, and no statement wrote it"
        if self.wanted:
            told += ", and the failing check expected that value"
        if self.read:
            told += f", and {', '.join(self.read)} was read afterwards"
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedInPlace:
    """A value was changed in place: one of a row, which no statement wrote (shared: False), or the
    default that a column gives to all rows (shared: True).

    place: of a row's value the line that changes it, of a default its declaration. related: the
    failing check expected the change and missed it; of a default: it met it where it was not
    expected. committed: a commit did not notice the change.
    """

    at_us: int
    place: Place | None
    entity: str
    attribute: str
    tables: tuple[str, ...]
    shared: bool = False
    related: bool = False
    committed: bool = False
    read: tuple[str, ...] = ()
    method: str | None = None
    harness: bool = False
    rehearsal: bool = False
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        name = f"{self.entity}.{self.attribute}"
        if self.shared:
            told = f"the default of {name} is one object for all rows, and was changed in place"
        else:
            told = f"the value of {name} was changed in place, and no statement wrote it"
        if self.related:
            seen = "met" if self.shared else "missed"
            told += f", and the failing check {seen} the change"
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class HookBypassed:
    """A set-based write left out columns that the class maintains when an instance is saved.

    columns: those that the failing check names. by: what maintains them: `save`, `auto_now`,
    `onupdate`, a signal's or listener's function. declared: where.
    """

    at_us: int
    place: Place | None
    entity: str
    columns: tuple[str, ...]
    by: str
    declared: Place | None
    tables: tuple[str, ...]
    harness: bool = False
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        at = f" ({self.declared})" if self.declared else ""
        names = ", ".join(f"{self.entity}.{name}" for name in self.columns)
        return f"a set-based write passed by {self.by}{at}, which maintains {names}"
