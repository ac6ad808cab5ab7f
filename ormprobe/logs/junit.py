"""Reads JUnit XML, of which many runners write their own kind, as a stream.

The file is untrusted. Entities are what makes XML dangerous, and JUnit files declare none: expat is
told of the first document type declaration and reading stops there, so nothing is ever expanded.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.parsers import expat

from ormprobe.logs.failure_text import FailureText
from ormprobe.logs.model import (
    Item,
    Line,
    LogCounts,
    Runtime,
    TestResult,
    TestStatus,
    Traceback,
)
from ormprobe.logs.pytest_output import message_of
from ormprobe.logs.reading import Reader

_BLOCK = 64 * 1024
_LONGEST = 1_000_000
_DEEPEST = 100
_CONTROL = {code: " " for code in range(32) if code not in (9, 10, 13)} | {
    0xFFFE: " ",
    0xFFFF: " ",
}
_ENCODING = re.compile(rb"<\?xml[^>]*encoding=[\"'](?!utf-?8)", re.IGNORECASE)
_STATUS = {
    "failure": TestStatus.FAILED,
    "error": TestStatus.ERROR,
    "skipped": TestStatus.SKIPPED,
}
_WRITTEN = ("system-out", "system-err")
_SAID = re.compile(r"^E {3}", re.MULTILINE)


class _Stop(Exception):
    pass


@dataclass(slots=True)
class _Case:
    name: str
    first: int
    status: TestStatus = TestStatus.PASSED
    phase: str | None = None
    message: str | None = None
    tracebacks: list[Traceback] = field(default_factory=list[Traceback])
    captured: list[Item] = field(default_factory=list[Item])


def read_junit(stream: BinaryIO, counts: LogCounts) -> Iterator[TestResult]:
    """The tests of a file; of one that is torn or is no XML, those before that place."""
    first = stream.read(_BLOCK)
    reader = _Reader()
    blocks = _blocks(first, stream, counts)
    if not _is_utf_8(first):
        blocks = _counted(first, stream, counts)
    for block in blocks:
        going = reader.feed(block)
        yield from reader.take()
        if not going:
            break
    else:
        reader.feed(b"", last=True)
        yield from reader.take()
    counts.lines += reader.line


def _is_utf_8(first: bytes) -> bool:
    marks = (codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)
    return not first.startswith(marks) and _ENCODING.match(first.lstrip()) is None


def _counted(first: bytes, stream: BinaryIO, counts: LogCounts) -> Iterator[bytes]:
    block = first
    while block:
        counts.bytes += len(block)
        yield block
        block = stream.read(_BLOCK)


def _blocks(first: bytes, stream: BinaryIO, counts: LogCounts) -> Iterator[bytes]:
    """UTF-8 that is legal in XML, for what runners copied from a program's output may not be."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for block in _counted(first, stream, counts):
        text = decoder.decode(block)
        counts.undecodable += text.count("\ufffd")
        yield text.translate(_CONTROL).encode("utf-8", "replace")


class _Reader:
    """Handlers of expat. An error below a case ends it; what came before it is kept."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._case: _Case | None = None
        self._element: str | None = None
        self._attributes: dict[str, str] = {}
        self._text: list[str] = []
        self._size = 0
        self._at = 0
        self._depth = 0
        self._done: list[TestResult] = []

    @property
    def line(self) -> int:
        return self._parser.CurrentLineNumber

    def feed(self, data: bytes, *, last: bool = False) -> bool:
        """Whether more can be read."""
        try:
            self._parser.Parse(data, last)
        except (expat.ExpatError, _Stop, LookupError, ValueError):
            self._end_element()
            self._end_case()
            return False
        return True

    def take(self) -> Iterator[TestResult]:
        yield from self._done
        self._done.clear()

    def _doctype(self, *_: object) -> None:
        raise _Stop

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Stop
        if name == "testcase":
            self._end_case()
            title = attributes.get("name", "")
            owner = attributes.get("classname") or attributes.get("class") or ""
            self._case = _Case(f"{owner}.{title}" if owner else title, self.line)
        elif self._case is not None and (name in _STATUS or name in _WRITTEN):
            self._element, self._attributes = name, attributes
            self._text, self._size, self._at = [], 0, self.line

    def _data(self, text: str) -> None:
        if self._element is not None and self._size < _LONGEST:
            self._text.append(text)
            self._size += len(text)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if name == self._element:
            self._end_element()
        elif name == "testcase":
            self._end_case()

    def _end_element(self) -> None:
        name, case = self._element, self._case
        self._element = None
        if name is None or case is None:
            return
        text = "".join(self._text)
        if name in _WRITTEN:
            case.captured.extend(_items(text, self._at))
            return
        message = self._attributes.get("message")
        case.status = _status(name, self._attributes)
        case.message = message.strip().partition("\n")[0] if message else case.message
        case.phase = _phase(message or "", self._attributes.get("type") or "") or case.phase
        if name != "skipped":
            case.tracebacks.extend(_tracebacks(text, self._at))

    def _end_case(self) -> None:
        case, self._case = self._case, None
        if case is None:
            return
        self._done.append(
            TestResult(
                name=case.name,
                status=case.status,
                phase=case.phase,
                message=message_of(case.tracebacks) or case.message,
                tracebacks=tuple(case.tracebacks),
                first=case.first,
                last=max(self.line, case.first),
                captured=tuple(case.captured),
            )
        )


def _status(name: str, attributes: dict[str, str]) -> TestStatus:
    if name == "skipped" and attributes.get("type") == "pytest.xfail":
        return TestStatus.XFAILED
    return _STATUS[name]


def _phase(message: str, type_: str) -> str | None:
    """pytest's words for where an error was."""
    if message.startswith("failed on setup with"):
        return "setup"
    if message.startswith("failed on teardown with"):
        return "teardown"
    return "collect" if message == "collection failure" and not type_ else None


def _lines(text: str, at: int) -> Iterator[Line]:
    for number, line in enumerate(text.split("\n"), at):
        yield Line(number, line.rstrip("\r"))


def _items(text: str, at: int, *, alone: bool = False) -> Iterator[Item]:
    reader = Reader(LogCounts(), alone=alone)
    for line in _lines(text, at):
        reader.take(line)
    yield from reader.end()


def _tracebacks(text: str, at: int) -> Iterator[Traceback]:
    """In pytest's own form, else as any program writes them."""
    if _SAID.search(text) is None:
        items = _items(text, at, alone=True)
        found = [item for item in items if isinstance(item, Traceback)]
        if found:
            yield from found
            return
    reader = FailureText()
    last = at
    for line in _lines(text, at):
        reader.take(line.text)
        last = line.number
    chain = reader.chain()
    if chain:
        yield Traceback(runtime=Runtime.PYTHON, first=at, last=last, chain=chain)
