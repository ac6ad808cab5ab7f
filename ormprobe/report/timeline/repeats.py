"""Finds statements that were sent again and again, alone or several in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ormprobe.report.timeline.model import Entry, StatementEntry

LONGEST = 4
"""Statements that may take turns."""
LEAST = 3
"""Times that they must come."""
DATA = frozenset(("SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE"))


class Block(NamedTuple):
    """Entries that follow each other; `times`: how often the first `size` of them come in turn."""

    entries: Sequence[Entry]
    size: int
    times: int = 1


def blocks(entries: Sequence[Entry]) -> Iterator[Block]:
    """The entries in order, repeated statements together, and those on no data."""
    keys = [_key(entry) for entry in entries]
    index = 0
    while index < len(entries):
        size, times = _repetition(keys, index)
        length = size * times
        yield Block(entries[index : index + length], size, times)
        index += length


def _key(entry: Entry) -> tuple[object, ...] | None:
    if not isinstance(entry, StatementEntry):
        return None
    if entry.operation not in DATA:
        return ("no data", entry.where)
    return (entry.text, entry.where, entry.load, entry.fate)


def _repetition(keys: Sequence[object], start: int) -> tuple[int, int]:
    """How many statements take turns from here, and how often: the most that they cover."""
    best = (1, 1)
    if keys[start] is None:
        return best
    for size in range(1, LONGEST + 1):
        first = keys[start : start + size]
        if len(first) < size or None in first:
            break
        times = 1
        while keys[start + times * size : start + (times + 1) * size] == first:
            times += 1
        if times >= LEAST and size * times > best[0] * best[1]:
            best = (size, times)
    return best
