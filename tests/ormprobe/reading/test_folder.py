"""The files of a trace, and their events in one order."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ormprobe.errors import UnreadableError
from ormprobe.reading import events
from ormprobe.reading.files import ReadCounts
from ormprobe.reading.folder import NewerTraceError, merge, open_trace, read_run_file
from ormprobe_instrumentation.events import SCHEMA_VERSION

Write = Callable[..., Path]
Line = Callable[..., dict[str, Any]]


def end(number: int, at: int) -> dict[str, Any]:
    return {"kind": "scope_end", "id": number, "at": at, "outcome": "passed"}


def order(path: Path) -> list[str]:
    """What `merge` gives: scope numbers, site functions, `|` for the end of a file."""
    found: list[str] = []
    for _, _, _, event in merge(open_trace(path), ReadCounts()):
        if event is None:
            found.append("|")
        elif isinstance(event, events.ScopeEnd):
            found.append(str(event.id))
        elif isinstance(event, events.Load):
            found.append(event.entity)
    return found


def test_events_of_two_processes_come_in_absolute_time(
    write: Write, first_line: Line, tmp_path: Path
) -> None:
    write(first_line(started=1_000_000_000), end(1, 10), end(3, 30), name="1-1")
    write(first_line(started=1_000_005_000), end(2, 10), end(4, 40), name="2-1")

    assert order(tmp_path) == ["1", "2", "3", "|", "4", "|"]


def test_events_without_a_time_keep_their_place(
    write: Write, first_line: Line, tmp_path: Path
) -> None:
    load = {"kind": "load", "id": 1, "type": "lazy", "entity": "late"}
    write(first_line(), end(1, 10), end(2, 100), load, name="1-1")
    write(first_line(), end(3, 50), name="2-1")

    assert order(tmp_path) == ["1", "3", "|", "2", "late", "|"]


def test_the_order_of_one_file_is_never_changed(
    write: Write, first_line: Line, tmp_path: Path
) -> None:
    write(first_line(), end(1, 100), end(2, 10), end(3, 120), name="1-1")
    write(first_line(), end(4, 50), name="2-1")

    assert order(tmp_path) == ["4", "|", "1", "2", "3", "|"]
    times = [at_us for at_us, *_ in merge(open_trace(tmp_path), ReadCounts())]
    assert times == sorted(times)


def test_a_file_without_its_first_line_is_kept_beside_the_others(
    write: Write, first_line: Line, tmp_path: Path
) -> None:
    write(first_line(started=5_000_000_000), end(1, 10), name="1-1")
    write(b"torn\n", end(2, 5), name="2-1")

    trace = open_trace(tmp_path)

    assert [(file.name, file.process is None, file.base_us) for file in trace.files] == [
        ("1-1", False, 5_000_000),
        ("2-1", True, 5_000_000),
    ]
    assert order(tmp_path) == ["2", "|", "1", "|"]


def test_files_stand_in_the_order_of_their_start(
    write: Write, first_line: Line, tmp_path: Path
) -> None:
    write(first_line(started=9_000_000), name="3-1")
    write(first_line(started=8_000_000), name="20-1")
    write(first_line(started=8_000_000), name="20-10")
    write(first_line(started=8_000_000), name="20-9")
    (tmp_path / "events-x.jsonl").write_text("no")

    names = [file.name for file in open_trace(tmp_path).files]

    assert names == ["20-1", "20-9", "20-10", "3-1"]


def test_more_processes_than_open_files_are_read(
    write: Write, first_line: Line, tmp_path: Path
) -> None:
    resource = pytest.importorskip("resource")
    for number in range(80):
        write(first_line(), end(number, number), name=f"{number}-1")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/dev/fd")) + 20, before[1]))
    try:
        found = order(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert [number for number in found if number != "|"] == [str(n) for n in range(80)]


def test_a_newer_schema_is_said_when_nothing_else_can_be_read(
    write: Write, first_line: Line, tmp_path: Path
) -> None:
    write({"kind": "process", "schema": SCHEMA_VERSION + 1}, name="1-1")

    with pytest.raises(NewerTraceError, match=f"schema {SCHEMA_VERSION + 1}"):
        open_trace(tmp_path)

    write(first_line(), name="2-1")
    trace = open_trace(tmp_path)
    assert [file.name for file in trace.files] == ["2-1"]
    assert "newer" in trace.left_out[0]


@pytest.mark.parametrize("name", ["", "absent"])
def test_a_folder_without_a_trace_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableError):
        open_trace(tmp_path / name)


def test_run_json_is_read(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"schema":1,"exit_code":3,"command":["a","b"],"new":1}')

    run = read_run_file(tmp_path)

    assert (run.exit_code, run.command, run.ended) == (3, ("a", "b"), None)


@pytest.mark.parametrize("text", [None, "", '{"exit_code":3,', "[]", "\xff"])
def test_run_json_may_be_absent_or_torn(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "run.json").write_text(text)

    assert read_run_file(tmp_path).exit_code is None
