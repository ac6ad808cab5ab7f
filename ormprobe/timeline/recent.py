"""A table by number that forgets the oldest entries."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """Keeps the last `size` entries at least, twice as many at most.

    Two dicts that change places: deleting the oldest key of one dict, again and again, walks over
    all that was deleted before it.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._young: dict[int, T] = {}
        self._old: dict[int, T] = {}

    def put(self, number: int, value: T) -> None:
        if len(self._young) >= self._size:
            self._young, self._old = {}, self._young
        self._young[number] = value

    def get(self, number: int) -> T | None:
        found = self._young.get(number)
        return self._old.get(number) if found is None else found
