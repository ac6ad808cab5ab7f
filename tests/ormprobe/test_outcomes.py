"""Outcomes of scopes, and of the processes that the launcher started."""

from __future__ import annotations

from typing import Any

import pytest

from ormprobe.document import Outcome, OutcomeKind, OutcomeStatus
from ormprobe.outcomes import Child, children_of, is_bad, message_of, of_children, of_scope
from ormprobe.reading.folder import RunFile
from ormprobe.timeline.model import Failure, Link, Scope

PASSED = Outcome(id="test:a", kind=OutcomeKind.TEST, name="a", status=OutcomeStatus.PASSED)
FAILED = Outcome(id="test:b", kind=OutcomeKind.TEST, name="b", status=OutcomeStatus.FAILED)


def scope(kind: str = "test", outcome: str = "passed", **fields: Any) -> Scope:
    return Scope("1-1", 1, kind, "a name", "1-1:5", 0, outcome=outcome, **fields)


def child(role: str = "command", code: int | None = 0, ended: str | None = None, **f: Any) -> Child:
    return Child(role, code, f.get("signal"), ended)


def of(one: Child, *tests: Outcome) -> list[tuple[str, str]]:
    return [(found.id, found.status.value) for found in of_children([one], list(tests))]


@pytest.mark.parametrize("outcome", ["passed", "failed", "error", "skipped"])
def test_a_scope_ends_as_it_says(outcome: str) -> None:
    assert of_scope(scope(outcome=outcome)).status == outcome


@pytest.mark.parametrize("outcome", ["open", "interrupted", "unknown"])
def test_a_scope_that_did_not_end_is_interrupted(outcome: str) -> None:
    assert of_scope(scope(outcome=outcome)).status is OutcomeStatus.INTERRUPTED


def test_a_request_is_told_from_others_of_its_route() -> None:
    assert of_scope(scope()).id == "test:a name"
    assert of_scope(scope("request")).id == "request:a name#1-1:5"


def test_what_is_bad() -> None:
    bad = {
        status
        for status in OutcomeStatus
        if is_bad(Outcome(id="x", kind=OutcomeKind.TEST, name="x", status=status))
    }

    assert bad == {
        OutcomeStatus.FAILED,
        OutcomeStatus.ERROR,
        OutcomeStatus.TIMEOUT,
        OutcomeStatus.INTERRUPTED,
    }


def test_the_message_is_the_exception_in_one_line() -> None:
    def message(text: str) -> str | None:
        return message_of([Failure("1-1:1", 0, None, (Link("Oops", message=text),))])

    assert message("it  broke\n[SQL: SELECT 1]") == "Oops: it broke"
    assert message("") == "Oops"
    assert len(message("x" * 999) or "") == 200
    assert message_of([]) is None
    assert message_of([Failure("1-1:1", 0, None, ())]) is None


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (child(), ("process:command", "passed")),
        (child(code=2), ("process:command", "failed")),
        (child(code=None), ("process:command", "failed")),
        (child(code=-15, ended="timeout"), ("process:command", "timeout")),
        (child(code=0, ended="timeout"), ("process:command", "timeout")),
        (child(code=-2, ended="interrupt"), ("process:command", "interrupted")),
        (child("drive"), ("process:drive", "passed")),
        (child("drive", 1), ("process:drive", "failed")),
        (child("setup", 1), ("process:setup", "failed")),
        (child("serve", 3), ("process:serve", "failed")),
        (child("serve", -15, "timeout"), ("process:serve", "timeout")),
    ],
)
def test_the_outcome_of_a_process(one: Child, expected: tuple[str, str]) -> None:
    assert of(one) == [expected]


@pytest.mark.parametrize(
    "one", [child("serve"), child("serve", -15, "stopped"), child("setup"), child("serve", 0)]
)
def test_a_server_that_was_ended_and_a_setup_that_worked_are_no_outcomes(one: Child) -> None:
    assert of(one) == []


def test_a_runners_exit_status_is_that_of_its_tests() -> None:
    assert of(child(), PASSED) == []
    assert of(child(code=1), PASSED, FAILED) == []


def test_a_runner_that_failed_beyond_its_tests_is_an_outcome() -> None:
    assert of(child(code=1), PASSED) == [("process:command", "failed")]
    assert of(child(code=3), PASSED, FAILED) == [("process:command", "failed")]
    assert of(child(code=-9, ended="timeout"), FAILED) == [("process:command", "timeout")]


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (child(ended="timeout"), "ended by the time limit"),
        (child(ended="interrupt"), "interrupted"),
        (child(code=-9, signal="SIGKILL"), "ended by signal SIGKILL"),
        (child(code=3), "exit status 3"),
        (child(), None),
    ],
)
def test_how_a_process_ended(one: Child, message: str | None) -> None:
    [found] = of_children([one], [])

    assert found.message == message
    assert found.role == "command"


def test_the_launchers_children() -> None:
    run = RunFile(
        children=(
            {"role": "serve", "exit_code": -15, "signal": "SIGTERM", "ended": "stopped"},
            {"role": None, "exit_code": "odd"},
        )
    )

    assert children_of(run) == [
        Child("serve", -15, "SIGTERM", "stopped"),
        Child("command", None, None, None),
    ]


def test_the_command_alone_where_no_child_is_named() -> None:
    assert children_of(RunFile(exit_code=3, ended="timeout")) == [
        Child("command", 3, None, "timeout")
    ]
    assert children_of(RunFile()) == []
