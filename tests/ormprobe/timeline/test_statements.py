"""Statements and what their numbers stand for; rows; created tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ormprobe.timeline import Closed
from ormprobe.timeline.model import Load, Site
from ormprobe.timeline.statements import created_table

Built = Callable[..., list[Closed]]

VIEW = Site("app.py", 7, "view")


def test_a_statement_is_resolved(built: Built, lines: Any) -> None:
    [closed] = built(
        lines.process(),
        *lines.defined,
        lines.statement(
            8, 5, site=3, load=4, parent=[1, 2], binds=[1, "s3:ab"], session=6, connection=7, many=2
        ),
    )

    [found] = closed.scope.statements
    assert (found.text, found.operation, found.site) == ("SELECT a FROM t", "SELECT", VIEW)
    assert found.load == Load("lazy", "Post", "author")
    assert (found.parent, found.binds, found.many) == ([1, 2], (1, "s3:ab"), 2)
    assert (found.at_us, found.duration_us, found.event) == (1_000_005, 5, "1-1:6")
    assert (found.session, found.connection, found.scope) == (6, 7, None)


def test_named_binds_keep_their_names(built: Built, lines: Any) -> None:
    [closed] = built(lines.process(), lines.statement(1, binds={"a": 1, "b": "s1:x"}))

    [found] = closed.scope.statements
    assert found.binds == {"a": 1, "b": "s1:x"}
    assert found.bind_values == (1, "s1:x")


def test_definitions_may_stand_after_their_first_use(built: Built, lines: Any) -> None:
    [request, _] = built(
        lines.process(),
        lines.scope(1),
        lines.write(1, 20, scope=1, site=3, load=4),
        *lines.defined,
        lines.error(9, scope=1, site=3, frames=[3, 3], statement=2),
        lines.transaction(20, 5, scope=1, writes=[1]),
        lines.end(1, 10),
    )

    [found] = request.scope.statements
    assert (found.text, found.site, found.load) == (
        "INSERT INTO t", VIEW, Load("lazy", "Post", "author"),
    )  # fmt: skip
    [transaction] = request.scope.transactions
    assert (transaction.end, transaction.writes) == ("commit", [found])


def test_frames_are_completed_when_their_sites_come_late(built: Built, lines: Any) -> None:
    [closed] = built(
        lines.process(), lines.error(9, site=3, frames=[3], statement=1), *lines.defined
    )

    [error] = closed.scope.errors
    assert (error.site, error.frames, error.statement) == (VIEW, (VIEW,), "SELECT a FROM t")


def test_a_number_may_be_given_anew(built: Built, lines: Any) -> None:
    other = {**lines.defined[0], "db.query.text": "SELECT b"}

    [closed] = built(lines.process(), *lines.defined, lines.statement(1), other, lines.statement(2))

    assert [s.text for s in closed.scope.statements] == ["SELECT a FROM t", "SELECT b"]


def test_number_zero_is_no_site(built: Built, lines: Any) -> None:
    [closed] = built(lines.process(), {**lines.defined[2], "id": 0}, lines.statement(1, site=9))

    assert closed.scope.statements[0].site is None


def test_rows_are_attached(built: Built, lines: Any) -> None:
    [closed] = built(
        lines.process(),
        lines.statement(1),
        lines.statement(2),
        lines.rows(
            1,
            2,
            entities=[{"entity": "Post", "distinct": 1, "keys": [5, 5]}],
            columns=["id"],
            values=[[5], [5]],
        ),
        lines.rows(77, 1),
    )

    first, second = closed.scope.statements
    assert first.rows is not None
    assert (first.rows.count, first.rows.values, first.rows.columns) == (2, ((5,), (5,)), ("id",))
    assert (first.rows.entities[0].distinct, first.rows.entities[0].keys) == (1, (5, 5))
    assert second.rows is None


def test_chunks_of_a_result_are_added_up(built: Built, lines: Any) -> None:
    def chunk(*keys: int) -> dict[str, Any]:
        shown = {"entity": "Post", "distinct": len(set(keys)), "keys": list(keys)}
        return dict(lines.rows(1, len(keys), entities=[shown], values=[[k] for k in keys]))

    [closed] = built(lines.process(), lines.statement(1), chunk(1, 2, 3, 4), chunk(4, 5))

    rows = closed.scope.statements[0].rows
    assert rows is not None
    assert (rows.count, rows.entities[0].distinct, rows.entities[0].keys) == (
        6, 5, (1, 2, 3, 4, 4, 5),
    )  # fmt: skip
    assert rows.values == ((1,), (2,), (3,), (4,), (4,))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("CREATE TABLE post (id int)", "post"),
        ("\nCREATE TABLE post(id int)", "post"),
        ('create temporary table if not exists "main"."my post" (id int)', "my post"),
        ("CREATE TABLE `a`.`b` AS SELECT 1", "b"),
        ("CREATE TABLE [dbo].[b] (x int)", "b"),
        ("CREATE TABLE public.post (id int)", "post"),
        ("CREATE INDEX i ON post (id)", None),
        ("SELECT 1", None),
    ],
)
def test_created_table(text: str, name: str | None) -> None:
    assert created_table(text) == name


def test_tables_that_the_app_makes_are_kept(built: Built, lines: Any) -> None:
    sql = {
        "kind": "sql",
        "id": 1,
        "db.query.text": "CREATE TABLE post (id int)",
        "db.operation.name": "CREATE",
    }

    [closed] = built(lines.process(), sql, lines.statement(1, connection=4))

    made = closed.run.created_tables["post"]
    assert (made.event, made.connection, made.process) == ("1-1:3", 4, "1-1")
