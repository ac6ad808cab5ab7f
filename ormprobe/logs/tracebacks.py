"""Finds the Python tracebacks of a log, whoever wrote them and whatever stands between."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field

from ormprobe.logs.boxed import Box, is_top
from ormprobe.logs.embedded import traceback_in
from ormprobe.logs.model import Item, Line, Runtime, Traceback
from ormprobe.logs.sections import FRAME
from ormprobe.logs.traceback_text import (
    HEAD,
    LINKS,
    Took,
    TracebackText,
    exception_of,
    is_group_without_stack,
)

_MOST_OPEN = 200
_MOST_FOREIGN = 40
_IDLE = 300
"""So many lines of other sources end a traceback whose own source is silent."""
HEAD_LENGTH = 500
_ANNOUNCES = re.compile(
    r"error|exception|fail|critical|fatal|unhandled|uncaught|never retrieved|panic|warning"
    r"|abort|traceback|crash|\" 5\d\d\b",
    re.IGNORECASE,
)
_DETAILS = ("future: ", "handle: ", "task: ", "protocol: ", "transport: ", "client_session: ")
"""Lines that asyncio's handler puts between its announcement and the traceback."""
_OTHER_STACK = re.compile(r"\(most recent call last\):?\s*$")
_GROUP = "Exception Group " + HEAD
_DIGITS = re.compile(r"\d")


@dataclass(slots=True)
class _Open:
    """A traceback that may go on. prefix: what its writer puts before each line."""

    text: TracebackText
    head: str | None = None
    truncated: bool = False
    prefix: str = ""
    first: int = 0
    last: int = 0
    adjacent: bool = True
    foreign: int = 0
    box: Box | None = None
    prefixed: bool = False

    def stripped(self, text: str) -> str | None:
        """The line as Python wrote it, None where it bears another prefix."""
        if self.box is not None:
            inside = self.box.take(text)
            return text if inside is None else inside
        if not self.prefix:
            return text
        size = len(self.prefix)
        if _shape(text[:size]) == _shape(self.prefix):
            self.prefixed = True
            return text[size:]
        if not self.prefixed:
            self.prefix = ""  # it stood before the head alone
            return text
        if self.prefix.isspace():
            return text
        return "" if not text.strip() else None


def _shape(prefix: str) -> str:
    return _DIGITS.sub("0", prefix)


@dataclass(slots=True)
class _Source:
    before: deque[str] = field(default_factory=lambda: deque[str](maxlen=3))
    open: _Open | None = None
    other_stack: bool = False
    seen: bool = False


class Tracebacks:
    """The parser of Python tracebacks; those of several sources are told apart.

    alone: the text is that of one failure, so what follows its message to the end belongs to it.
    """

    def __init__(self, *, alone: bool = False) -> None:
        self._alone = alone
        self._sources: dict[str | None, _Source] = {}
        self._open: dict[str | None, _Source] = {}

    @property
    def waiting(self) -> bool:
        """Whether a traceback is open: its next line may look like nothing by itself."""
        return bool(self._open)

    def take(self, line: Line, items: list[Item]) -> bool:
        source = self._source(line.source, items)
        if self._open:
            self._close_idle(line, items)
        if source.open is not None:
            taken = self._go_on(source, source.open, line, items)
            if taken is not None:
                return taken
        if self._opens(source, line, items):
            source.before.clear()
            return True
        embedded = traceback_in(line)
        if embedded is not None:
            items.append(embedded)
            return True
        if source.other_stack:
            source.other_stack = line.text[:1] in (" ", "\t")
            if source.other_stack:
                return True
        text = line.text
        if "(most recent call last)" in text and HEAD not in text:
            source.other_stack = _OTHER_STACK.search(text) is not None
        if text and not text.isspace():
            source.before.append(text)
            source.seen = source.seen or text[:1] not in (" ", "\t")
        return False

    def end(self, items: list[Item]) -> None:
        for name, source in self._sources.items():
            self._close(name, source, items, at_end=self._alone)
        self._sources.clear()

    def _source(self, name: str | None, items: list[Item]) -> _Source:
        found = self._sources.get(name)
        if found is None:
            if len(self._sources) >= _MOST_OPEN:
                oldest = next(iter(self._sources))
                self._close(oldest, self._sources.pop(oldest), items)
            found = self._sources[name] = _Source()
        return found

    def _close_idle(self, line: Line, items: list[Item]) -> None:
        idle = [
            name
            for name, source in self._open.items()
            if source.open is not None and line.number - source.open.last > _IDLE
        ]
        for name in idle:
            self._close(name, self._open[name], items)

    def _go_on(self, source: _Source, open_: _Open, line: Line, items: list[Item]) -> bool | None:
        """Whether the open traceback takes a line; None where it does not and another may."""
        text = open_.stripped(line.text)
        took = Took.FOREIGN if text is None else open_.text.take(text, adjacent=open_.adjacent)
        open_.adjacent = took is Took.YES
        if took is Took.YES:
            if line.text.strip():
                open_.last = line.number
            return True
        if took is Took.FOREIGN:
            open_.foreign += 1
            over = HEAD in line.text or (open_.text.complete and bool(open_.prefix))
            if not over and open_.foreign < _MOST_FOREIGN:
                return None
        if took is not Took.MAYBE:
            self._close(line.source, source, items)
        return None

    def _opens(self, source: _Source, line: Line, items: list[Item]) -> bool:
        text = line.text
        if HEAD in text:
            opened = _at_head(text, text.index(HEAD), source.before)
        elif text.strip() in LINKS and source.open is None and source.before:
            return self._opens_at_link(source, line, text.strip())
        elif source.other_stack or (source.open is not None and not source.open.text.complete):
            return False
        elif is_top(text):
            opened = _Open(TracebackText(), _announcement(source.before), box=Box())
        else:
            opened = _without_head(text, source)
        if opened is None:
            return False
        first = opened.box.take(text) if opened.box is not None else text[len(opened.prefix) :]
        if first is None or opened.text.take(first) is not Took.YES:
            return False
        self._close(line.source, source, items)
        opened.first = opened.last = line.number
        source.open = opened
        self._open[line.source] = source
        source.other_stack = False
        source.seen = True
        return True

    def _opens_at_link(self, source: _Source, line: Line, link: str) -> bool:
        cause = exception_of(source.before[-1], strict=True)
        if cause is None:
            return False
        source.open = _Open(TracebackText.after(*cause, link), first=line.number, last=line.number)
        self._open[line.source] = source
        source.seen = True
        return True

    def _close(
        self, name: str | None, source: _Source, items: list[Item], *, at_end: bool = False
    ) -> None:
        open_, source.open = source.open, None
        self._open.pop(name, None)
        if open_ is None:
            return
        chain = open_.text.thrown(at_end=at_end)
        if open_.truncated and not (chain and chain[0].type):
            return  # frames without an exception: a stack that somebody printed
        truncated = open_.truncated and chain[0].type not in _SYNTAX
        items.append(
            Traceback(
                runtime=Runtime.PYTHON,
                first=open_.first,
                last=open_.last,
                chain=chain,
                head=open_.head,
                truncated=truncated,
                source=name,
            )
        )


_SYNTAX = ("SyntaxError", "IndentationError", "TabError")


def _at_head(text: str, at: int, before: deque[str]) -> _Open | None:
    """What opens at a head that ends its line, whatever stands before it."""
    if text[at + len(HEAD) :].strip():
        return None
    group = text.find("+ " + _GROUP)
    if group >= 2:
        at = group - 2
    elif text[:at].endswith("Exception Group "):
        return None
    said = text[:at].strip()
    head = said if _ANNOUNCES.search(said) is not None else _announcement(before)
    return _Open(TracebackText(), head, prefix=text[:at])


def _without_head(text: str, source: _Source) -> _Open | None:
    """What opens with a frame, or at the front of a log with an exception."""
    if text[:1] in (" ", "\t"):
        if FRAME.match(text) is not None:
            return _Open(TracebackText(), truncated=True)
        if is_group_without_stack(text):
            return _Open(TracebackText(), _announcement(source.before))
    elif not source.seen and source.before and exception_of(text, strict=True) is not None:
        return _Open(TracebackText(), truncated=True)
    return None


def _announcement(before: deque[str]) -> str | None:
    """The line that announces the traceback after it, None where the lines tell of others."""
    for text in reversed(before):
        if not text.startswith(_DETAILS):
            return text.strip()[:HEAD_LENGTH] if _ANNOUNCES.search(text) else None
    return None
