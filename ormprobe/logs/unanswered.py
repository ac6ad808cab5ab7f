"""Requests that a log announced and has not answered yet."""

from __future__ import annotations

from collections.abc import Hashable

from ormprobe.logs.model import Access, Item

MOST = 4096
"""So many may wait; the oldest is then given up."""


class Unanswered:
    """Joins the line of a request with that of its answer, by a key that both lines have."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, list[Access]] = {}
        self._count = 0

    def ask(self, key: Hashable, request: Access, items: list[Item]) -> None:
        self._waiting.setdefault(key, []).append(request)
        self._count += 1
        if self._count > MOST:
            oldest = self.answer(next(iter(self._waiting)))
            if oldest is not None:
                items.append(oldest)

    def answer(self, key: Hashable) -> Access | None:
        """The oldest request with that key, which waits no more."""
        waiting = self._waiting.get(key)
        if not waiting:
            return None
        self._count -= 1
        found = waiting.pop(0)
        if not waiting:
            del self._waiting[key]
        return found

    def end(self, items: list[Item]) -> None:
        """What was never answered, in the order of its lines."""
        left = [request for requests in self._waiting.values() for request in requests]
        left.sort(key=lambda request: request.line)
        items.extend(left)
        self._waiting.clear()
        self._count = 0
