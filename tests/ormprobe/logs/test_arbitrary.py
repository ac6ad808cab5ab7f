"""Arbitrary bytes never make a reader raise, and cost as much time as they are long."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ormprobe.logs.junit import read_junit
from ormprobe.logs.kinds import kind_of
from ormprobe.logs.model import LogCounts
from ormprobe.logs.pytest_output import read_pytest
from ormprobe.logs.reading import read_log
from ormprobe.logs.unittest_output import read_unittest

Read: TypeAlias = Callable[[BinaryIO, LogCounts], Iterator[object]]
READERS: tuple[Read, ...] = (read_log, read_pytest, read_unittest, read_junit)

PIECES = (
    "Traceback (most recent call last):\n",
    "  + Exception Group Traceback (most recent call last):\n",
    "  | ", "    | ", "  +-+---------------- 1 ----------------\n",
    "    +---------------- 2 ----------------\n", "    +------------------------------------\n",
    '  File "a.py", line 3, in f\n', '  File "a.py", line 3\n', "    f()\n", "    ^^^\n",
    "ValueError: no\n", "ValueError\n", "ExceptionGroup: g (2 sub-exceptions)\n",
    "sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) no\n", "[SQL: select\n", "]\n",
    "\nDuring handling of the above exception, another exception occurred:\n\n",
    "\nThe above exception was the direct cause of the following exception:\n\n",
    "  [Previous line repeated 900 more times]\n", "\n", "\r", "\x1b[31m", "web-1  | ", "job-1  | ",
    '{"message": "', 'Traceback (most recent call last):\\n', '"}\n', "INFO: x\n",
    "╭──── Traceback (most recent call last) ────╮\n", "│ a.py:3 in f │\n", "╰───────────────╯\n",
    "a.py:3: SAWarning: odd\n", "= FAILURES =\n", "=== FAILURES ===\n", "=== ERRORS ===\n",
    "___ test_a ___\n", "E   ValueError: no\n", ">   f()\n", "a.py:3: ValueError\n",
    "=== short test summary info ===\n", "FAILED a.py::test_a - ValueError\n", "=" * 70 + "\n",
    "FAIL: test_a (m.C)\n", "-" * 70 + "\n", "<testsuites>", "<testcase name='a'>",
    "<failure message='m'>", "</failure>", "</testcase>", "<!DOCTYPE a>",
    "Error: x\n", "    at f (a.js:1:2)\n",
)  # fmt: skip

logs = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=60).map("".join)


@pytest.mark.parametrize("read", READERS)
@given(data=st.binary(max_size=2000) | logs.map(lambda text: text.encode("utf-8", "replace")))
@settings(max_examples=150, deadline=None)
def test_nothing_raises(read: Read, data: bytes) -> None:
    list(read(io.BytesIO(data), LogCounts()))
    kind_of(data)
