"""Newman's reports: the CSV of newman-reporter-csv, Newman's JSON, and what is neither."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from ormprobe.errors import UnreadableError
from ormprobe.runs.model import Role, RunFiles
from ormprobe.runs.newman import path_of, read_newman
from ormprobe.runs.requests import requests_of

HEADER = (
    "iteration,collectionName,requestName,method,url,status,code,responseTime,responseSize,"
    "executed,failed,skipped,totalAssertions,executedCount,failedCount,skippedCount"
)
PASSED = (
    '"1","Shop","Get order","GET","http://127.0.0.1:80/api/orders/7?full=1","OK","200","5","9",'
    '"Status is 200, has ""id""",,,"2","2","0","0"'
)
FAILED = (
    '"1","Shop","Make order","POST","http://127.0.0.1:80/api/orders","Server Error","500","5","9",'
    '"Is JSON","Status is 200, has ""id""",,"3","1","2","0"'
)
UNANSWERED = '"1","Shop","List","GET","{{URL}}/orders",,,,,,"Status is 200",,"1","0","1","0"'


def write(folder: Path, *lines: str, name: str = "newman.csv", end: str = "\n") -> Path:
    path = folder / name
    path.write_text(end.join(lines), newline="")
    return path


def test_a_report_is_read_in_its_order(tmp_path: Path) -> None:
    notes: list[str] = []

    got, made, asked = read_newman(write(tmp_path, HEADER, PASSED, FAILED, UNANSWERED), notes)

    assert (got.position, got.line, got.name, got.method, got.status) == (
        0,
        2,
        "Get order",
        "GET",
        200,
    )
    assert got.path == "/api/orders/7?full=1"
    assert got.passed
    assert got.messages == ()
    assert (made.line, made.status, made.failed, made.executed) == (3, 500, 2, 3)
    assert made.messages == ("Status is 200", 'has "id"')
    assert (asked.status, asked.failed, asked.executed, asked.path) == (None, 1, 1, "/orders")
    assert notes == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_of_another_program_is_read(
    tmp_path: Path, delimiter: str, end: str, encoding: str
) -> None:
    path = tmp_path / "newman.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        rows = csv.writer(file, delimiter=delimiter, lineterminator=end)
        rows.writerow(["Request Name", "method", "failedCount"])
        rows.writerow(["Größe; of, a|thing", "get", "2.0"])

    [request] = read_newman(path)

    assert (request.name, request.method, request.failed) == ("Größe; of, a|thing", "GET", 2)
    assert (request.status, request.executed, request.path) == (None, None, None)


def test_a_row_of_several_lines_begins_where_it_begins(tmp_path: Path) -> None:
    first, second = read_newman(
        write(tmp_path, "requestName,method,failedCount", '"two\nlines",GET,0', "next,GET,1")
    )

    assert (first.line, second.line) == (2, 4)
    assert first.name == "two\nlines"


def test_names_with_commas_that_cannot_be_told_apart_stay_together(tmp_path: Path) -> None:
    [request] = read_newman(
        write(tmp_path, "requestName,method,failedCount,failed", 'a,GET,1,"no rows, no id"')
    )

    assert request.messages == ("no rows, no id",)


def test_a_large_cell_is_passed_over(tmp_path: Path) -> None:
    body = "x" * 500_000
    [request] = read_newman(
        write(tmp_path, "requestName,method,failedCount,body", f'a,GET,3,"{body}"')
    )

    assert request.failed == 3


@pytest.mark.parametrize(
    "torn", ['"1","Shop","Make ord', FAILED[: FAILED.index('"2","0"') + 2], '"1","Shop"']
)
def test_a_torn_last_line_costs_that_line_and_is_said(tmp_path: Path, torn: str) -> None:
    notes: list[str] = []

    [request] = read_newman(write(tmp_path, HEADER, PASSED, torn), notes)

    assert request.name == "Get order"
    assert len(notes) == 1
    assert "told of no request" in notes[0]


def test_a_line_that_is_torn_behind_its_count_is_used(tmp_path: Path) -> None:
    [request] = read_newman(write(tmp_path, HEADER, FAILED[: FAILED.rindex("0") - 1]))

    assert request.failed == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"name,method,failedCount\na,GET,1\n", "no column requestName"),
        (b"time,level,text\n1,2,3\n", "is no report of Newman's"),
        (bytes(range(256)) * 2_000, "is no"),
        (b"\xff" * 300_000, "is no report of Newman's"),
        (b"{", "is no report of Newman's"),
        (b'{"run": {"executions": 5}}', "is no report of Newman's"),
        (b'{"a":' * 100_000, "is no report of Newman's"),
    ],
)
def test_what_is_no_report_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "newman.csv"
    path.write_bytes(content)

    with pytest.raises(UnreadableError, match=says) as refused:
        read_newman(path)

    assert "\n" not in str(refused.value)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(UnreadableError):
            read_newman(path)


def execution(name: str, **fields: Any) -> dict[str, Any]:
    sent = {"method": "GET", "url": {"path": ["api", "x"], "query": [{"key": "q", "value": "1"}]}}
    return {"item": {"name": name}, "request": sent, **fields}


def test_newmans_own_json_is_read(tmp_path: Path) -> None:
    failed = {"assertion": "has id", "skipped": False, "error": {"message": "no"}}
    passed = {"assertion": "is JSON", "skipped": False}
    skipped = {"assertion": "later", "skipped": True}
    path = tmp_path / "newman-run-report.json"
    runs = [
        execution("a", response={"code": 404}, assertions=[failed, passed, skipped]),
        execution("b", requestError={"code": "ECONNREFUSED"}),
    ]
    path.write_text(json.dumps({"collection": {}, "run": {"executions": runs}}))

    answered, unanswered = read_newman(path)

    assert (answered.status, answered.failed, answered.executed) == (404, 1, 2)
    assert answered.path == "/api/x?q=1"
    assert answered.messages == ("has id",)
    assert (unanswered.status, unanswered.failed) == (None, 0)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://h:1/a/b?c=d#e", "/a/b?c=d"),
        ("{{APIURL}}/a", "/a"),
        ("//h/a", "/a"),
        ("https://h", "/"),
        ("/a//b", "/a//b"),
        ("a/b", "a/b"),
    ],
)
def test_the_server_is_no_part_of_a_path(url: str, path: str) -> None:
    assert path_of(url) == path


def test_the_newest_report_that_can_be_read_counts(tmp_path: Path) -> None:
    old = write(tmp_path, HEADER, PASSED, name="newman-run-report-1.csv")
    new = write(tmp_path, HEADER, FAILED, name="newman-run-report-2.csv")
    broken = write(tmp_path, "", name="newman-run-report-3.csv")
    notes: list[str] = []

    [request] = requests_of(RunFiles(folder=tmp_path, newman=(old, new, broken)), notes=notes)

    assert request.name == "Make order"
    assert request.expected is not None
    assert request.expected.role is Role.CREATE
    assert len(notes) == 1
    assert requests_of(RunFiles(folder=tmp_path)) == ()
