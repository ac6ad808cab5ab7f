"""Tracebacks in one line: fields of JSON, escaped text."""

from __future__ import annotations

import json

import pytest

from tests.ormprobe.logs.reading_of import tracebacks_of

TEXT = """\
Traceback (most recent call last):
  File "/code/a.py", line 3, in f
    raise KeyError("k")
KeyError: 'k'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/code/a.py", line 5, in g
    raise ValueError("it's \\"so\\"") from error
ValueError: it's "so"
second line

after a blank one"""


@pytest.mark.parametrize(
    "record",
    [
        {"message": "it broke", "exc_info": TEXT},
        {"event": "it broke", "exception": TEXT},
        {"msg": "it broke", "error": {"stack_trace": TEXT, "type": "ValueError"}},
        {"record": {"exception": {"traceback": TEXT}}, "message": "it broke"},
    ],
)
def test_fields_of_json(record: dict[str, object]) -> None:
    (found,) = tracebacks_of("INFO: before\n" + json.dumps(record) + "\n")
    assert (found.first, found.last, found.head) == (2, 2, "it broke")
    assert [(one.relation, one.type) for one in found.chain] == [
        (None, "ValueError"),
        ("cause", "KeyError"),
    ]
    assert found.chain[0].message == 'it\'s "so"\nsecond line\n\nafter a blank one'
    assert found.chain[0].frames[0].line == 5


@pytest.mark.parametrize(
    "line",
    [
        f'level=error msg="it broke" exc={json.dumps(TEXT)} after=1',
        f"it broke: {TEXT!r}, and more",
        f'{{"message": "torn", "exc_info": {json.dumps(TEXT)}',
    ],
)
def test_escaped_text(line: str) -> None:
    (found,) = tracebacks_of(line + "\n")
    assert [one.type for one in found.chain] == ["ValueError", "KeyError"]
    assert found.chain[0].message.endswith("after a blank one")


def test_structlogs_objects() -> None:
    frames = [{"filename": "/code/a.py", "lineno": 3, "name": "f"}]
    stacks = [
        {"exc_type": "ValueError", "exc_value": "v", "is_cause": False, "frames": frames},
        {"exc_type": "KeyError", "exc_value": "'k'", "is_cause": True, "frames": frames},
    ]
    (found,) = tracebacks_of(json.dumps({"event": "it broke", "exception": stacks}) + "\n")
    assert [(one.relation, one.type, one.origin) for one in found.chain] == [
        (None, "ValueError", "/code/a.py:f"),
        ("cause", "KeyError", "/code/a.py:f"),
    ]
