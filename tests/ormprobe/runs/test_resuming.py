"""What a report keeps from one call to the next, and what it reads again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from ormprobe.document import Status
from ormprobe.errors import OrmprobeError, UsageError
from ormprobe.runs.benchmark import Labelled, label_runs
from ormprobe.runs.record import RunRecord
from ormprobe.runs.resuming import JOURNAL, LABELS, Ledger, read_records
from ormprobe.runs.spread import Processes
from tests.ormprobe.runs.standin import label_run
from tests.ormprobe.runs.trees import place, reads, runs, tree


def call(results: Path, jobs: int = 2, seen: Callable[[RunRecord], object] = id) -> Labelled:
    return label_runs(
        runs(results),
        label_run,
        results.parent / "report",
        place=lambda: Processes(jobs),
        seen=seen,
        begin=lambda to_do, done: None,
    )


def written(results: Path) -> bytes:
    return (results.parent / "report" / LABELS).read_bytes()


def test_finished_runs_are_not_read_again(tmp_path: Path) -> None:
    results = tree(tmp_path, "passed", "failed", "passed")
    first = call(results)
    before = written(results)

    second = call(results)

    assert (first.read, first.kept) == (3, 0)
    assert (second.read, second.kept) == (0, 3)
    assert first.records == second.records
    assert written(results) == before
    assert sorted(reads(results)) == ["run_1", "run_2", "run_3"]


def test_records_stand_in_the_order_of_the_runs_whatever_the_jobs(tmp_path: Path) -> None:
    # the first ones take longest, so that they come last
    logs = [f"failed sleep {0.3 - n * 0.02}" for n in range(14)]
    trees = [tree(tmp_path / name, *logs) for name in ("one", "three")]
    for number in range(1, 15):
        for name in ("conduit.log", "newman-run-report-1.csv"):
            for results in trees:
                os.utime(place(results, number) / name, (1, 1))

    came: list[str | None] = []
    call(trees[0], jobs=1)
    call(trees[1], jobs=3, seen=lambda record: came.append(record.run_id))

    assert came != [f"run_{n}" for n in range(1, 15)]
    records = list(read_records(tmp_path / "three" / "report" / LABELS))
    assert [each.run_id for each in records] == [f"run_{n}" for n in range(1, 15)]
    assert written(trees[0]) == written(trees[1])


def test_changed_run_is_read_again_and_a_vanished_one_goes_away(tmp_path: Path) -> None:
    results = tree(tmp_path, "passed", "passed", "passed")
    call(results)
    (place(results, 2) / "conduit.log").write_text("failed")
    (place(results, 3) / "conduit.log").unlink()
    (place(results, 3) / "newman-run-report-1.csv").unlink()
    place(results, 3).rmdir()

    again = call(results)

    assert (again.read, again.kept) == (1, 1)
    assert [each.status for each in again.records] == [Status.PASSED, Status.FAILED]
    assert reads(results).count("run_2") == 2


def test_another_version_reads_everything_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = tree(tmp_path, "passed", "failed")
    call(results)
    monkeypatch.setattr("ormprobe.__version__", "999")

    assert call(results).read == 2


def test_file_that_is_added_is_a_change(tmp_path: Path) -> None:
    results = tree(tmp_path, "passed")
    call(results)
    (place(results, 1) / "trace").mkdir()
    (place(results, 1) / "trace" / "events-1-1.jsonl").write_text("{}\n")

    assert call(results).read == 1


def test_ctrl_c_writes_what_is_done_and_the_next_call_goes_on(tmp_path: Path) -> None:
    results = tree(tmp_path, *["passed sleep 0.05"] * 30)
    done: list[RunRecord] = []

    def interrupted(record: RunRecord) -> None:
        done.append(record)
        if len(done) == 5:
            raise KeyboardInterrupt

    first = call(results, seen=interrupted)
    assert first.interrupted
    assert first.total == 30
    assert {each.path for each in first.records} == {each.path for each in done}
    assert len(written(results).splitlines()) == 5

    second = call(results)
    assert (second.read, second.kept, second.interrupted) == (25, 5, False)
    assert len(second.records) == 30


def test_changed_run_that_is_not_reached_has_no_record(tmp_path: Path) -> None:
    """Ctrl-C before a changed run was read: what it was labelled before is no more true."""
    results = tree(tmp_path, "passed", "passed sleep 1")
    call(results)
    (place(results, 1) / "conduit.log").write_text("failed")
    (place(results, 2) / "conduit.log").write_text("failed sleep 5")

    def interrupted(record: RunRecord) -> None:
        raise KeyboardInterrupt

    again = call(results, seen=interrupted)

    assert [each.status for each in again.records] == [Status.FAILED]


def test_journal_of_a_killed_command_is_taken_up(tmp_path: Path) -> None:
    """With its last line torn, as a machine that went down leaves it."""
    results = tree(tmp_path, "passed", "failed", "passed")
    call(results)
    report = tmp_path / "report"
    lines = written(results).splitlines(keepends=True)
    (report / LABELS).unlink()
    (report / JOURNAL).write_bytes(lines[1] + lines[0] + lines[2][: len(lines[2]) // 2])

    again = call(results)

    assert (again.read, again.kept) == (1, 2)
    assert written(results) == b"".join(lines)
    assert not (report / JOURNAL).exists()


def test_record_after_a_torn_line_is_not_lost(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_bytes(b'{"schema":1,"pat')
    Ledger(tmp_path).add(RunRecord(path="a"))  # and is killed

    assert [each.path for each in read_records(tmp_path / JOURNAL)] == ["a"]


@pytest.mark.parametrize("bad", [b"\x00\xff\n", b"[]\n", b"{}\n", b'{"path":3}\n', b"\n", b"["])
def test_lines_that_are_no_records_are_left_out(tmp_path: Path, bad: bytes) -> None:
    good = msgspec.json.encode(RunRecord(path="a")) + b"\n"
    (tmp_path / LABELS).write_bytes(good + bad)

    assert [each.path for each in read_records(tmp_path / LABELS)] == ["a"]


def test_two_commands_do_not_write_to_one_folder(tmp_path: Path) -> None:
    first = Ledger(tmp_path)
    with pytest.raises(UsageError, match="another ormprobe is writing"):
        Ledger(tmp_path)
    first.close([])

    Ledger(tmp_path).close([])


def test_folder_that_takes_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(OrmprobeError, match=r"cannot write to .*file"):
        Ledger(tmp_path / "file" / "below")


def test_broken_run_is_tried_again_though_nothing_changed_in_it(tmp_path: Path) -> None:
    results = tree(tmp_path, "passed", "wait", "die-once")
    first = call(results)
    assert [(each.run_id, each.error) for each in first.broken] == [("run_2", "it is not ready")]

    (tmp_path / "ready").touch()
    again = call(results)

    assert (again.read, again.kept, again.broken) == (1, 2, ())
