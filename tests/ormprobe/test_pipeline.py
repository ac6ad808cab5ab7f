"""A trace in, a report out: traces written by hand, the app's source beside them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ormprobe.document import Report
from ormprobe.errors import UnreadableError
from ormprobe.pipeline import diagnose
from tests.ormprobe.timeline.conftest import Line, Lines

Diagnose = Callable[..., Report]

MAKE = Lines()
HEAD = (MAKE.process(), *MAKE.defined)
CHAIN = [
    {"type": "IntegrityError", "message": "outer"},
    {
        "type": "IntegrityError",
        "module": "sqlite3",
        "mro": ["IntegrityError"],
        "message": "UNIQUE constraint failed: t.a",
        "relation": "orig",
    },
]


@pytest.fixture
def judged(tmp_path: Path) -> Diagnose:
    """The report of a trace: files of lines, and what the launcher wrote of the run."""

    def judged(*files: list[Line], **run: Any) -> Report:
        trace = tmp_path / "trace"
        trace.mkdir()
        for number, content in enumerate(files, start=1):
            text = "".join(json.dumps(line) + "\n" for line in content)
            (trace / f"events-{number}-1.jsonl").write_text(text)
        if run:
            (trace / "run.json").write_text(json.dumps(run))
        app = tmp_path / "app"
        app.mkdir(exist_ok=True)
        return diagnose(trace, app)

    return judged


def failed(scope: int | None, error: int, at: int = 40) -> Line:
    chain = [{"type": "IntegrityError", "error": error}]
    told = {} if scope is None else {"scope": scope}
    return {"kind": "failure", "at": at, "chain": chain, **told}


def broken_test(number: int = 1, name: str = "tests/test_a.py::test_a") -> list[Line]:
    return [
        MAKE.scope(number, type="test", name=name),
        MAKE.error(9, 20, scope=number, site=3, frames=[3], chain=CHAIN),
        MAKE.fate(9, "propagated"),
        failed(number, 9),
        MAKE.end(number, 50, outcome="failed"),
    ]


def statuses(report: Report) -> dict[str, str]:
    return {outcome.id: outcome.status.value for outcome in report.outcomes}


def test_a_test_that_failed_by_an_error(judged: Diagnose) -> None:
    report = judged([*HEAD, *broken_test()], exit_code=1, command=["pytest"])

    assert report.verdict.status == "failed"
    [label] = report.labels
    assert (label.cause, label.facet, label.certainty) == (
        "integrity-violation", "unique", "certain"
    )  # fmt: skip
    assert label.where is not None
    assert (label.where.file, label.where.line) == ("app.py", 7)
    assert label.explains == ("test:tests/test_a.py::test_a",)
    assert label.evidence[0].events == ("1-1:7",)
    assert statuses(report) == {"test:tests/test_a.py::test_a": "failed"}
    assert (report.run.counts.tests, report.run.counts.errors) == (1, 1)


def test_the_same_test_passing(judged: Diagnose) -> None:
    lines = [
        MAKE.scope(1, type="test"),
        MAKE.error(9, 20, scope=1, chain=CHAIN),
        MAKE.fate(9, "expected"),
        MAKE.end(1, 50),
    ]

    report = judged([*HEAD, *lines], exit_code=0, command=["pytest"])

    assert (report.verdict.status, report.labels) == ("passed", ())


def test_a_process_that_died(judged: Diagnose) -> None:
    lines = [MAKE.error(9, 20, site=3, chain=CHAIN), MAKE.fate(9, "propagated"), failed(None, 9)]

    report = judged([*HEAD, *lines], exit_code=1, command=["python", "app.py"])

    assert report.verdict.status == "failed"
    assert report.labels[0].explains == ("process:command",)
    assert statuses(report) == {"process:command": "failed"}


def test_a_process_that_was_ended_by_the_time_limit(judged: Diagnose) -> None:
    lines = [MAKE.statement(1), MAKE.scope(1, 10, type="test")]

    report = judged([*HEAD, *lines], exit_code=-15, ended="timeout", command=["pytest"])

    assert report.verdict.status == "undetermined"
    assert statuses(report) == {"test:scope 1": "interrupted", "process:command": "timeout"}


def driven(status: int) -> list[Line]:
    """A server's file: one request, whose error was swallowed or surfaced."""
    return [
        MAKE.process(**{"role": "serve", "process.pid": 1}),
        *MAKE.defined,
        MAKE.scope(5, 10, name="POST /orders", **{"http.request.method": "POST"}),
        MAKE.error(9, 20, scope=5, site=3, frames=[3], chain=CHAIN),
        MAKE.fate(9, "propagated"),
        MAKE.end(5, 30, outcome="failed", **{"http.response.status_code": status}),
    ]


SERVED = [
    {"role": "serve", "exit_code": -15, "ended": "stopped"},
    {"role": "drive", "exit_code": 1, "ended": "exited"},
]


def test_a_driver_fails_by_the_requests_that_it_made(judged: Diagnose) -> None:
    report = judged(driven(500), exit_code=1, children=SERVED, command=["serve"])

    assert report.verdict.status == "failed"
    [label] = report.labels
    assert label.cause == "integrity-violation"
    assert "process:drive" in label.explains
    assert statuses(report)["process:drive"] == "failed"


def test_a_test_takes_in_the_requests_that_a_server_answered_meanwhile(judged: Diagnose) -> None:
    client = [
        MAKE.process(**{"process.pid": 2}),
        *MAKE.defined,
        MAKE.scope(1, 0, type="test", name="tests/test_a.py::test_a"),
        {"kind": "check", "scope": 1, "at": 80, "operator": "==", "left": 500, "right": 201},
        MAKE.end(1, 90, outcome="failed"),
    ]

    report = judged(driven(500), client, exit_code=1, command=["pytest"])

    assert report.verdict.status == "failed"
    assert "test:tests/test_a.py::test_a" in report.labels[0].explains


def test_requests_outside_its_time_are_not_a_tests(judged: Diagnose) -> None:
    client = [
        MAKE.process(**{"process.pid": 2}),
        *MAKE.defined,
        MAKE.scope(1, 40, type="test", name="tests/test_a.py::test_a"),
        {"kind": "check", "scope": 1, "at": 80, "operator": "==", "left": 500, "right": 201},
        MAKE.end(1, 90, outcome="failed"),
    ]

    report = judged(driven(500), client, exit_code=1, command=["pytest"])

    explained = [found for label in report.labels for found in label.explains]
    assert "test:tests/test_a.py::test_a" not in explained


def lost_write(checked: bool) -> list[Line]:
    """A test whose request writes without a commit, and reads the table afterwards."""
    check = {"kind": "check", "scope": 1, "at": 80, "operator": "==", "left": 0, "right": 1}
    site = {
        "kind": "site",
        "id": 8,
        "code.file.path": "tests/test_a.py",
        "code.line.number": 3,
        "code.function.name": "test_a",
    }
    return [
        *HEAD,
        {"kind": "sql", "id": 7, "db.query.text": "INSERT INTO t (a) VALUES (?)",
         "db.operation.name": "INSERT"},
        site,
        MAKE.scope(1, 0, type="test", name="tests/test_a.py::test_a"),
        MAKE.scope(5, 10, parent=1, name="POST /t", **{"http.request.method": "POST"}),
        MAKE.statement(1, 15, scope=5, sql=7, transaction=20, connection=50, site=3, affected=1),
        MAKE.transaction(20, 18, scope=5, end="rollback", by="close", writes=[1], began=14),
        MAKE.end(5, 20, **{"http.response.status_code": 201}),
        MAKE.scope(6, 40, parent=1, name="GET /t", **{"http.request.method": "GET"}),
        MAKE.statement(2, 45, scope=6, connection=51),
        MAKE.end(6, 50, **{"http.response.status_code": 200}),
        *([{**check, "site": 8}] if checked else []),
        MAKE.end(1, 90, outcome="failed" if checked else "passed"),
    ]  # fmt: skip


def test_a_lost_write_that_a_test_missed(judged: Diagnose) -> None:
    report = judged(lost_write(checked=True), exit_code=1, command=["pytest"])

    assert report.verdict.status == "failed"
    assert [(label.cause, label.certainty) for label in report.labels] == [
        ("uncommitted-write", "certain")
    ]
    assert report.labels[0].where is not None
    assert report.labels[0].where.line == 7


def test_a_lost_write_that_nobody_missed_is_a_defect(judged: Diagnose) -> None:
    report = judged(lost_write(checked=False), exit_code=0, command=["pytest"])

    assert report.verdict.status == "defective"
    assert report.labels[0].severity == "defect"


def test_a_trace_without_run_json_is_read(judged: Diagnose) -> None:
    report = judged([*HEAD, *broken_test()])

    assert report.verdict.status == "failed"
    assert (report.run.app, report.run.command, report.run.exit_code) == (None, None, None)


def test_a_torn_line_costs_that_line(tmp_path: Path, judged: Diagnose) -> None:
    lines = [*HEAD, *broken_test()]
    lines.insert(6, {"kind": "scope", "torn": True})

    report = judged(lines, exit_code=1)

    assert report.verdict.status == "failed"
    assert report.run.observed == "partial"
    assert report.run.counts.malformed_lines == 1
    assert "1 line of the trace could not be read" in report.run.notes


def test_a_command_without_a_trace_is_unobserved(judged: Diagnose) -> None:
    report = judged(command=["python", "-I", "app.py"], exit_code=0)

    assert report.verdict.status == "unobserved"
    assert report.run.observed == "none"
    assert any("-I" in note for note in report.run.notes)


def test_a_folder_that_is_no_trace_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError):
        diagnose(tmp_path, tmp_path)


def test_a_trace_of_a_later_version_cannot_be_read(judged: Diagnose) -> None:
    with pytest.raises(UnreadableError):
        judged([{**MAKE.process(), "schema": 99}], command=["pytest"])


def test_a_trace_of_which_no_line_can_be_read_is_unobserved(judged: Diagnose) -> None:
    report = judged([{"kind": "process", "torn": True}], command=["pytest"])

    assert report.verdict.status == "unobserved"
    assert report.run.counts.malformed_lines == 1


def test_a_process_that_did_nothing_is_unobserved(judged: Diagnose) -> None:
    report = judged([MAKE.process(), {"kind": "exit", "at": 5}], command=["python", "a.py"])

    assert report.verdict.status == "unobserved"
    assert any(note.startswith("nothing was exercised") for note in report.run.notes)


def test_an_error_in_a_classs_set_up_is_the_tests_that_failed_by_it(judged: Diagnose) -> None:
    lines = [
        MAKE.error(9, 5, site=3, frames=[3], chain=CHAIN),  # outside any scope
        MAKE.fate(9, "propagated"),
        MAKE.scope(1, 10, type="test", name="setUpClass (tests.test_a.Case)"),
        failed(1, 9, at=11),
        MAKE.end(1, 12, outcome="error"),
    ]

    report = judged([*HEAD, *lines], exit_code=1, command=["python", "-m", "unittest"])

    [label] = report.labels
    assert (label.cause, label.certainty) == ("integrity-violation", "certain")
    assert label.explains == ("test:setUpClass (tests.test_a.Case)",)


def test_tests_that_were_never_collected_are_unobserved(judged: Diagnose) -> None:
    lines = [MAKE.process(), {"kind": "exit", "at": 5}]

    report = judged(lines, command=["pytest"], exit_code=5)

    assert report.verdict.status == "unobserved"
    assert statuses(report) == {"process:command": "failed"}


def test_a_script_that_dies_by_an_exception_of_its_own_is_undetermined(judged: Diagnose) -> None:
    died = {"kind": "failure", "at": 4, "phase": "exit", "chain": [{"type": "KeyError"}]}

    report = judged(
        [MAKE.process(), died, {"kind": "exit", "at": 5}], command=["python"], exit_code=1
    )

    assert report.verdict.status == "undetermined"


def test_a_trace_that_stops_before_its_process_is_partial(judged: Diagnose) -> None:
    child = {"pid": 1, "role": "command", "ended": "exit", "exit_code": 0}

    lines = [*HEAD, MAKE.statement(1, 3)]
    report = judged(lines, command=["python"], exit_code=0, children=[child])

    assert (report.verdict.status, report.run.observed) == ("passed", "partial")
    assert any("has no end" in note for note in report.run.notes)
