"""Answers from constants, where a failing check asks for rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.signals.known import Known
from ormprobe.signals.stubs import detect
from ormprobe.timeline.model import Response, Shape, Site, Statement
from ormprobe_taxonomy.signals import AnsweredUnread
from tests.ormprobe.signals import made

RED = "s3:aaaaaaaaaaaaaaaa"
EMPTY: Shape = {"tags": {"#": 0, "of": []}}
WANTED: Shape = {"tags": {"#": 1, "of": [RED]}}
CONSTANTS = [
    'return {"tags": []}',
    'return jsonify({"tags": ["red", "blue"]}), 200',
    'found = {"tags": []}\n    return found',
    "return jsonify(tags=[])",
    "return TAGS",
    "return service_tags()",
    'if viewer:\n        return {"tags": ["red"]}\n    return {"tags": []}',
]
OTHERS = [
    'return {"tags": [tag.name for tag in Tag.select()]}',
    'return {"tags": cache["tags"]}',
    "return KEPT",
    'found = {"tags": []}\n    found["tags"].append(1)\n    return found',
    'return "pong"',
    "return {**defaults}",
    "return unknown()",
]
HEAD = """\
TAGS = {"tags": ["red"]}
KEPT = {"tags": []}
KEPT["tags"] = load()

def service_tags():
    return {"tags": []}

def tags():
    %s
"""


def shop(folder: Path, body: str, table: str = "labels") -> Known:
    (folder / "views.py").write_text(HEAD % body)
    return made.known_of(folder, made.table(table, "id", "name"))


def insert(**fields: object) -> Statement:
    return made.statement("INSERT INTO labels (name) VALUES (?)", 10, RED, **fields)  # type: ignore[arg-type]


def found(known: Known, *own: Statement, before: Statement | None = None) -> list[AnsweredUnread]:
    handler = Site("views.py", 8, "tags")
    request = made.request(
        2, 100, method="GET", route="/tags", handler=handler, statements=list(own)
    )
    request.name = "GET /tags"
    request.response = Response("1-1:60", 200, "application/json", EMPTY)
    check = made.check(left=EMPTY, right=WANTED)
    check.expected = "right"
    earlier = [insert() if before is None else before]
    return list(detect(made.failed_test(request, checks=[check], statements=earlier), known))


@pytest.mark.parametrize("body", CONSTANTS)
def test_a_constant_where_a_written_value_is_wanted(tmp_path: Path, body: str) -> None:
    [signal] = found(shop(tmp_path, body))

    assert (signal.constant, signal.missed, signal.tables) == (True, True, ("labels",))
    assert signal.place is not None
    assert signal.place.file == "views.py"


@pytest.mark.parametrize("body", OTHERS)
def test_what_may_be_anything_is_no_constant(tmp_path: Path, body: str) -> None:
    assert [each.constant for each in found(shop(tmp_path, body))] == [False]


def test_a_handler_that_asked_is_no_stub(tmp_path: Path) -> None:
    asked = made.statement(
        "SELECT name FROM labels", 110, scope=2, site=Site("views.py", 9, "tags")
    )

    assert found(shop(tmp_path, CONSTANTS[0]), asked) == []


def test_who_calls_is_looked_up_before_the_handler(tmp_path: Path) -> None:
    auth = made.statement("SELECT id FROM users", 105, scope=2, site=Site("auth.py", 3, "viewer"))

    assert [each.constant for each in found(shop(tmp_path, CONSTANTS[0]), auth)] == [True]
    assert found(shop(tmp_path, OTHERS[1]), auth) == []


def test_nothing_is_said_where_no_row_is_asked_for(tmp_path: Path) -> None:
    other = made.statement("INSERT INTO users (name) VALUES (?)", 10, "s3:bbbbbbbbbbbbbbbb")

    assert found(shop(tmp_path, CONSTANTS[0]), before=other) == []


def test_a_table_of_the_routes_name_suffices_for_a_constant(tmp_path: Path) -> None:
    other = made.statement("INSERT INTO users (name) VALUES (?)", 10, "s3:bbbbbbbbbbbbbbbb")

    assert [each.table for each in found(shop(tmp_path, CONSTANTS[0], "tags"), before=other)] == [
        "tags"
    ]
    assert found(shop(tmp_path, OTHERS[1], "tags"), before=other) == []
