from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from ormprobe_instrumentation.callsite import Site
from ormprobe_instrumentation.events import MAX_TEXT, SCHEMA_VERSION
from ormprobe_instrumentation.lines import Raw, line_of
from ormprobe_instrumentation.recorder import Recorder


def recorder_in(folder: Path, values: str = "hashed") -> Recorder:
    return Recorder(str(folder), b"k" * 32, values, str(Path(__file__).parent))


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return recorder_in(tmp_path)


def events(folder: Path) -> list[dict[str, Any]]:
    [path] = folder.glob("events-*.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


def kinds(folder: Path) -> list[str]:
    return [event["kind"] for event in events(folder)]


def test_the_first_line_says_what_the_file_is(tmp_path: Path, recorder: Recorder) -> None:
    [first] = events(tmp_path)

    assert list(first)[:2] == ["kind", "schema"]
    assert first["schema"] == SCHEMA_VERSION
    assert first["process.pid"] == os.getpid()
    assert first["origin"] == "start"
    assert first["process.executable.path"] == sys.executable
    assert first["values"] == "hashed"


def test_files_are_private_and_numbered(tmp_path: Path) -> None:
    for _ in range(3):
        recorder_in(tmp_path)
    paths = sorted(tmp_path.iterdir())

    assert [path.name for path in paths] == [f"events-{os.getpid()}-{n}.jsonl" for n in (1, 2, 3)]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}


def test_an_event_is_there_at_once_and_a_rider_with_the_next(
    tmp_path: Path, recorder: Recorder
) -> None:
    recorder.rider("one", a=1)
    assert kinds(tmp_path) == ["process"]
    recorder.event("two")
    assert kinds(tmp_path) == ["process", "one", "two"]
    recorder.rider("three")
    recorder.rider("four")
    recorder.flush()
    assert kinds(tmp_path)[3:] == ["three", "four"]
    recorder.flush()
    assert len(events(tmp_path)) == 5


def test_riders_do_not_wait_for_ever(tmp_path: Path, recorder: Recorder) -> None:
    for number in range(200):
        recorder.rider("rider", n=number)

    written = [event["n"] for event in events(tmp_path)[1:]]
    assert written == list(range(len(written)))
    assert len(written) >= 192 - 64


def test_the_count_of_written_events(tmp_path: Path, recorder: Recorder) -> None:
    for number in range(100):
        recorder.rider("rider", n=number)
    recorder.event("event")
    recorder.flush()

    assert recorder.written == len(events(tmp_path)) == 102


def test_a_text_is_defined_once_before_its_use(tmp_path: Path, recorder: Recorder) -> None:
    first, verb = recorder.sql("SELECT 'secret'")
    again, _ = recorder.sql("SELECT 'secret'")
    other, _ = recorder.sql("UPDATE x SET y = 1")
    recorder.event("use")

    assert first == again != other
    assert verb == "SELECT"
    definitions = [event for event in events(tmp_path) if event["kind"] == "sql"]
    assert [event["id"] for event in definitions] == [first, other]
    assert "secret" not in definitions[0]["db.query.text"]
    assert kinds(tmp_path)[-1] == "use"


def test_a_long_text_is_cut(tmp_path: Path, recorder: Recorder) -> None:
    recorder.sql("SELECT " + "a, " * 20_000)
    recorder.flush()

    assert len(events(tmp_path)[1]["db.query.text"]) == MAX_TEXT


def test_definitions_are_bounded_and_numbers_never_reused(
    tmp_path: Path, recorder: Recorder
) -> None:
    first, _ = recorder.sql("SELECT 0")
    numbers = {recorder.sql(f"SELECT c{number}")[0] for number in range(9000)}
    again, _ = recorder.sql("SELECT 0")
    recorder.flush()

    assert len(numbers) == 9000
    assert again not in numbers
    assert again != first
    assert len(recorder._sql) <= 4096
    assert [event["id"] for event in events(tmp_path) if event["kind"] == "sql"].count(again) == 1


def test_sites(tmp_path: Path, recorder: Recorder) -> None:
    here = recorder.here(0)
    line = sys._getframe().f_lineno - 1
    recorder.flush()
    [site] = [event for event in events(tmp_path) if event["kind"] == "site"]

    assert site["id"] == here
    assert site["code.file.path"] == Path(__file__).name
    assert site["code.line.number"] == line
    assert site["code.function.name"] == "test_sites"
    assert recorder.site(None) == recorder.site_number(None) == 0
    assert recorder.site_number(Site(__file__, line, "test_sites")) == here


def test_loads(tmp_path: Path, recorder: Recorder) -> None:
    one = recorder.load("lazy", "Author", "books")
    assert recorder.load("lazy", "Author", "books") == one
    assert recorder.load("lazy", "Author", None) != one
    recorder.flush()
    defined = [event for event in events(tmp_path) if event["kind"] == "load"]

    assert defined[0] == {
        "kind": "load",
        "id": one,
        "type": "lazy",
        "entity": "Author",
        "attribute": "books",
    }
    assert "attribute" not in defined[1]


def test_lines() -> None:
    line = line_of("k", {"a": None, "b": Raw("[1]"), "c": 'x"\n', "d": {"e": []}})

    assert line.endswith("}\n")
    assert line.count("\n") == 1
    assert json.loads(line) == {"kind": "k", "b": [1], "c": 'x"\n', "d": {"e": []}}


def test_a_lone_surrogate_does_not_break_the_file(tmp_path: Path, recorder: Recorder) -> None:
    recorder.now('{"kind":"odd","text":"\ud800"}\n')
    recorder.event("next")

    [path] = tmp_path.glob("events-*.jsonl")
    assert path.read_bytes().splitlines()[-1] == b'{"kind":"next"}'


def test_short_writes_are_completed(
    tmp_path: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]))
    recorder.event("long", text="x" * 100)
    monkeypatch.undo()

    assert events(tmp_path)[1]["text"] == "x" * 100


def test_a_full_disk_turns_the_recorder_off_and_raises_nothing(
    tmp_path: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    recorder.event("lost")
    monkeypatch.undo()

    assert not recorder.on
    recorder.event("lost too")
    recorder.rider("lost too")
    assert len(events(tmp_path)) == 1


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path / "absent")

    assert not recorder.on
    recorder.event("nothing")
    recorder.rider("nothing")
    recorder.flush()


def test_a_write_inside_a_write(
    tmp_path: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A finalizer or a signal's handler may record while a line is being written."""
    write = os.write
    nested: list[str] = ["inner"]

    def interrupted(descriptor: int, data: bytes) -> int:
        if nested:
            recorder.rider("rider")
            recorder.event(nested.pop())
        return write(descriptor, data)

    recorder.rider("waiting")
    monkeypatch.setattr(os, "write", interrupted)
    recorder.event("outer")
    monkeypatch.undo()
    recorder.event("after")

    assert sorted(kinds(tmp_path)) == sorted(
        ["process", "waiting", "rider", "inner", "outer", "after"]
    )
    assert recorder._draining == 0


def test_numbers_and_clock(recorder: Recorder) -> None:
    assert [recorder.number() for _ in range(3)] == [1, 2, 3]
    assert [recorder.statement_number() for _ in range(3)] == [1, 2, 3]
    first, second = recorder.at(), recorder.at()
    assert 0 <= first <= second < 60_000_000
