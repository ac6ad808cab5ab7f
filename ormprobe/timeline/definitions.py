"""What the numbers of one process stand for: statement texts, call sites, loads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from ormprobe.timeline.model import Load, Site
from ormprobe.timeline.recent import Recent

MAX_DEFINITIONS = 8_192
"""Twice what the target keeps before it starts anew: no number it may still use is forgotten."""

MAX_AWAITED = 1_000

T = TypeVar("T")


class Sql(NamedTuple):
    """The text of a statement, and its first keyword in upper case."""

    text: str
    operation: str


class Numbered(Generic[T]):
    """Values by number. A number may be used before it is defined, when threads race."""

    def __init__(self) -> None:
        self._known: Recent[T] = Recent(MAX_DEFINITIONS)
        self._awaited: defaultdict[int, list[Callable[[T], object]]] = defaultdict(list)

    def define(self, number: int, value: T) -> None:
        """Give a number its value from here on, and to those who wait for it."""
        self._known.put(number, value)
        for then in self._awaited.pop(number, ()):
            then(value)

    def get(self, number: int | None) -> T | None:
        return None if number is None else self._known.get(number)

    def when(self, number: int | None, then: Callable[[T], object]) -> None:
        """Call `then` with the value: now, or as soon as it is defined; 0 and None have none."""
        if not number:
            return
        value = self._known.get(number)
        if value is not None:
            then(value)
        elif number in self._awaited or len(self._awaited) < MAX_AWAITED:
            self._awaited[number].append(then)


class Definitions:
    """The three tables of a process."""

    def __init__(self) -> None:
        self.sql: Numbered[Sql] = Numbered()
        self.sites: Numbered[Site] = Numbered()
        self.loads: Numbered[Load] = Numbered()

    def frames(
        self, numbers: Sequence[int] | None, then: Callable[[tuple[Site, ...]], object]
    ) -> None:
        """Call `then` with the known sites, and again when a missing one is defined."""
        if not numbers:
            return
        sites = self.sites

        def tell(_: Site | None = None) -> None:
            found = (sites.get(number) for number in numbers)
            then(tuple(site for site in found if site is not None))

        tell()
        for number in numbers:
            if sites.get(number) is None:
                sites.when(number, tell)
