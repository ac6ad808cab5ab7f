"""What is open in the text of one process of Node: an error, or the head of one."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from ormprobe.logs.access import access_of
from ormprobe.logs.model import Item, Line, Notice, NoticeKind, Runtime, Traceback
from ormprobe.logs.node_dump import Dump
from ormprobe.logs.node_error import LONGEST_MESSAGE, chain_of
from ormprobe.logs.node_lines import LONGEST, Head, frame_line, head_of, loose_head_of
from ormprobe.logs.node_site import Site, placed, site_after
from ormprobe.logs.notices import notice_of, said_by
from ormprobe.logs.structured import fields_of

MOST_MESSAGE_LINES = 40
_FEW_MESSAGE_LINES = 6
_STRINGS = "(Use `node --trace-uncaught ...` to show where the exception was thrown)"
_NO_ERRORS = ("Trace", "Warning")
"""What `console.trace` and `--trace-warnings` begin a stack with."""


@dataclass(slots=True)
class _Pending:
    """The head of an error, and the lines below it that may be of its message."""

    line: Line
    head: Head
    site: Site | None
    message: list[str] = field(default_factory=list[str])

    @property
    def announces(self) -> bool:
        """Whether its message says by itself that it goes on."""
        return self.head.type == "TSError" or self.head.message.endswith((",", ":", "[", "{", "("))


@dataclass(slots=True)
class _Open:
    """An error whose frames or properties are being read. said: a head of its own was seen."""

    dump: Dump
    first: int
    last: int
    lead: str | None
    site: Site | None
    truncated: bool
    said: bool


class Process:
    """Reads the lines of one process, in order."""

    def __init__(self, source: str | None) -> None:
        self._source = source
        self._before: deque[Line] = deque(maxlen=1)
        self._site: Site | None = None
        self._pending: _Pending | None = None
        self._open: _Open | None = None

    @property
    def waiting(self) -> bool:
        return self._open is not None or self._pending is not None

    def take(self, line: Line, items: list[Item]) -> bool:
        if self._goes_on(line, items):
            return True
        self._site = site_after(self._site, line.number, line.text)
        taken = self._begins(line, items)
        self._before.append(line if len(line.text) <= LONGEST else Line(line.number, ""))
        return taken

    def end(self, items: list[Item]) -> None:
        self._close(items)
        self._give_up(items)

    def _goes_on(self, line: Line, items: list[Item]) -> bool:
        if self._open is None:
            return False
        if not self._open.dump.take(line.text):
            self._close(items)
            return False
        self._open.last = line.number
        self._before.append(line)
        if self._open.dump.done:
            self._close(items)
        return True

    def _begins(self, line: Line, items: list[Item]) -> bool:
        text = line.text
        framed = text[:1] in ("\t", " ") and frame_line(text) is not None
        if framed or text.startswith("--> in "):
            self._start(line)
            return True
        head = head_of(text)
        if self._pending is not None:
            if head is None and self._continues(self._pending, text):
                self._pending.message.append(text)
                return False
            self._give_up(items)
        if head is None:
            return text == _STRINGS and self._threw_no_error(line, items)
        site, self._site = self._site, None
        self._pending = _Pending(line, head, site if site is not None and site.marked else None)
        if head.stackless or head.opens:
            self._open_at(self._pending, truncated=False, said=True)
            self._goes_no_further(items)
        return True

    def _start(self, line: Line) -> None:
        """The first frame of an error. Its head is the one that waits, else the line before it."""
        pending, truncated, said = self._pending, False, True
        if pending is None:
            before = self._before[-1] if self._before else None
            head = loose_head_of(before.text) if before is not None else None
            if before is not None and head is not None:
                said = head.type not in _NO_ERRORS
                pending = _Pending(before, head, None)
            else:
                # a stack that somebody printed, but for a log that begins amid an error
                truncated, said = True, before is None
                pending = _Pending(line, Head("", "Error", None, ""), None)
        opened = self._open_at(pending, truncated=truncated, said=said)
        opened.dump.take(line.text)
        opened.last = line.number

    def _open_at(self, pending: _Pending, *, truncated: bool, said: bool) -> _Open:
        head, site, number = pending.head, pending.site, pending.line.number
        dump = Dump(head, 0 if head.lead.strip() else len(head.lead))
        for text in pending.message:
            dump.errors[0].more(text)
        lead = head.lead.removesuffix("<ref *1> ").strip(" :}{") or None
        first = number if site is None else site.number
        self._pending = None
        self._open = _Open(dump, first, number, lead, site, truncated, said)
        return self._open

    def _goes_no_further(self, items: list[Item]) -> None:
        if self._open is not None and self._open.dump.done:
            self._close(items)

    def _close(self, items: list[Item]) -> None:
        opened, self._open = self._open, None
        if opened is None or not (opened.said or opened.dump.told):
            return
        chain = chain_of(opened.dump.errors)
        if opened.site is not None:
            chain = (placed(chain[0], opened.site), *chain[1:])
        items.append(
            Traceback(
                runtime=Runtime.NODE,
                first=opened.first,
                last=opened.last,
                chain=chain,
                head=opened.lead,
                truncated=opened.truncated,
                source=self._source,
            )
        )

    def _give_up(self, items: list[Item]) -> None:
        """Nothing of a stack stood below the head: its line is a notice."""
        pending, self._pending = self._pending, None
        notice = None if pending is None else notice_of(pending.line)
        if notice is not None:
            items.append(notice)

    def _continues(self, pending: _Pending, text: str) -> bool:
        """Whether a line may be of a message of several lines."""
        most = MOST_MESSAGE_LINES if pending.announces else _FEW_MESSAGE_LINES
        if len(pending.message) >= most or len(text) > LONGEST_MESSAGE:
            return False
        if access_of(text) is not None or fields_of(text) is not None:
            return False
        return pending.announces or said_by(text) is None

    def _threw_no_error(self, line: Line, items: list[Item]) -> bool:
        """`throw 'text'`: Node prints the place and the value, and no stack."""
        site, self._site = self._site, None
        if site is None or not site.marked:
            return False
        text = self._before[-1].text if self._before else ""
        items.append(
            Notice(
                kind=NoticeKind.ERROR,
                line=line.number - 1,
                text=text,
                path=site.path,
                at=site.line,
                source=self._source,
            )
        )
        return True
