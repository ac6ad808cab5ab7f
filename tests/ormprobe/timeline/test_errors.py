"""Errors, merged by number, and what became of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ormprobe.timeline import Closed

Built = Callable[..., list[Closed]]


def test_a_second_line_completes_the_first(built: Built, lines: Any) -> None:
    [closed] = built(
        lines.process(),
        *lines.defined,
        lines.error(9, 5, message="m", site=3, frames=[3]),
        lines.error(
            9,
            8,
            message="m",
            statement=2,
            transaction=20,
            chain=[{"type": "OperationalError", "db.response.status_code": "42P01"}],
            **{"db.response.status_code": "42P01"},
        ),
    )

    [found] = closed.scope.errors
    assert (found.event, found.at_us) == ("1-1:6", 1_000_005)
    assert (found.message, found.statement, found.operation) == ("m", "INSERT INTO t", "INSERT")
    assert (found.status_code, found.transaction) == ("42P01", 20)
    assert found.site is not None
    assert found.frames == (found.site,)
    assert [(link.type, link.status_code) for link in found.chain] == [
        ("OperationalError", "42P01")
    ]
    assert closed.run.counts.errors == 1


def test_fate_comes_also_after_the_scope(built: Built, lines: Any) -> None:
    [request, _] = built(
        lines.process(),
        *lines.defined,
        lines.scope(1),
        lines.error(9, scope=1),
        lines.fate(9, "caught", site=3),
        lines.end(1, 5),
        lines.fate(9, "expected"),
        lines.fate(77, "caught"),
    )

    [found] = request.scope.errors
    assert (found.fate, found.fate_event) == ("expected", "1-1:10")
    assert found.caught is not None
    assert found.caught.function == "view"


def test_a_fate_without_its_time_is_read(built: Built, lines: Any) -> None:
    fate = lines.fate(9, "library")
    del fate["at"]

    [closed] = built(lines.process(), lines.error(9), fate)

    assert closed.scope.errors[0].fate == "library"


def test_a_failure_leads_to_the_error(built: Built, lines: Any) -> None:
    [request, _] = built(
        lines.process(),
        lines.scope(1),
        lines.error(9, scope=1),
        {
            "kind": "failure",
            "scope": 1,
            "at": 4,
            "chain": [{"type": "Oops", "message": "m"}, {"type": "NotLoaded", "error": 9}],
        },
        lines.end(1, 5, outcome="error"),
    )

    [failure] = request.scope.failures
    assert [link.error for link in failure.chain] == [None, request.scope.errors[0]]
    assert failure.chain[1].error_number == 9
    assert request.run.exit_failures == []


def test_where_a_detached_object_left_its_session(built: Built, lines: Any) -> None:
    [closed] = built(
        lines.process(),
        *lines.defined,
        lines.error(9, detached={"session": 4, "site": 3}),
        lines.error(10, detached={"session": 5}),
    )

    first, second = (error.detached for error in closed.scope.errors)
    assert first is not None
    assert second is not None
    assert first.site is not None
    assert (first.session, first.site.line) == (4, 7)
    assert (second.session, second.site) == (5, None)


def test_errors_of_nested_scopes_come_in_time_order(built: Built, lines: Any) -> None:
    [test, _] = built(
        lines.process(),
        lines.scope(1, type="test"),
        lines.scope(2, parent=1),
        lines.error(9, 50, scope=1),
        lines.error(8, 40, scope=2),
        lines.end(2, 60),
        lines.end(1, 70),
    )

    assert [error.number for error in test.scope.all_errors()] == [8, 9]
