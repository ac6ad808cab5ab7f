"""Reads what pytest prints: its tests, how they ended, why they failed and what they wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from ormprobe.logs.failure_text import FailureText, line_form
from ormprobe.logs.lines import read_lines
from ormprobe.logs.model import (
    Item,
    Line,
    LogCounts,
    Runtime,
    TestResult,
    TestStatus,
    Thrown,
    Traceback,
)
from ormprobe.logs.reading import Reader

_SECTION = re.compile(r"=+ (.+?) =+$")
_HEADER = re.compile(r"_+ (?!_)(.+?) _+$")
_SHORTEST = 12
"""Characters of a section's line where the terminal's width is not known."""
_WRITTEN = re.compile(r"-{3,} Captured (?:stdout|stderr|log) (?:setup|call|teardown)? ?-{3,}\s*$")
_ERROR_AT = re.compile(r"ERROR (?:at (setup|teardown) of|(collecting)) (.+)$")
_WORKER = re.compile(r"\[gw\d+\] ")
_STATUSES = "PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS|SUBPASSED|SUBFAILED"
_VERBOSE = re.compile(
    rf"(\S+\.py::.+?) (?:\[.*?\] )?({_STATUSES})(?: \(.*\)|,.*)?(?: +\[ *\d+%\])?$"
)
_XDIST = re.compile(rf"\[gw\d+\] \[ *\d+%\] ({_STATUSES}) (\S.*?) *$")
_SUMMARY = re.compile(rf"({_STATUSES}) (\S+?\.py(?:::.+?)?)(?: - (.*))?$")
_STATUS = {
    "PASSED": TestStatus.PASSED,
    "SUBPASSED": TestStatus.PASSED,
    "FAILED": TestStatus.FAILED,
    "SUBFAILED": TestStatus.FAILED,
    "ERROR": TestStatus.ERROR,
    "SKIPPED": TestStatus.SKIPPED,
    "XFAIL": TestStatus.XFAILED,
    "XPASS": TestStatus.XPASSED,
}
_MOST_TESTS = 200_000


@dataclass(slots=True)
class _Test:
    """A test while its output is read. `title`: as the head of its failure names it."""

    name: str
    title: str
    status: TestStatus
    first: int
    last: int
    phase: str | None = None
    message: str | None = None
    tracebacks: list[Traceback] = field(default_factory=list[Traceback])
    captured: list[Item] = field(default_factory=list[Item])

    def result(self) -> TestResult:
        message = message_of(self.tracebacks) or self.message
        return TestResult(
            name=self.name,
            status=self.status,
            phase=self.phase,
            message=message,
            tracebacks=tuple(self.tracebacks),
            first=self.first,
            last=self.last,
            captured=tuple(self.captured),
        )


def read_pytest(stream: BinaryIO, counts: LogCounts) -> Iterator[TestResult]:
    """The tests that pytest names: with `-v` all of them, else those that did not pass."""
    output = _Output()
    for line in read_lines(stream, counts):
        output.take(line)
    yield from output.results()


def message_of(tracebacks: Sequence[Traceback]) -> str | None:
    """The exception that made a test fail, in one line; of what pytest asserts, the assertion."""
    if not tracebacks:
        return None
    thrown = tracebacks[0].chain[0]
    said = thrown.message.partition("\n")[0]
    if thrown.type == "AssertionError" and said.startswith("assert "):
        return said
    return f"{thrown.type}: {said}" if said else thrown.type


class _Output:
    def __init__(self) -> None:
        self._tests: dict[tuple[str, str | None], _Test] = {}
        self._failures: list[_Test] = []
        self._section = ""
        self._width = 0
        self._failure: _Test | None = None
        self._text: FailureText | None = None
        self._written: Reader | None = None

    def take(self, line: Line) -> None:
        text = line.text.rstrip()
        if text[:1] == "=" and self._fills(text) and (section := _SECTION.match(text)) is not None:
            self._end_failure()
            self._section = section[1]
            self._width = len(text)
        elif self._section in ("FAILURES", "ERRORS"):
            self._in_failures(line, text)
        elif self._section == "short test summary info":
            self._in_summary(line, text)
        else:
            self._in_progress(line, text)

    def _fills(self, text: str) -> bool:
        """Whether a line is as wide as pytest's: a program may write such lines too."""
        return len(text) >= (self._width - 1 if self._width else _SHORTEST)

    def results(self) -> Iterator[TestResult]:
        self._end_failure()
        for test in (*self._tests.values(), *self._failures):
            yield test.result()

    def _in_progress(self, line: Line, text: str) -> None:
        verbose = _VERBOSE.match(text)
        if verbose is not None:
            self._add(verbose[1], verbose[2], line.number)
        elif (worker := _XDIST.match(text)) is not None:
            self._add(worker[2], worker[1], line.number)

    def _in_summary(self, line: Line, text: str) -> None:
        found = _SUMMARY.match(_WORKER.sub("", text))
        if found is None:
            return
        test = self._add(found[2], found[1], line.number)
        if test is None:
            return
        test.message = found[3] or test.message
        if not test.tracebacks and test.status is TestStatus.FAILED:
            told = self._told_in_a_line((found[3] or "").removesuffix("..."))
            if told is not None:
                test.tracebacks, test.first, test.last = told.tracebacks, told.first, told.last

    def _add(self, name: str, word: str, number: int) -> _Test | None:
        status = _STATUS[word]
        # a test that failed may err as well, when it is torn down
        key = (name, "error" if status is TestStatus.ERROR else None)
        test = self._tests.get(key)
        if test is None:
            if len(self._tests) >= _MOST_TESTS:
                return None
            test = self._tests[key] = self._failed(name, status) or _Test(
                name, _title(name), status, number, number
            )
            test.name = name
        test.status = status
        if not test.tracebacks:
            found = self._failed(name, status)
            if found is not None:
                found.name, found.status = name, status
                test = self._tests[key] = found
        return test

    def _failed(self, name: str, status: TestStatus) -> _Test | None:
        """The failure, read before, that a node id belongs to."""
        title, path = _title(name), name.partition("::")[0]
        fitting = [
            test
            for test in self._failures
            if test.title == title
            and (test.status is TestStatus.ERROR) == (status is TestStatus.ERROR)
        ]
        if not fitting:
            return None
        found = next((test for test in fitting if _lies_in(test, path)), fitting[0])
        self._failures.remove(found)
        return found

    def _told_in_a_line(self, message: str) -> _Test | None:
        """The failure of `--tb=line` that a summary's message belongs to.

        Both come in the same order, so the first that fits is the one.
        """
        for test in self._failures:
            if not test.title and f": {message}" in test.name:
                self._failures.remove(test)
                return test
        return None

    def _in_failures(self, line: Line, text: str) -> None:
        if text[:1] == "_" and self._fills(text) and (header := _HEADER.match(text)) is not None:
            self._end_failure()
            self._begin_failure(header[1], line.number)
        elif self._failure is None:
            self._line_form(line, text)
        elif text[:3] == "---" and _WRITTEN.match(text) is not None:
            self._end_text(line.number - 1)
            self._end_written()
            self._written = Reader(LogCounts())
        elif self._written is not None:
            self._failure.last = line.number
            self._written.take(line)
        elif self._text is not None:
            self._failure.last = line.number
            self._text.take(text)

    def _begin_failure(self, title: str, number: int) -> None:
        error = _ERROR_AT.match(title)
        if error is not None:
            phase, title = error[1] or "collect", error[3]
            self._failure = _Test(title, title, TestStatus.ERROR, number, number, phase)
        else:
            self._failure = _Test(title, title, TestStatus.FAILED, number, number, "call")
        self._text = FailureText()

    def _line_form(self, line: Line, text: str) -> None:
        chain = line_form(text)
        if chain and len(self._failures) < _MOST_TESTS:
            test = _Test(text, "", TestStatus.FAILED, line.number, line.number)
            test.tracebacks.append(_traceback(chain, line.number, line.number))
            self._failures.append(test)

    def _end_failure(self) -> None:
        if self._failure is None:
            return
        self._end_text(self._failure.last)
        self._end_written()
        if len(self._failures) < _MOST_TESTS:
            self._failures.append(self._failure)
        self._failure = None

    def _end_text(self, last: int) -> None:
        if self._failure is None or self._text is None:
            return
        chain = self._text.chain()
        if chain:
            self._failure.tracebacks.append(_traceback(chain, self._failure.first, last))
        self._text = None

    def _end_written(self) -> None:
        if self._failure is not None and self._written is not None:
            self._failure.captured.extend(self._written.end())
        self._written = None


def _title(name: str) -> str:
    """How the head of a failure names the test of a node id."""
    path, _, inner = name.partition("::")
    return inner.replace("::", ".") if inner else path


def _lies_in(test: _Test, path: str) -> bool:
    frames = [frame for found in test.tracebacks for frame in found.chain[0].frames[:1]]
    return any(frame.path.replace("\\", "/").endswith(path) for frame in frames)


def _traceback(chain: tuple[Thrown, ...], first: int, last: int) -> Traceback:
    return Traceback(runtime=Runtime.PYTHON, first=first, last=last, chain=chain)
