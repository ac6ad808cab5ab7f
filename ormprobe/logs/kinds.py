"""Which form a text has, by its first bytes."""

from __future__ import annotations

import re
from enum import StrEnum

HEAD = 64 * 1024
"""So many bytes are enough to tell."""


class Kind(StrEnum):
    LOG = "log"
    JUNIT = "junit"
    PYTEST = "pytest"
    UNITTEST = "unittest"


_JUNIT = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<testsuites?[\s>/]", re.DOTALL)
_PYTEST = re.compile(
    rb"^={3,} (?:test session starts|FAILURES|ERRORS|short test summary info"
    rb"|\d+ (?:passed|failed|error)[^=\n]* in [\d.]+s[^=\n]*) ?={3,}\s*$",
    re.MULTILINE,
)
_UNITTEST = re.compile(
    rb"^={70}\r?\n(?:FAIL|ERROR): |^Ran \d+ tests? in [\d.]+s\s*$"
    rb"|^\w+ \([\w.]+\)(?:\r?\n[^\n]*)? \.\.\. (?:ok|FAIL|ERROR|skipped\b)",
    re.MULTILINE,
)
_COLOUR = re.compile(rb"\x1b\[[\d;]*m")


def kind_of(first: bytes) -> Kind:
    """The form of a text whose first bytes these are; a log where nothing tells of another."""
    first = first[:HEAD].removeprefix(b"\xef\xbb\xbf")
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        first = first.decode("utf-16", "replace").encode("utf-8", "replace")
    if _JUNIT.match(first) is not None:
        return Kind.JUNIT
    first = _COLOUR.sub(b"", first)
    if _PYTEST.search(first) is not None:
        return Kind.PYTEST
    return Kind.LOG if _UNITTEST.search(first) is None else Kind.UNITTEST
