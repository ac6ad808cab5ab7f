"""Finds the Python tracebacks of a log, whoever wrote them and whatever stands between."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field

from ormprobe.logs.model import Item, Line, Runtime, Traceback
from ormprobe.logs.sections import FRAME
from ormprobe.logs.traceback_text import HEAD, Took, TracebackText, exception_of

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
    first: int
    last: int
    head: str | None
    truncated: bool
    prefix: str = ""
    shape: str = ""
    adjacent: bool = True
    foreign: int = 0

    def stripped(self, text: str) -> str | None:
        """The line without the prefix, None where it bears another."""
        if not self.prefix:
            return text
        size = len(self.prefix)
        if _shape(text[:size]) == self.shape:
            return text[size:]
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
    """The parser of Python tracebacks; those of several sources are told apart."""

    def __init__(self) -> None:
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
        if self._opens(source, line):
            source.before.clear()
            return True
        if source.other_stack:
            source.other_stack = line.text[:1] in (" ", "\t")
            if source.other_stack:
                return True
        if _OTHER_STACK.search(line.text) and HEAD not in line.text:
            source.other_stack = True
        if line.text.strip():
            source.before.append(line.text)
            source.seen = source.seen or line.text[:1] not in (" ", "\t")
        return False

    def end(self, items: list[Item]) -> None:
        for name, source in self._sources.items():
            self._close(name, source, items, at_end=True)
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
        if text is None and open_.prefix.isspace():
            text = line.text
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

    def _opens(self, source: _Source, line: Line) -> bool:
        text = line.text
        if source.open is not None and not source.open.text.complete and HEAD not in text:
            return False
        at = text.find(HEAD)
        if at >= 0:
            return self._opens_at_head(source, line, at)
        if source.other_stack:
            return False
        if text[:1] in (" ", "\t") and FRAME.match(text) is not None:
            return self._begin(source, line, "", text)
        if not source.seen and text[:1] not in (" ", "\t") and source.before:
            if exception_of(text, strict=True) is not None:
                return self._begin(source, line, "", text)
        return False

    def _opens_at_head(self, source: _Source, line: Line, at: int) -> bool:
        text = line.text
        if text[at + len(HEAD) :].strip():
            return False
        group = text.find("+ " + _GROUP)
        if group >= 2:
            at = group - 2
        elif text[:at].endswith("Exception Group "):
            return False
        return self._begin(source, line, text[:at], text[at:], truncated=False)

    def _begin(
        self, source: _Source, line: Line, prefix: str, text: str, *, truncated: bool = True
    ) -> bool:
        # frames without a head are whole where they tell of a syntax error
        opened = TracebackText()
        if opened.take(text) is not Took.YES:
            return False
        head = prefix.strip() or (None if truncated else _announcement(source.before))
        source.open = _Open(
            opened, line.number, line.number, head, truncated, prefix, _shape(prefix)
        )
        self._open[line.source] = source
        source.other_stack = False
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
        if open_.truncated and not chain[0].type:
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


def _announcement(before: deque[str]) -> str | None:
    """The line that announces the traceback after it, None where the lines tell of others."""
    for text in reversed(before):
        if not text.startswith(_DETAILS):
            return text.strip()[:HEAD_LENGTH] if _ANNOUNCES.search(text) else None
    return None
