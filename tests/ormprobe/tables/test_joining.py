"""Our columns beside somebody's: all else stays byte for byte."""

from __future__ import annotations

import csv
import io
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ormprobe.document import Where
from ormprobe.errors import OrmprobeError, UnreadableError, UsageError
from ormprobe.tables.joining import update_csv
from ormprobe.tables.paper import from_paper
from tests.ormprobe.tables.made import failed, run

ROOT = Path(__file__).parents[3]
DATA = ROOT.parent / "shared" / "data"
KEY = ("agent", "model", "runtime", "task", "run_id")
RECORDS = [
    failed("run_0", where=Where(file="app/db.py", line=7), reasoning='a "b",\nc; d'),
    run("run_1"),
    failed("run_2", model="other", cause=None, certainty=None),
    run("run_3", status=None, error="no file in it"),
]


def read(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def test_labels_stand_beside_their_run(tmp_path: Path) -> None:
    path = tmp_path / "stats.csv"
    path.write_bytes(
        b"task,run_id,score\r\n"
        b"flask-openapi-sqlite,run_0,0.50\r\n"
        b"flask-openapi-sqlite,run_1,1\r\n"
        b"flask-openapi-sqlite,run_7,0\r\n"
    )

    updated = update_csv(path, RECORDS)

    assert (updated.rows, updated.matched, updated.unmatched, updated.ambiguous) == (3, 2, 1, 0)
    first, second, third = read(path)
    assert first == {
        "task": "flask-openapi-sqlite",
        "run_id": "run_0",
        "score": "0.50",
        "ormprobe_status": "failed",
        "ormprobe_category": "logic_error",
        "ormprobe_subcategory": "database_runtime_error",
        "ormprobe_cause": "schema-not-created",
        "ormprobe_certainty": "certain",
        "ormprobe_where": "app/db.py:7",
        "ormprobe_reasoning": 'a "b",\nc; d',
    }
    assert (second["ormprobe_status"], second["ormprobe_cause"]) == ("passed", "")
    assert set(third.values()) == {"flask-openapi-sqlite", "run_7", "0", ""}


BOM = b"\xef\xbb\xbf"
OURS = ("status", "category", "subcategory", "cause", "certainty", "where", "reasoning")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"task;run_id\nt;9", b"task;run_id{;}\nt;9;;;;;;;"),
        (
            BOM + b"task\trun_id\r\n\r\nt\t9\r\n",
            BOM + b"task\trun_id{\t}\r\n\r\nt\t9\t\t\t\t\t\t\t\r\n",
        ),
        (
            b'"run_id"|"task"\r"1"|t \r',
            b'"run_id"|"task"{"|"}\r"1"|t |""|""|""|""|""|""|""\r',
        ),
        (
            b"task,run_id,x\nt,\xff\xfe,a\nt\n",
            b"task,run_id,x{,}\nt,\xff\xfe,a,,,,,,,\nt,,,,,,,,,\n",
        ),
        (
            BOM + b'"task",run_id,\nt,"1\n2",a,b',
            BOM + b'"task",run_id,{,}\nt,"1\n2",a,,,,,,,,b',
        ),
    ],
    ids=["no last line end", "tabs and a mark", "quotes and CR", "short and not UTF-8", "long row"],
)
def test_bytes_of_the_others_stay(tmp_path: Path, before: bytes, after: bytes) -> None:
    """In `after`, {x} stands for our names with delimiter x, quoted where x is so."""
    path = tmp_path / "a.csv"
    path.write_bytes(before)
    start, _, rest = after.partition(b"{")
    mark, _, end = rest.partition(b"}")
    quote, delimiter = (b'"', mark.strip(b'"')) if b'"' in mark else (b"", mark)
    names = [quote + f"ormprobe_{name}".encode() + quote for name in OURS]

    update_csv(path, RECORDS)

    assert path.read_bytes() == delimiter.join((start, *names)) + end


TEXT = st.text(alphabet='ab1,;\t|"\r\né \udcff', max_size=8)
CELL = st.one_of(
    TEXT, st.sampled_from(["run_0", "run_1", "model", "agent", "flask-openapi-sqlite"])
)


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, str]:
    """A CSV with a run's key somewhere in it, and its delimiter."""
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    others = draw(st.lists(st.sampled_from(["x", "y z", "é", "ormprobe_cause", ""]), max_size=4))
    header = draw(
        st.permutations(["task", "run_id", *draw(st.sets(st.sampled_from(KEY))), *others])
    )
    rows = draw(st.lists(st.lists(CELL, min_size=1, max_size=len(header) + 2), max_size=6))
    text = io.StringIO(newline="")
    quoting = draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(
        [header, *rows]
    )
    written = text.getvalue() if draw(st.booleans()) else text.getvalue().removesuffix(end)
    bom = b"\xef\xbb\xbf" if draw(st.booleans()) else b""
    return bom + written.encode("utf-8", "surrogateescape"), delimiter


def without_ours(data: bytes, delimiter: str, ours: set[str]) -> list[list[str]]:
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    kept = [i for i, name in enumerate(rows[0]) if name not in ours]
    last = len(rows[0])
    return [_stripped([row[i] for i in kept if i < len(row)] + row[last:]) for row in rows if row]


def _stripped(row: list[str]) -> list[str]:
    """Without the empty cells at its end, which a short row gets before ours."""
    while row and not row[-1]:
        row.pop()
    return row


@given(files())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_other_columns_stay_and_a_second_time_changes_nothing(
    tmp_path: Path, made: tuple[bytes, str]
) -> None:
    before, delimiter = made
    path = tmp_path / "any.csv"
    path.write_bytes(before)

    updated = update_csv(path, RECORDS)
    once = path.read_bytes()
    again = update_csv(path, RECORDS)

    assert updated.delimiter == delimiter
    assert path.read_bytes() == once
    assert again == updated
    assert updated.rows == updated.matched + updated.unmatched + updated.ambiguous
    ours = set(updated.columns)
    assert without_ours(once, delimiter, ours) == without_ours(before, delimiter, ours)


def test_new_labels_replace_old_ones_where_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("task,ormprobe_cause,run_id\nflask-openapi-sqlite,old,run_0\n")

    update_csv(path, [failed(cause="write-conflict")])
    assert read(path)[0]["ormprobe_cause"] == "write-conflict"
    assert path.read_text().startswith("task,ormprobe_cause,run_id,ormprobe_status,")

    update_csv(path, [])
    assert read(path)[0]["ormprobe_cause"] == ""


def test_runs_that_the_file_does_not_tell_apart_are_ambiguous(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("task,run_id\nflask-openapi-sqlite,run_0\n")

    updated = update_csv(path, [failed(), failed(model="other")])

    assert (updated.matched, updated.ambiguous) == (0, 1)
    assert read(path)[0]["ormprobe_status"] == ""
    assert "1 could be of several runs" in str(updated)


def test_a_row_that_does_not_tell_its_whole_key_is_nobodys(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("agent,task,run_id\n,flask-openapi-sqlite,run_0\n")

    assert update_csv(path, [failed(agent=None)]).unmatched == 1


def test_a_date_tells_runs_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "task,run_id,date\nflask-openapi-sqlite,run_0,d2\nflask-openapi-sqlite,run_0,d3\n"
    )

    updated = update_csv(path, [failed(date="d1"), run(date="d2")])

    assert [row["ormprobe_status"] for row in read(path)] == ["passed", ""]
    assert (updated.matched, updated.unmatched) == (1, 1)


def test_groups_get_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "model,granularity,group,n_constraints\n"
        "model,global,all,\nmodel,global,all,1\nmodel,global,all,2\nother,framework,flask,\n"
        "model,framework_constraint,flask:sqlite,\nmodel,moon,all,\n,global,all,\n"
    )

    updated = update_csv(path, RECORDS)

    rows = read(path)
    assert [row["ormprobe_runs"] for row in rows] == ["3", "3", "", "1", "3", "", "4"]
    assert [row["ormprobe_failed"] for row in rows] == ["1", "1", "", "1", "1", "", "2"]
    assert rows[0]["ormprobe_causes"] == "schema-not-created: 1"
    assert rows[0]["ormprobe_data_layer"] == "1"
    assert (updated.matched, updated.unmatched) == (5, 2)


def test_a_group_is_named_by_the_tasks_word_or_by_the_databases_own(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "granularity,group\nconstraint_type,postgres\nconstraint_type,postgresql\nframework,flask\n"
    )

    update_csv(path, [failed(task="flask-openapi-postgres", database="postgresql")])

    assert [row["ormprobe_runs"] for row in read(path)] == ["1", "1", "1"]


def test_failures_of_the_papers_groups_are_those_it_counts(tmp_path: Path) -> None:
    if not DATA.is_dir():
        pytest.skip("the paper's published labels are not beside this checkout")
    path = tmp_path / "global_stats.csv"
    shutil.copy(DATA / "global_stats.csv", path)

    update_csv(path, from_paper([DATA / "failure_analysis_gpt-5.4.csv"]))

    missing = {
        (row["group"], row["n_constraints"]): number
        for row in read(path)
        if row["n_constraints"]
        and row["granularity"] == "framework"
        and (
            number := int(row["n_executed"])
            - int(row["n_succeeded"])
            - int(row["ormprobe_failed"] or 0)
        )
    }
    assert missing == {("koa", "3"): 1}  # a failure that the paper counts and does not label


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", UsageError),
        (b"name,score\na,1\n", UsageError),
        (b"run_id\n1\n", UsageError),
        ("task,run_id\n".encode("utf-16"), OrmprobeError),
        (b"\0\1\2,task,run_id\n", UnreadableError),
        (bytes(range(256)) * 50, OrmprobeError),
    ],
)
def test_what_is_no_such_file_is_refused_and_left_alone(
    tmp_path: Path, content: bytes, error: type[OrmprobeError]
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)

    with pytest.raises(error, match=r"a\.csv"):
        update_csv(path, RECORDS)

    assert path.read_bytes() == content
    assert os.listdir(tmp_path) == ["a.csv"]


def test_a_folder_or_nothing_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.csv"):
        with pytest.raises(UsageError):
            update_csv(path, RECORDS)


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    path, link = tmp_path / "a.csv", tmp_path / "link.csv"
    path.write_text("task,run_id\n")
    path.chmod(0o640)
    link.symlink_to(path)

    update_csv(link, RECORDS)

    assert link.is_symlink()
    assert path.read_text().startswith("task,run_id,ormprobe_status")
    assert path.stat().st_mode & 0o777 == 0o640
