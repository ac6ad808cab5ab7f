"""Answers that do not show what the rows held."""

from __future__ import annotations

from dataclasses import dataclass

from ormprobe_taxonomy.signals.errors import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueNotShown:
    """A failing check missed a value in an answer that a statement of its scope had fetched.

    how: lacking (no such key), renamed (the value stands under another key), wrapped (it stands at
    another level), swapped (the key shows another column), unset (the key shows null). column: that
    held the value; None where it is known by the value alone. exact: the value that was expected is
    the one in the row, and no small number; valued: the check says which value it expects. named:
    the column bears the key's name. sure: the answer shows other values of that row. handler: what
    answered; place: what put the answer together, as far as the source tells, else the handler.
    """

    at_us: int
    place: Place | None
    handler: Place | None
    how: str
    key: str
    column: str | None
    shown: str | None
    exact: bool
    named: bool
    sure: bool
    valued: bool = True
    tables: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        read = f"column {self.column}" if self.column else "the rows"
        value = "the expected value" if self.exact and self.valued else "a value"
        parts = [f"{read} was read with {value} and {self._fate}"]
        if self.handler is not None and self.handler != self.place:
            parts.append(f"the handler is {self.handler}")
        return "; ".join(parts)

    @property
    def _fate(self) -> str:
        match self.how:
            case "lacking":
                return f"the answer has no key {self.key}"
            case "renamed":
                return f"the answer shows it as {self.shown}, not as {self.key}"
            case "wrapped":
                return f"the answer does not show it under {self.key}"
            case "unset":
                return f"the answer shows null as {self.key}"
            case _:
                return f"the answer shows column {self.shown} as {self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredUnread:
    """A request was answered with success, and its handler led to no statement on data.

    constant: the handler answers with what is written in the source alone; place: that line, else
    the handler. missed: the failing check wanted a value that was written before. table: that
    bears the name of what the route leads to. tables: written before in the scope.
    """

    at_us: int
    place: Place | None
    handler: Place | None
    route: str
    constant: bool
    missed: bool
    table: str | None
    tables: tuple[str, ...]
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        how = "from a constant" if self.constant else "with success"
        parts = [f"{self.route} was answered {how}, and no statement was sent for it"]
        if self.table:
            parts.append(f"there is a table {self.table}")
        if self.tables:
            parts.append(f"{', '.join(self.tables)} had been written before")
        if self.missed:
            parts.append("the failing check wanted a value of those rows")
        return "; ".join(parts)
