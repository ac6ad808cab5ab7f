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
    the one in the row, and no small number. named: the column bears the key's name. handler: what
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
    made_by: str | None = None
    tables: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        read = f"column {self.column}" if self.column else "the rows"
        value = "the expected value" if self.exact else "a value"
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
