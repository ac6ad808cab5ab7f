"""The items of a log that are kept while a run is judged: a bounded number of each kind."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ormprobe.logs.model import Access, Item, LogCounts, Notice, Traceback

MAX_TRACEBACKS = 2_000
MAX_SAME = 200
"""Tracebacks of one signature: the first ones tell what the others do."""
MAX_ACCESSES = 20_000
MAX_NOTICES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What was read of a log. left_out: items beyond the bounds. notes: sentences about it."""

    items: tuple[Item, ...] = ()
    counts: LogCounts | None = None
    left_out: int = 0
    notes: tuple[str, ...] = ()


def read_items(path: Path) -> Log:
    """The items of a log file. Raises OSError where it cannot be read."""
    from ormprobe.logs.reading import read_log

    counts = LogCounts()
    with path.open("rb") as stream:
        return kept(read_log(stream, counts), counts, path.name)


def kept(items: Iterable[Item], counts: LogCounts, name: str) -> Log:
    """The first tracebacks of each kind, the last requests, the first notices, in their order."""
    tracebacks: list[tuple[int, Item]] = []
    accesses: deque[tuple[int, Item]] = deque(maxlen=MAX_ACCESSES)
    notices: list[tuple[int, Item]] = []
    same: dict[object, int] = {}
    left_out = 0
    for index, item in enumerate(items):
        if isinstance(item, Access):
            left_out += len(accesses) == MAX_ACCESSES
            accesses.append((index, item))
        elif isinstance(item, Traceback):
            if not any(thrown.type for thrown in item.chain):
                continue  # torn before its exception was named
            key = _signature(item)
            same[key] = same.get(key, 0) + 1
            if same[key] > MAX_SAME or len(tracebacks) >= MAX_TRACEBACKS:
                left_out += 1
            else:
                tracebacks.append((index, item))
        elif len(notices) < MAX_NOTICES:
            assert isinstance(item, Notice)
            notices.append((index, item))
        else:
            left_out += 1
    found = sorted([*tracebacks, *accesses, *notices], key=lambda each: each[0])
    return Log(
        items=tuple(item for _, item in found),
        counts=counts,
        left_out=left_out,
        notes=tuple(_notes(counts, left_out, name)),
    )


def _signature(item: Traceback) -> object:
    surfaced = item.chain[0]
    last = surfaced.frames[-1] if surfaced.frames else None
    return surfaced.module, surfaced.type, last and (last.path, last.line)


def _notes(counts: LogCounts, left_out: int, name: str) -> Iterable[str]:
    if not counts.lines:
        yield f"{name} is empty"
    if counts.binary:
        yield f"{name} holds binary data, which was passed over"
    if counts.cut_lines:
        yield f"{name}: {counts.cut_lines} very long lines were cut"
    if left_out:
        yield f"{name}: {left_out} more items of kinds that were seen often were left out"
