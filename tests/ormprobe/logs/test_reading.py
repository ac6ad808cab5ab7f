"""A log's items together: their order, what announces what, and that nothing is passed by."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest

from ormprobe.logs.lines import read_lines
from ormprobe.logs.model import Access, Item, LogCounts, Notice, Runtime, Traceback
from ormprobe.logs.reading import Reader, read_file, read_log
from tests.ormprobe.logs.reading_of import items_of

TRACEBACK = """\
ERROR:    Exception in ASGI application
Traceback (most recent call last):
  File "/code/app/a.py", line {n}, in f
    g({n})
KeyError: {n}
"""
NODE = """\
/code/app/a.js:{n}
  throw new Error("no {n}");
  ^

Error: no {n}
    at Object.<anonymous> (/code/app/a.js:{n}:9)
    at node:internal/main:28:49

Node.js v20.20.1
"""
ACCESS = 'INFO:     127.0.0.1:{n} - "GET /items/{n} HTTP/1.1" 200 OK\n'
DULL = (
    "2026-03-05 11:41:32,{n} INFO sqlalchemy.engine.Engine SELECT items.id FROM items\n",
    "DEBUG:app:item {n} done\n",
    "\n",
    "working\n",
)
TELLING = (
    TRACEBACK,
    NODE,
    ACCESS,
    "Server running on port 3000\n",
    "/code/app/a.py:{n}: SAWarning: odd {n}\n  flush()\n",
    "CRITICAL app: it failed {n}\n",
    '{{"level":50,"msg":"no {n}"}}\n',
)


def everything(log: bytes) -> list[Item]:
    """The items where every line is read, with nothing passed by."""
    counts = LogCounts()
    reader = Reader(counts)
    items: list[Item] = []
    for line in read_lines(io.BytesIO(log), counts):
        reader.take(line)
        if reader.held:
            items.extend(reader.ready(line.number))
    return [*items, *reader.end()]


@pytest.mark.parametrize("seed", range(8))
def test_what_is_passed_by_tells_nothing(seed: int) -> None:
    chance = random.Random(seed)
    parts = [
        chance.choice(DULL if chance.random() < 0.9 else TELLING).format(n=number)
        for number in range(3000)
    ]
    log = "".join(parts).encode()
    counts = LogCounts()
    found = list(read_log(io.BytesIO(log), counts))
    assert found == everything(log)
    assert counts.lines == log.count(b"\n")
    told = sum(map("".join(parts).count, ("Traceback (", "Node.js v", '"GET ')))
    assert sum(not isinstance(item, Notice) or "Node.js" in item.text for item in found) >= told


def test_items_come_in_the_order_of_their_lines() -> None:
    log = TRACEBACK.format(n=1) + ACCESS.format(n=2) + "Server running on port 3000\n"
    found = items_of(log)
    assert [type(item) for item in found] == [Traceback, Access, Notice]


def test_an_announcement_is_part_of_its_traceback() -> None:
    (found,) = items_of(TRACEBACK.format(n=1))
    assert isinstance(found, Traceback)
    assert found.head == "ERROR:    Exception in ASGI application"


def test_an_error_without_a_traceback_stays() -> None:
    (found,) = items_of("CRITICAL app: it failed\n")
    assert isinstance(found, Notice)


def test_a_silent_process_does_not_hold_up_the_others() -> None:
    log = 'web-1  | Traceback (most recent call last):\nweb-1  |   File "a.py", line 1, in f\n'
    log += "".join(f"job-1  | {ACCESS.format(n=number)}" for number in range(2000))
    stream = read_log(io.BytesIO(log.encode()), LogCounts())
    first = next(stream)
    assert isinstance(first, Traceback)
    assert sum(1 for _ in stream) == 2000


def test_counts_and_files(tmp_path: Path) -> None:
    path = tmp_path / "server.log"
    path.write_text(TRACEBACK.format(n=1) + NODE.format(n=2))
    counts = LogCounts()
    list(read_file(path, counts))
    assert counts.runtimes == {Runtime.PYTHON: 1, Runtime.NODE: 1}
    with pytest.raises(OSError, match="missing"):
        list(read_file(tmp_path / "missing.log"))


def test_an_empty_log() -> None:
    assert items_of(b"") == []


@pytest.mark.parametrize(
    ("dull", "telling"),
    [
        ('{"level":30,"msg":"no"}', '{"level":50,"msg":"no"}'),
        ("connect ECONNREFUSED 127.0.0.1:6379", "connect ECONNREFUSED 127.0.0.1:5432"),
    ],
)
def test_lines_that_differ_in_digits_may_differ_in_what_they_tell(dull: str, telling: str) -> None:
    log = f"{dull}\n" * 30 + f"{telling}\n"
    told = [item.line for item in items_of(log) if isinstance(item, Notice)]
    assert told == [31]
