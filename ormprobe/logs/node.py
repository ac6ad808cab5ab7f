"""Errors of Node in a log: stacks, uncaught exceptions, dumps of errors and pino's lines."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field, replace

from ormprobe.logs.access import access_of
from ormprobe.logs.model import Frame, Item, Line, Runtime, Thrown, Traceback
from ormprobe.logs.node_dump import Dump
from ormprobe.logs.node_error import LONGEST_MESSAGE, chain_of
from ormprobe.logs.node_json import traceback_of
from ormprobe.logs.node_lines import LONGEST, Head, frame_line, head_of, loose_head_of
from ormprobe.logs.notices import notice_of, said_by
from ormprobe.logs.structured import fields_of

MOST_MESSAGE_LINES = 40
_FEW_MESSAGE_LINES = 6
MOST_SOURCES = 64
"""So many processes of one log are read side by side."""

_SITE = re.compile(r"^(?P<path>node:\S+?|file:///\S+?|/\S.*?|[A-Za-z]:\\.*?):(?P<line>\d{1,7})$")
_CARET = re.compile(r"^\s*\^+\s*$")


@dataclass(slots=True)
class _Site:
    """Where an uncaught exception was thrown, as Node prints it above: place, code, caret."""

    number: int
    path: str
    line: int
    code: str = ""
    seen: int = 0
    marked: bool = False

    def frame(self) -> Frame:
        return Frame(self.path, self.line, "<anonymous>", self.code.strip() or None)


@dataclass(slots=True)
class _Process:
    """What is open in the text of one process."""

    before: deque[Line] = field(default_factory=lambda: deque[Line](maxlen=3))
    site: _Site | None = None
    pending: tuple[Line, Head] | None = None
    message: list[str] = field(default_factory=list[str])
    dump: Dump | None = None
    first: int = 0
    last: int = 0
    lead: str | None = None
    truncated: bool = False
    thrown_at: _Site | None = None


class NodeTraces:
    """Reads Node's errors; the head of one waits for what stands below it."""

    def __init__(self) -> None:
        self._processes: dict[str | None, _Process] = {}

    @property
    def waiting(self) -> bool:
        """Whether something is open: its next line may look like nothing by itself."""
        return any(
            process.dump is not None or process.pending is not None
            for process in self._processes.values()
        )

    def take(self, line: Line, items: list[Item]) -> bool:
        process = self._process(line.source, items)
        taken = self._taken(process, line, items)
        process.before.append(line if len(line.text) <= LONGEST else Line(line.number, ""))
        return taken

    def end(self, items: list[Item]) -> None:
        for source, process in self._processes.items():
            _close(process, source, items)
            _give_up(process, items)
        self._processes.clear()

    def _process(self, source: str | None, items: list[Item]) -> _Process:
        found = self._processes.get(source)
        if found is None:
            if len(self._processes) >= MOST_SOURCES:
                oldest = next(iter(self._processes))
                left = self._processes.pop(oldest)
                _close(left, oldest, items)
                _give_up(left, items)
            found = self._processes[source] = _Process()
        return found

    def _taken(self, process: _Process, line: Line, items: list[Item]) -> bool:
        text = line.text
        if process.dump is not None:
            if process.dump.take(text):
                process.last = line.number
                if process.dump.done:
                    _close(process, line.source, items)
                return True
            _close(process, line.source, items)
        if text[:1] == "{":
            return _of_json(line, items)
        _site(process, line)
        framed = text[:1] in " \t" and frame_line(text) is not None
        if framed or text.startswith("--> in "):
            return _start(process, line)
        head = head_of(text)
        if process.pending is not None:
            if head is None and _continues(process, text):
                process.message.append(text)
                return False
            _give_up(process, items)
        if head is None:
            return False
        process.pending, process.message = (line, head), []
        if head.stackless or head.opens:
            _start_at_head(process, line.source, items)
        return True


def _start(process: _Process, line: Line) -> bool:
    """The first frame of an error. Its head is the one that waits, else the line before it."""
    pending, truncated = process.pending, False
    if pending is None:
        before = process.before[-1] if process.before else None
        head = loose_head_of(before.text) if before is not None else None
        if before is None or head is None:
            before, head, truncated = line, Head("", "Error", None, ""), True
        pending = (before, head)
    _open(process, pending, truncated)
    assert process.dump is not None
    process.dump.take(line.text)
    process.last = line.number
    return True


def _start_at_head(process: _Process, source: str | None, items: list[Item]) -> None:
    assert process.pending is not None
    _open(process, process.pending, False)
    if process.dump is not None and process.dump.done:
        _close(process, source, items)


def _open(process: _Process, pending: tuple[Line, Head], truncated: bool) -> None:
    line, head = pending
    indent = 0 if head.lead.strip() else len(head.lead)
    process.dump = Dump(head, indent)
    for text in process.message:
        process.dump.errors[0].more(text)
    process.first = process.last = line.number
    process.lead = head.lead.strip(" :") or None
    process.truncated = truncated
    process.thrown_at = None
    site = process.site
    if site is not None and site.marked and line.number - site.number <= 8:
        process.first, process.thrown_at = site.number, site
    process.site = process.pending = None
    process.message = []


def _close(process: _Process, source: str | None, items: list[Item]) -> None:
    dump, process.dump = process.dump, None
    if dump is None:
        return
    chain = chain_of(dump.errors)
    if process.thrown_at is not None:
        chain = (_placed(chain[0], process.thrown_at), *chain[1:])
    items.append(
        Traceback(
            runtime=Runtime.NODE,
            first=process.first,
            last=process.last,
            chain=chain,
            head=process.lead,
            truncated=process.truncated,
            source=source,
        )
    )


def _give_up(process: _Process, items: list[Item]) -> None:
    """Nothing of a stack stood below the head: its line is a notice."""
    pending, process.pending, process.message = process.pending, None, []
    if pending is not None:
        notice = notice_of(pending[0])
        if notice is not None:
            items.append(notice)


def _continues(process: _Process, text: str) -> bool:
    """Whether a line may be of a message of several lines."""
    assert process.pending is not None
    head = process.pending[1]
    announced = head.type == "TSError" or head.message.endswith((",", ":", "[", "{", "("))
    most = MOST_MESSAGE_LINES if announced else _FEW_MESSAGE_LINES
    if len(process.message) >= most or len(text) > LONGEST_MESSAGE:
        return False
    if access_of(text) is not None or fields_of(text) is not None:
        return False
    return head.type == "TSError" or said_by(text) is None


def _site(process: _Process, line: Line) -> None:
    text, site = line.text, process.site
    found = _SITE.match(text) if len(text) < 1_000 and text[-1:].isdigit() else None
    if found is not None:
        process.site = _Site(line.number, found["path"], int(found["line"]))
    elif site is not None:
        site.seen += 1
        if site.seen == 1:
            site.code = text[:1_000]
        elif site.seen == 2 and _CARET.match(text):
            site.marked = True
        elif site.seen > 6:
            process.site = None


def _placed(thrown: Thrown, site: _Site) -> Thrown:
    """With the code of the place that threw; of an error of syntax that place is no frame."""
    frames = list(thrown.frames)
    for index in range(len(frames) - 1, -1, -1):
        frame = frames[index]
        if frame.line == site.line and frame.path.endswith(site.path.removeprefix("file://")):
            frames[index] = replace(frame, code=site.frame().code)
            return replace(thrown, frames=tuple(frames))
    if thrown.type == "SyntaxError":
        frames.append(site.frame())
        return replace(thrown, frames=tuple(frames))
    return thrown


def _of_json(line: Line, items: list[Item]) -> bool:
    fields = fields_of(line.text)
    found = None if fields is None else traceback_of(fields, line)
    if found is None:
        return False
    items.append(found)
    return False  # the same line may tell of the request, too
