"""What a text is, by its first bytes."""

from __future__ import annotations

import pytest

from ormprobe.logs.kinds import Kind, kind_of


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (b"", Kind.LOG),
        (b"INFO: started\n", Kind.LOG),
        (b'<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="x">', Kind.JUNIT),
        (b"\xef\xbb\xbf<testsuite>", Kind.JUNIT),
        ('<?xml version="1.0"?><testsuites>'.encode("utf-16"), Kind.JUNIT),
        (b'<?xml version="1.0"?><html>', Kind.LOG),
        (b"=" * 29 + b" test session starts " + b"=" * 29 + b"\n", Kind.PYTEST),
        (b"\x1b[1m===== test session starts =====\x1b[0m\n", Kind.PYTEST),
        (b".F\n=================== FAILURES ====================\n", Kind.PYTEST),
        (b"=" * 70 + b"\nFAIL: test_a (m.C.test_a)\n", Kind.UNITTEST),
        (b"..\n" + b"-" * 70 + b"\nRan 2 tests in 0.001s\n\nOK\n", Kind.UNITTEST),
        (b"test_a (m.C.test_a)\nWhat it does. ... ok\n", Kind.UNITTEST),
        (bytes(range(256)) * 10, Kind.LOG),
    ],
)
def test_kinds(first: bytes, kind: Kind) -> None:
    assert kind_of(first) is kind
