"""Reads a log into its items: each line goes to the parsers in turn until one takes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ormprobe.logs.access import Accesses
from ormprobe.logs.lines import Attention, read_lines
from ormprobe.logs.model import (
    Access,
    Item,
    Line,
    LogCounts,
    Notice,
    NoticeKind,
    Parser,
    Traceback,
)
from ormprobe.logs.node import NodeTraces
from ormprobe.logs.notices import Notices
from ormprobe.logs.python_warnings import Warnings
from ormprobe.logs.tracebacks import HEAD_LENGTH, Tracebacks

_AFTER = 12
"""Lines that are read after one that told something: what belongs to it may stand below."""
_HELD = 1_000
_ANNOUNCED = 4
"""Lines that may lie between an announcement and its traceback, it and they included."""


def read_file(path: Path, counts: LogCounts | None = None) -> Iterator[Item]:
    """The items of a log file. Raises OSError where it cannot be read."""
    with path.open("rb") as stream:
        yield from read_log(stream, LogCounts() if counts is None else counts)


def read_log(stream: BinaryIO, counts: LogCounts) -> Iterator[Item]:
    """The items of a log, in the order of their last lines."""
    attention = Attention()
    reader = Reader(counts)
    for line in read_lines(stream, counts, attention):
        taken = reader.take(line)
        if not taken and not attention.open:
            attention.was_dull()
        attention.open = reader.attentive(line.number)
        if reader.held:
            yield from reader.ready(line.number)
    yield from reader.end()


class Reader:
    """Gives lines to the parsers, and holds items until it is known what stands around them.

    alone: the lines are the text of one failure.
    """

    def __init__(self, counts: LogCounts, *, alone: bool = False) -> None:
        self._counts = counts
        self._tracebacks = Tracebacks(alone=alone)
        self._parsers: tuple[Parser, ...] = (
            self._tracebacks,
            NodeTraces(),
            Accesses(),
            Warnings(),
            Notices(),
        )
        self.held: list[Item] = []
        self._until = _AFTER

    def take(self, line: Line) -> bool:
        """Whether the line told something."""
        for parser in self._parsers:
            if parser.take(line, self.held):
                if not self.held or not isinstance(self.held[-1], Access):
                    self._until = line.number + _AFTER
                return True
        return False

    def attentive(self, number: int) -> bool:
        """Whether the lines after this one are wanted, whatever they are."""
        return number < self._until or self._tracebacks.waiting

    def ready(self, number: int) -> Iterator[Item]:
        """The items that nothing later can change or precede."""
        waiting = self._tracebacks.waiting and len(self.held) < _HELD
        if waiting:
            return
        if any(_is_error(item) for item in self.held):
            oldest = min(map(_last, self.held))
            if number < oldest + _ANNOUNCED:
                return
        yield from self._release()

    def end(self) -> Iterator[Item]:
        for parser in self._parsers:
            parser.end(self.held)
        yield from self._release()

    def _release(self) -> Iterator[Item]:
        if len(self.held) == 1 and not isinstance(self.held[0], Traceback):
            yield self.held.pop()
            return
        items = _without_announcements(self.held)
        self.held.clear()
        for item in sorted(items, key=_last):
            if isinstance(item, Traceback):
                runtimes = self._counts.runtimes
                runtimes[item.runtime] = runtimes.get(item.runtime, 0) + 1
            yield item


def _last(item: Item) -> int:
    return item.last if isinstance(item, Traceback) else item.line


def _is_error(item: Item) -> bool:
    return isinstance(item, Notice) and item.kind is NoticeKind.ERROR


def _without_announcements(items: list[Item]) -> list[Item]:
    """Without the notices of errors that turned out to be the heads of tracebacks."""
    heads = {
        (item.source, item.head): item.first
        for item in items
        if isinstance(item, Traceback) and item.head
    }

    def announces(item: Item) -> bool:
        if not isinstance(item, Notice) or item.kind is not NoticeKind.ERROR:
            return False
        first = heads.get((item.source, item.text.strip()[:HEAD_LENGTH]))
        return first is not None and 0 <= first - item.line <= _ANNOUNCED

    return [item for item in items if not announces(item)]
