"""Reads what unittest prints, and Django's test runner, which prints the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from ormprobe.logs.lines import read_lines
from ormprobe.logs.model import Item, Line, LogCounts, TestResult, TestStatus, Traceback
from ormprobe.logs.pytest_output import message_of
from ormprobe.logs.reading import Reader

_RULE = "=" * 70
_THIN = "-" * 70
_HEADER = re.compile(r"(FAIL|ERROR|UNEXPECTED SUCCESS): (\S+)(?: \((\S+?)\))?(?: .*)?$")
_VERBOSE = re.compile(
    r"(\w+) \(([\w.]+)\)(?: .*)? \.\.\. (ok|FAIL|ERROR|skipped|expected failure|unexpected success)"
)
_NAMED = re.compile(r"(\w+) \(([\w.]+)\)$")
_LATE = re.compile(r".* \.\.\. (ok|FAIL|ERROR|skipped|expected failure|unexpected success)\b")
_STATUS = {
    "ok": TestStatus.PASSED,
    "FAIL": TestStatus.FAILED,
    "ERROR": TestStatus.ERROR,
    "skipped": TestStatus.SKIPPED,
    "expected failure": TestStatus.XFAILED,
    "unexpected success": TestStatus.XPASSED,
    "UNEXPECTED SUCCESS": TestStatus.XPASSED,
}
_MOST_TESTS = 200_000


@dataclass(slots=True)
class _Test:
    name: str
    status: TestStatus
    first: int
    last: int
    tracebacks: list[Traceback] = field(default_factory=list[Traceback])
    captured: list[Item] = field(default_factory=list[Item])


def read_unittest(stream: BinaryIO, counts: LogCounts) -> Iterator[TestResult]:
    """The tests that unittest names: with `-v` all of them, else those that did not pass."""
    output = _Output()
    for line in read_lines(stream, counts):
        output.take(line)
    yield from output.results()


class _Output:
    def __init__(self) -> None:
        self._tests: dict[str, _Test] = {}
        self._after_rule = False
        self._named: str | None = None
        self._test: _Test | None = None
        self._text: Reader | None = None

    def take(self, line: Line) -> None:
        text = line.text.rstrip()
        if text == _RULE:
            self._end()
            self._after_rule = True
        elif self._after_rule:
            self._after_rule = False
            self._begin(line.number, text)
        elif self._test is not None:
            self._in_failure(line, text)
        else:
            self._in_progress(line.number, text)

    def results(self) -> Iterator[TestResult]:
        self._end()
        for test in self._tests.values():
            yield TestResult(
                name=test.name,
                status=test.status,
                message=message_of(test.tracebacks),
                tracebacks=tuple(test.tracebacks),
                first=test.first,
                last=test.last,
                captured=tuple(test.captured),
            )

    def _begin(self, number: int, text: str) -> None:
        header = _HEADER.match(text)
        if header is not None:
            name = _dotted(header[2], header[3])
            self._test = self._add(name, _STATUS[header[1]], number)

    def _in_failure(self, line: Line, text: str) -> None:
        if text == _THIN:
            if self._text is not None:
                self._end()
            else:
                self._text = Reader(LogCounts(), alone=True)
        elif self._text is not None and self._test is not None:
            self._text.take(line)
            if text:
                self._test.last = line.number

    def _in_progress(self, number: int, text: str) -> None:
        found = _VERBOSE.match(text)
        if found is not None:
            self._add(_dotted(found[1], found[2]), _STATUS[found[3]], number)
        elif (named := _NAMED.match(text)) is not None:
            self._named = _dotted(named[1], named[2])  # its first line of documentation follows
        elif self._named is not None:
            late = _LATE.match(text)
            if late is not None:
                self._add(self._named, _STATUS[late[1]], number)
            self._named = None

    def _add(self, name: str, status: TestStatus, number: int) -> _Test | None:
        test = self._tests.get(name)
        if test is None:
            if len(self._tests) >= _MOST_TESTS:
                return None
            test = self._tests[name] = _Test(name, status, number, number)
        elif status is not TestStatus.PASSED:
            test.status, test.first, test.last = status, number, number
        return test

    def _end(self) -> None:
        if self._test is not None and self._text is not None:
            for item in self._text.end():
                # a chain is one traceback; others were written by the test
                if isinstance(item, Traceback) and not self._test.tracebacks:
                    self._test.tracebacks.append(item)
                else:
                    self._test.captured.append(item)
        self._test = self._text = None


def _dotted(name: str, place: str | None) -> str:
    """`test_a (m.C.test_a)` and, before 3.11, `test_a (m.C)`: both are `m.C.test_a`."""
    if place is None:
        return name
    return place if place.endswith(f".{name}") else f"{place}.{name}"
