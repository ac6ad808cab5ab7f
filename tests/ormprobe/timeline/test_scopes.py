"""Scopes: nesting, their ends, and what is outside any."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ormprobe.timeline import Closed, build, scopes

Built = Callable[..., list[Closed]]


def names(closed: list[Closed]) -> list[str]:
    return [f"{c.scope.kind} {c.scope.number} {c.scope.outcome}" for c in closed]


def test_the_outermost_scope_comes_with_those_inside(built: Built, lines: Any) -> None:
    found = built(
        lines.process(),
        lines.scope(1, 10, type="test"),
        lines.scope(2, 20, parent=1),
        lines.statement(1, 25, scope=2),
        lines.end(2, 30),
        lines.scope(3, 40, parent=1),
        lines.end(3, 50, outcome="failed"),
        lines.statement(2, 55, scope=1),
        lines.end(1, 60),
        {"kind": "exit", "at": 70},
    )

    assert names(found) == ["test 1 passed", "process 0 passed"]
    test = found[0].scope
    assert [scope.number for scope in test.walk()] == [1, 2, 3]
    assert [scope.outcome for scope in test.walk()] == ["passed", "passed", "failed"]
    assert [statement.number for statement in test.all_statements()] == [1, 2]
    assert [statement.number for statement in test.statements] == [2]
    assert test.children[0].parent is test


def test_a_scope_has_what_its_lines_say(built: Built, lines: Any) -> None:
    [request, _] = built(
        lines.process(),
        *lines.defined,
        lines.scope(1, 10, **{"http.request.method": "GET", "url.scheme": "http"}),
        {"kind": "inputs", "scope": 1, "part": "query", "values": {"q": 7}, "cut": 2},
        {"kind": "response", "scope": 1, "http.response.status_code": 200, "body": {"#": 0}},
        {
            "kind": "check", "scope": 1, "at": 15, "operator": "==", "left": 1, "right": 2,
            "expected": "right", "site": 3, "form": "assert",
        },
        {"kind": "warning", "scope": 1, "category": "SAWarning", "message": "m", "site": 3},
        {"kind": "session", "id": 9, "at": 16, "scope": 1, "end": "close", "dirty": ["Post.x"]},
        lines.end(1, 20, handler=3, failed_at=18, **{"http.route": "/posts/<id>"}),
    )  # fmt: skip

    scope = request.scope
    assert (scope.method, scope.scheme, scope.route, scope.status) == (
        "GET", "http", "/posts/<id>", 200,
    )  # fmt: skip
    assert (scope.started_us, scope.failed_us, scope.ended_us) == (
        1_000_010, 1_000_018, 1_000_020,
    )  # fmt: skip
    assert scope.handler is not None
    assert (scope.handler.path, scope.handler.line) == ("app.py", 7)
    assert (scope.inputs["query"].values, scope.inputs["query"].cut) == ({"q": 7}, 2)
    assert scope.response is not None
    assert (scope.response.body, scope.response.event) == ({"#": 0}, "1-1:8")
    [check] = scope.checks
    assert (check.left, check.right, check.expected, check.site) == (1, 2, "right", scope.handler)
    assert scope.warnings[0].site == scope.handler
    assert scope.sessions[0].dirty == ("Post.x",)


def test_a_killed_process_leaves_interrupted_scopes(built: Built, lines: Any) -> None:
    found = built(
        lines.process(),
        lines.scope(1, 10, type="test"),
        lines.scope(2, 20, parent=1),
        lines.statement(1, 30, scope=2),
    )

    assert names(found) == ["test 1 interrupted", "process 0 interrupted"]
    assert found[0].scope.children[0].outcome == "interrupted"
    assert found[0].scope.ended_us == 1_000_030


def test_a_forked_file_is_read_alone(write: Callable[..., Path], lines: Any) -> None:
    write(
        lines.process(),
        *lines.defined,
        lines.scope(1, 10),
        lines.statement(1, 30, scope=1, site=3),
        lines.end(1, 40),
        {"kind": "exit", "at": 50},
        name="1-1",
    )
    folder = write(
        lines.process(origin="fork", started=1_000_020_000),
        lines.statement(1, 1, scope=1, site=3),
        name="2-1",
    )

    found = list(build(folder))

    assert names(found) == ["process 0 unknown", "request 1 passed", "process 0 passed"]
    child = found[0].scope
    assert (child.process, child.statements[0].site) == ("2-1", None)
    assert child.statements[0].at_us == 1_000_021


def test_scopes_of_two_processes_come_in_the_order_they_end(
    write: Callable[..., Path], lines: Any
) -> None:
    write(lines.process(), lines.scope(1, 0, type="test"), lines.end(1, 100), name="1-1")
    folder = write(
        lines.process(started=1_000_010_000, role="server"),
        lines.scope(1, 10),
        lines.end(1, 20),
        name="2-1",
    )

    found = list(build(folder))

    assert [(c.scope.process, c.scope.kind) for c in found] == [
        ("2-1", "request"),
        ("2-1", "process"),
        ("1-1", "test"),
        ("1-1", "process"),
    ]
    assert found[-1].run.processes["2-1"].role == "server"


def test_the_process_is_handed_out_in_slices(
    built: Built, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scopes, "SLICE", 3)
    content: list[Any] = [lines.process(program="app.py")]
    for number in range(1, 8):
        content += [lines.statement(number, number * 10), lines.rows(number, number)]

    found = [closed.scope for closed in built(*content)]

    assert [len(scope.statements) for scope in found] == [3, 3, 1]
    assert [(s.slice, s.last, s.outcome) for s in found] == [
        (0, False, "open"),
        (1, False, "open"),
        (2, True, "interrupted"),
    ]
    assert all(s.rows is not None for scope in found for s in scope.statements)
    assert {scope.name for scope in found} == {"app.py"}


def test_a_failure_outside_any_scope_is_that_of_the_process(built: Built, lines: Any) -> None:
    [closed] = built(
        lines.process(),
        *lines.defined,
        {
            "kind": "failure", "at": 5, "phase": "exit",
            "chain": [{"type": "E", "mro": ["E"], "message": "m", "frames": [3]}],
        },
        {"kind": "exit", "at": 6},
    )  # fmt: skip

    assert (closed.scope.kind, closed.scope.outcome) == ("process", "failed")
    [(process, failure)] = closed.run.exit_failures
    assert (process, failure.phase, failure.chain[0].type) == ("1-1", "exit", "E")
    assert failure.chain[0].frames[0].function == "view"


def test_what_belongs_to_no_known_scope_is_outside(built: Built, lines: Any) -> None:
    [closed] = built(lines.process(), lines.statement(1, 5, scope=99), lines.end(98, 9))

    assert [statement.scope for statement in closed.scope.statements] == [99]


def test_a_child_that_outlives_its_parent_is_waited_for(built: Built, lines: Any) -> None:
    found = built(
        lines.process(),
        lines.scope(1, 10, type="test"),
        lines.scope(2, 20, parent=1),
        lines.end(1, 30),
        lines.end(2, 40, outcome="error"),
    )

    assert names(found) == ["test 1 passed", "process 0 interrupted"]
    assert found[0].scope.children[0].outcome == "error"
