"""Any trace is read, whatever was torn from it, and a long one costs no more memory."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ormprobe.reading.files import ReadCounts, read_file
from ormprobe.timeline import build

PEAK = 64 * 1024 * 1024
STATEMENTS = 200_000


@pytest.mark.slow
def test_memory_does_not_grow_with_the_trace(tmp_path: Path, lines: Any) -> None:
    with (tmp_path / "events-1-1.jsonl").open("w") as file:
        for line in (lines.process(), *lines.defined):
            file.write(json.dumps(line) + "\n")
        for number in range(1, STATEMENTS + 1):
            line = lines.write(number, number // 100, at=number, site=3, binds=[number, "s9:ab"])
            file.write(json.dumps(line) + "\n")
    tracemalloc.start()
    try:
        total = sum(len(closed.scope.statements) for closed in build(tmp_path))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert total == STATEMENTS
    assert peak < PEAK


def whole(lines: Any) -> bytes:
    """A trace with a line of every kind that hangs together."""
    content = [
        lines.process(program="é"),
        *lines.defined,
        {"kind": "library", "name": "flask", "role": "web"},
        {"kind": "shim", "name": "flask", "state": "installed"},
        {"kind": "engine", "id": 90, "at": 1, "db.system.name": "sqlite"},
        {"kind": "connection", "id": 50, "at": 1, "action": "open"},
        {"kind": "schema", "db.collection.name": "t", "entity": "T", "columns": [{"name": "a"}]},
        lines.scope(1, 1, type="test"),
        lines.scope(2, 2, parent=1),
        {"kind": "inputs", "scope": 2, "part": "query", "values": {"q": "s1:é"}},
        lines.write(1, 20, at=3, scope=2, site=3),
        lines.rows(1, 1, entities=[{"entity": "T", "distinct": 1, "keys": [1]}]),
        lines.savepoint(20, "begin"),
        lines.savepoint(20, "rollback", writes=[1]),
        lines.error(9, 4, scope=2, site=3, frames=[3], detached={"session": 1, "site": 3}),
        lines.transaction(20, 5, scope=2, frames=[3]),
        {"kind": "session", "id": 8, "at": 6, "scope": 2, "end": "gc"},
        {"kind": "warning", "scope": 2, "category": "W", "message": "m"},
        {"kind": "failure", "scope": 2, "at": 6, "chain": [{"type": "E", "error": 9}]},
        {"kind": "response", "scope": 2, "http.response.status_code": 500},
        lines.fate(9, "handler", site=3),
        lines.end(2, 7, outcome="error"),
        {"kind": "check", "scope": 1, "at": 8, "left": 1, "right": 2},
        lines.end(1, 9, outcome="failed"),
        {"kind": "exit", "at": 10, "events": 29},
    ]
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in content)


SETTINGS = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def numbers(folder: Path) -> list[int]:
    return [s.number for closed in build(folder) for s in closed.scope.all_statements()]


@SETTINGS
@given(share=st.floats(0, 1))
def test_any_truncation_reads_as_a_prefix(tmp_path: Path, lines: Any, share: float) -> None:
    data = whole(lines)
    path = tmp_path / "events-1-1.jsonl"
    path.write_bytes(data)
    everything = list(read_file(path, ReadCounts()))
    path.write_bytes(data[: round(len(data) * share)])
    counts = ReadCounts()

    found = list(read_file(path, counts))

    assert found == everything[: len(found)]
    assert len(everything) == len(data.splitlines())
    assert len(found) >= data[: round(len(data) * share)].count(b"\n")
    assert counts.torn <= 1
    assert numbers(tmp_path) == [1][: sum(type(e).__name__ == "Statement" for _, e in found)]


@SETTINGS
@given(changed=st.data())
def test_any_change_of_a_byte_costs_no_more_than_its_lines(
    tmp_path: Path, lines: Any, changed: st.DataObject
) -> None:
    data = bytearray(whole(lines))
    at = changed.draw(st.integers(0, len(data) - 1))
    data[at] = changed.draw(st.integers(0, 255))
    (tmp_path / "events-1-1.jsonl").write_bytes(bytes(data))

    found = list(build(tmp_path))

    assert found[-1].run.counts.events >= len(whole(lines).splitlines()) - 2


def test_the_trace_of_these_tests_is_sound(write: Callable[..., Path], lines: Any) -> None:
    found = list(build(write(whole(lines))))

    assert found[-1].run.counts.malformed_lines == 0
    assert [closed.scope.outcome for closed in found] == ["failed", "passed"]
    kinds = {json.loads(line)["kind"] for line in whole(lines).splitlines()}
    assert len(kinds) == 24
