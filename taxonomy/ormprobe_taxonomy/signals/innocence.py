"""Failing checks that the data layer is shown to have no part in."""

from __future__ import annotations

from dataclasses import dataclass

from ormprobe_taxonomy.signals.errors import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredUnasked:
    """A request was answered with a status that the check did not want, and no statement was sent
    for it, and nothing went wrong at the data layer before.

    status, wanted: the two. routed: its path belongs to a handler.
    """

    at_us: int
    request: str
    status: int
    wanted: int
    routed: bool
    place: Place | None
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        return f"{self.request} was answered {self.status} before any statement was sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputedAfter:
    """The rows that a check is about are the right ones, and the value that it found is in none.

    rows: how many were read for it. values: how many wrong values there are.
    """

    at_us: int
    scope: str
    rows: int
    values: int
    place: Place | None
    events: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        what = "values were" if self.values > 1 else "value was"
        whose = "the row" if self.rows == 1 else f"the {self.rows} rows"
        return f"the wrong {what} in no row and sent by nobody, and {whose} read are the right ones"
