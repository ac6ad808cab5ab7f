"""Facts that outlive a scope."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ormprobe.timeline import Closed, build, facts
from ormprobe.timeline.run import Column, Relation, Run

Built = Callable[..., list[Closed]]


def test_what_the_process_is(built: Built, lines: Any) -> None:
    [closed] = built(
        lines.process(role="driver", program="manage.py"),
        {"kind": "library", "name": "flask", "version": "3.1", "role": "web"},
        {"kind": "shim", "name": "flask", "state": "disabled", "reason": "r"},
        {"kind": "exit", "at": 99, "dropped": 3},
    )

    process = closed.run.processes["1-1"]
    assert (process.role, process.program, process.python) == ("driver", "manage.py", "3.11.7")
    assert (process.started_us, process.ended_us, process.dropped_events) == (
        1_000_000, 1_000_099, 3,
    )  # fmt: skip
    assert closed.run.libraries["flask"].version == "3.1"
    assert closed.run.shims["1-1", "flask"].reason == "r"


def test_the_schema_is_found_by_table_and_entity(built: Built, lines: Any) -> None:
    column = {"name": "id", "type": "Integer", "nullable": False, "primary_key": True}
    relation = {"name": "author", "target": "User", "direction": "MANYTOONE", "uselist": False}

    [closed] = built(
        lines.process(),
        {
            "kind": "schema", "db.collection.name": "post", "entity": "Post",
            "columns": [column], "relations": [relation],
        },
    )  # fmt: skip

    table = closed.run.tables["post"]
    assert closed.run.entities["Post"] is table
    assert table.column("id") == Column("id", "Integer", False, primary_key=True)
    assert table.column("x") is None
    assert table.relations == (Relation("author", "User", "MANYTOONE", False),)


def test_a_connection_over_its_life(built: Built, lines: Any) -> None:
    def line(action: str, at: int, **fields: Any) -> dict[str, Any]:
        return {"kind": "connection", "id": 5, "at": at, "action": action, **fields}

    [closed] = built(
        lines.process(),
        *lines.defined,
        {"kind": "engine", "id": 4, "at": 1, "db.system.name": "sqlite", "memory": True, "site": 3},
        line("open", 2, thread=77, engine_site=3),
        line("checkout", 3),
        line("checkout", 4),
        line("held", 5),
        line("close", 6),
    )

    connection = closed.run.connections["1-1", 5]
    assert (connection.opened_us, connection.closed_us, connection.thread) == (
        1_000_002, 1_000_006, 77,
    )  # fmt: skip
    assert (connection.checkouts, connection.held) == (2, 1)
    engine = closed.run.engines["1-1", 4]
    assert (engine.system, engine.memory, engine.site) == ("sqlite", True, connection.engine_site)
    assert [use.action for use in closed.scope.connections] == [
        "open", "checkout", "checkout", "held", "close",
    ]  # fmt: skip


def test_what_was_seen_is_counted(built: Built, lines: Any) -> None:
    found = built(
        lines.process(),
        lines.scope(1, type="test"),
        lines.scope(2, parent=1),
        lines.statement(1, scope=2),
        b"garbage\n",
        {"kind": "dream"},
        lines.error(9, scope=2),
        b'{"kind":"stat',
    )

    counts = found[-1].run.counts
    assert (counts.events, counts.statements, counts.requests, counts.tests) == (5, 1, 1, 1)
    assert (counts.errors, counts.malformed_lines, counts.unknown_kinds) == (1, 2, 1)


def test_tables_are_bounded(built: Built, lines: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "MAX_FACTS", 2)
    libraries = [{"kind": "library", "name": name, "role": "orm"} for name in "abcab"]

    [closed] = built(lines.process(), *libraries)

    assert set(closed.run.libraries) == {"a", "b"}
    assert closed.run.dropped == 1


def test_the_run_may_be_given(write: Callable[..., Path], lines: Any) -> None:
    run = Run()

    [closed] = build(write(lines.process()), run)

    assert closed.run is run


def kept(connection: dict[str, Any], *later: dict[str, Any]) -> list[dict[str, Any]]:
    """A connection that was out when request 5 ended, and what came later."""
    held = {"kind": "connection", "id": 50, "at": 20, "action": "held", "scope": 5, "site": 3}
    return [connection, held, *later]


@pytest.mark.parametrize(
    ("later", "still"),
    [
        ([], True),
        ([{"kind": "connection", "id": 50, "at": 30, "action": "checkin"}], False),
        ([{"kind": "connection", "id": 50, "at": 30, "action": "close"}], False),
        ([{"kind": "connection", "id": 51, "at": 30, "action": "checkin"}], True),
    ],
)
def test_a_connection_that_no_request_gave_back(
    built: Built, lines: Any, later: list[dict[str, Any]], still: bool
) -> None:
    opened = {"kind": "connection", "id": 50, "at": 1, "action": "open"}

    [*_, closed] = built(lines.process(), lines.scope(5), *lines.defined, *kept(opened, *later))

    found = closed.run.connections["1-1", 50].kept
    assert (found is not None) is still
    if found is not None:
        assert found[2] is not None
        assert found[2].function == "view"


def test_a_connection_that_is_used_on_lives_long(built: Built, lines: Any) -> None:
    opened = {"kind": "connection", "id": 50, "at": 1, "action": "open"}
    used = lines.statement(7, 30, connection=50)
    again = {"kind": "connection", "id": 50, "at": 40, "action": "held", "scope": 5}

    [*_, closed] = built(
        lines.process(), lines.scope(5), *lines.defined, *kept(opened, used, again)
    )

    assert closed.run.connections["1-1", 50].kept is None
