"""The files of a report."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ormprobe.document import Status, Where
from ormprobe.errors import OrmprobeError, UnreadableError
from ormprobe.runs.record import RunRecord
from ormprobe.tables import writing
from ormprobe.tables.paper import from_paper
from ormprobe.tables.writing import read_labels, write_report
from tests.ormprobe.tables.made import failed, run

ROOT = Path(__file__).parents[3]
DATA = ROOT.parent / "shared" / "data"
NAMES = {
    "labels.jsonl",
    "failure_analysis.csv",
    "logic_subcategories.csv",
    "summary.json",
    "summary.md",
    "summary.tex",
    "index.html",
}
RECORDS = [
    run("run_0"),
    failed("run_1", where=Where(file="db.py", line=3)),
    failed(
        "run_2",
        status=Status.NOT_DATA_LAYER,
        category="stuck_in_loop",
        subcategory=None,
        cause=None,
        reasoning=None,
    ),
    failed("run_3", status=Status.UNDETERMINED, category=None, subcategory=None, cause=None),
    run("run_4", status=Status.DEFECTIVE),
    run("run_5", status=None, error="no file in it"),
]


def test_every_file_is_there_and_named(tmp_path: Path) -> None:
    paths = write_report(iter(RECORDS), tmp_path / "new" / "folder")

    assert {path.name for path in paths} == NAMES
    assert {path.name for path in (tmp_path / "new" / "folder").iterdir()} == NAMES


def test_labels_are_the_records(tmp_path: Path) -> None:
    write_report(iter(RECORDS), tmp_path)

    assert list(read_labels(tmp_path)) == RECORDS
    assert list(read_labels(tmp_path / "labels.jsonl")) == RECORDS


def test_failed_runs_alone_are_in_the_papers_files(tmp_path: Path) -> None:
    write_report(RECORDS, tmp_path)
    task = b"agent,model,uv,flask-openapi-sqlite"

    assert (tmp_path / "failure_analysis.csv").read_bytes().split(b"\r\n") == [
        b"agent,model,runtime,task,run_id,category,reasoning",
        task + b',run_1,logic_error,"no such table ""a"", says SQLite"',
        task + b",run_2,stuck_in_loop,",
        task + b',run_3,undetermined,"no such table ""a"", says SQLite"',
        b"",
    ]
    assert (tmp_path / "logic_subcategories.csv").read_bytes().split(b"\r\n") == [
        b"agent,model,runtime,task,run_id,subcategory,reasoning",
        task + b',run_1,database_runtime_error,"no such table ""a"", says SQLite"',
        b"",
    ]


def test_the_papers_files_come_out_as_they_went_in(tmp_path: Path) -> None:
    if not DATA.is_dir():
        pytest.skip("the paper's published labels are not beside this checkout")
    published = DATA / "failure_analysis_gpt-5-mini.csv"

    write_report(from_paper([published]), tmp_path)

    assert (tmp_path / "failure_analysis.csv").read_bytes() == published.read_bytes()


def test_the_summary_says_what_was_counted(tmp_path: Path) -> None:
    write_report(RECORDS, tmp_path)

    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["schema"] == 1
    assert summary["all"]["runs"] == 6
    assert (summary["all"]["passed"], summary["all"]["failed"]) == (2, 3)
    assert summary["all"]["categories"] == {
        "logic_error": 1, "stuck_in_loop": 1, "undetermined": 1,
    }  # fmt: skip
    assert summary["all"]["data_layer_share_of_logic_errors"] == 1
    assert [each["level"] for each in summary["levels"]] == ["L1"]
    text = (tmp_path / "summary.md").read_text()
    assert "| stuck\\_in\\_loop | 1 (33.3%) |" in text


def test_a_report_of_nothing_is_a_report(tmp_path: Path) -> None:
    write_report([], tmp_path)

    assert json.loads((tmp_path / "summary.json").read_text())["all"]["runs"] == 0
    assert json.loads((tmp_path / "summary.json").read_text())["all"][
        "data_layer_share_of_logic_errors"
    ] is None  # fmt: skip
    assert list(read_labels(tmp_path)) == []
    assert "0 runs" in (tmp_path / "index.html").read_text()


def test_what_was_there_stays_when_reading_breaks_off(tmp_path: Path) -> None:
    write_report(RECORDS, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def breaking() -> Iterator[RunRecord]:
        yield run("run_9")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_report(breaking(), tmp_path)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_report_can_be_made_anew_from_its_own_labels(tmp_path: Path) -> None:
    write_report(RECORDS, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    write_report(read_labels(tmp_path), tmp_path)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_names_that_no_file_can_hold_do_not_break_it(tmp_path: Path) -> None:
    write_report([failed("r\udcff", model="\ud800\0\x1b[31m", reasoning="\udcff\r\n,")], tmp_path)

    (record,) = read_labels(tmp_path)
    assert record.run_id == "r?"
    with (tmp_path / "failure_analysis.csv").open(newline="") as file:
        assert [row["run_id"] for row in csv.DictReader(file)] == ["r?"]
    assert "\x1b" not in (tmp_path / "index.html").read_text()


def test_a_folder_that_cannot_be_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(OrmprobeError, match="cannot be written"):
        write_report(RECORDS, tmp_path / "file" / "folder")


def test_lines_that_are_no_record_are_skipped_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_LONGEST", 4096)
    write_report(RECORDS[:1], tmp_path)
    labels = tmp_path / "labels.jsonl"
    good = labels.read_bytes()
    labels.write_bytes(b"\xff\xfe\n{\n\n" + good + b'{"path": 1}\n' + b"x" * 9000 + b"\n" + good)
    bad: list[str] = []

    assert len(list(read_labels(labels, bad))) == 2
    assert [sentence.split(", ")[1] for sentence in bad] == ["line 1", "line 2", "line 5", "line 6"]


def test_absent_labels_are_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="cannot be read"):
        list(read_labels(tmp_path / "absent"))


TEXT = (
    st.none()
    | st.text(st.characters(), max_size=20)
    | st.text("\0\r\n\x1b\"',\ud800\udfff", max_size=6)
)
MADE = st.builds(
    RunRecord,
    path=st.text(st.characters(), max_size=20),
    **dict.fromkeys(("agent", "model", "runtime", "task", "run_id", "framework", "category"), TEXT),
    **dict.fromkeys(("subcategory", "cause", "reasoning", "error", "date", "variant"), TEXT),
    level=st.none() | st.integers(-1, 9),
    status=st.none() | st.sampled_from(Status),
    confidence=st.none() | st.floats(),
    failed=st.none() | st.integers(0, 99),
    notes=st.lists(st.text(st.characters(), max_size=9), max_size=2).map(tuple),
)  # fmt: skip


@given(st.lists(MADE, max_size=5))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25
)
def test_whatever_records_say_the_files_are_whole(tmp_path: Path, records: list[RunRecord]) -> None:
    write_report(records, tmp_path)
    bad: list[str] = []

    back = list(read_labels(tmp_path, bad))

    assert not bad
    assert [each.status for each in back] == [each.status for each in records]
    summary = json.loads((tmp_path / "summary.json").read_bytes())
    with (tmp_path / "failure_analysis.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert {len(row) for row in rows} == {7}
    assert len(rows) - 1 == summary["all"]["failed"] == sum(summary["all"]["categories"].values())
    for name in NAMES:
        (tmp_path / name).read_text(encoding="utf-8")
