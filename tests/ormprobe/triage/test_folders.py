"""Run folders: the cause from the log, the requests that it explains, the rest from the report."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.document import Certainty, Report, Status
from ormprobe.errors import UnreadableError
from ormprobe.triage.folders import triage_folder
from ormprobe.triage.options import Options
from tests.ormprobe.triage.folders import TRACEBACK, every, positions, run_folder

LISTENING = " * Running on http://0.0.0.0:3000\n"
MISSING = TRACEBACK.format(
    path="/api/users", method="POST", line=14, error="no such table: stock",
    sql="SELECT id FROM stock",
)  # fmt: skip


def judged(folder: Path) -> Report:
    return triage_folder(folder, Options())


def placed(report: Report) -> tuple[Status, str | None, str | None, str | None]:
    primary = report.verdict.primary
    if primary is None:
        return report.verdict.status, None, None, None
    return report.verdict.status, primary.category, primary.subcategory, primary.cause


def test_an_exception_of_the_log_explains_the_requests_that_it_ended(tmp_path: Path) -> None:
    folder = run_folder(tmp_path, every(500), conduit_log=LISTENING + MISSING * 3)

    report = judged(folder)

    assert placed(report) == (
        Status.FAILED, "logic_error", "database_runtime_error", "schema-not-created"
    )  # fmt: skip
    label = report.labels[0]
    assert label.where is not None
    assert label.where.line == 14
    assert len(label.explains) > 25
    assert label.evidence[0].events == ("conduit.log:3",)
    assert report.constraints.orm.declared == "sqlalchemy"
    assert report.constraints.database.declared == "sqlite"


def test_the_place_is_a_file_of_the_patch(tmp_path: Path) -> None:
    patch = (
        "diff --git a/src/repositories/stock.py b/src/repositories/stock.py\n"
        "new file mode 100644\n--- /dev/null\n+++ b/src/repositories/stock.py\n"
        "@@ -0,0 +1,2 @@\n+from sqlalchemy import text\n+\n"
    )
    folder = run_folder(tmp_path, every(500), conduit_log=LISTENING + MISSING, change_patch=patch)

    where = judged(folder).labels[0].where

    assert where is not None
    assert where.file == "src/repositories/stock.py"


def test_a_start_that_a_shell_refused(tmp_path: Path) -> None:
    folder = run_folder(tmp_path, every(None), conduit_log="/bin/sh: 1: ./run.sh: not found\n")

    report = judged(folder)

    assert placed(report) == (Status.NOT_DATA_LAYER, "server_startup_failure", None, None)
    assert report.verdict.primary is not None
    assert report.verdict.primary.certainty is Certainty.CERTAIN


def test_a_start_that_the_database_refused_keeps_its_cause(tmp_path: Path) -> None:
    log = (
        "Traceback (most recent call last):\n"
        '  File "/repository/src/app.py", line 9, in <module>\n'
        "    engine.connect()\n"
        'psycopg2.OperationalError: connection to server at "db" (10.0.0.2), port 5432 failed: '
        'FATAL:  password authentication failed for user "ann"\n'
    )
    folder = run_folder(tmp_path, every(None), conduit_log=log)

    assert placed(judged(folder)) == (
        Status.FAILED, "server_startup_failure", None, "startup-connection-failure"
    )  # fmt: skip


def test_lists_that_come_back_empty_are_a_query_of_which_no_leaf_is_proven(tmp_path: Path) -> None:
    failed = dict.fromkeys(positions("list", resource="article", on_empty=12), (200, 12))
    folder = run_folder(tmp_path, failed, conduit_log=LISTENING)

    report = judged(folder)

    assert placed(report) == (Status.FAILED, "logic_error", "incorrect_query_logic", None)
    assert "filter-not-applied" in {each.cause for each in report.verdict.candidates}


def test_a_suite_in_which_nothing_failed_has_passed(tmp_path: Path) -> None:
    handled = TRACEBACK.format(
        path="/api/users", method="POST", line=3, error="UNIQUE constraint failed: users.name",
        sql="INSERT INTO users (name) VALUES (?)",
    )  # fmt: skip
    folder = run_folder(tmp_path, {}, conduit_log=LISTENING + handled)

    report = judged(folder)

    assert report.verdict.status is Status.PASSED
    assert report.labels == ()


def test_what_is_missing_is_done_without(tmp_path: Path) -> None:
    only_log = run_folder(tmp_path / "a", None, conduit_log=MISSING)
    only_report = run_folder(tmp_path / "b", every(401))
    nothing = run_folder(tmp_path / "c", None, notes_txt="words")

    assert placed(judged(only_log))[3] == "schema-not-created"
    assert judged(only_report).verdict.status is not Status.PASSED
    with pytest.raises(UnreadableError, match="no part of a run"):
        judged(nothing)


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\x00\x01\xfe" * 5000, b"\xff\xfe\x00\xd8" * 100, b"a;b;c\n1;2;3\n", b"[" * 99_999],
)
def test_garbage_in_one_part_leaves_the_others(tmp_path: Path, garbage: bytes) -> None:
    folder = run_folder(
        tmp_path, None, conduit_log=MISSING, change_patch=garbage, my_trajectory_json=garbage,
        setup_log=garbage,
    )  # fmt: skip
    (folder / "newman-run-report-1.csv").write_bytes(garbage)

    report = judged(folder)

    assert placed(report)[3] == "schema-not-created"


def test_garbage_as_the_log_leaves_the_report(tmp_path: Path) -> None:
    failed = dict.fromkeys(positions("update", resource="article"), (405, 13))
    folder = run_folder(tmp_path, failed, conduit_log=b"\x00\xff" * 100_000)

    assert placed(judged(folder))[2] == "framework_idiosyncrasy"
