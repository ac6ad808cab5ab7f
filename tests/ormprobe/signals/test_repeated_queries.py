"""The same question twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.signals import repeated_queries
from ormprobe.timeline.model import Load, Scope, Site, Statement
from ormprobe_taxonomy.signals import QueryRepeated
from tests.ormprobe.signals.made import (
    TEST,
    failed_test,
    known_of,
    process_scope,
    request,
    statement,
)

FIND = Site("shop/boats.py", 3, "find")
FIRST = Site("shop/views.py", 5, "show")
THEN = Site("shop/views.py", 9, "show")
TEXT = "SELECT id FROM boats WHERE name = ?"
NAME = "s4:aaaaaaaaaaaaaaaa"


def asked(at: int, *callers: Site, bind: object = NAME, **fields: object) -> Statement:
    told = {"site": FIND, "callers": callers, "transaction": 7, "text": TEXT, **fields}
    text = str(told.pop("text"))
    return statement(text, at, bind, **told)  # type: ignore[arg-type]


def detect(folder: Path, scope: Scope) -> list[QueryRepeated]:
    return list(repeated_queries.detect(scope, known_of(folder)))


def found_in_request(folder: Path, *statements: Statement) -> list[QueryRepeated]:
    return detect(folder, request(statements=list(statements)))


def test_two_lines_of_a_request_ask_the_same(tmp_path: Path) -> None:
    [found] = found_in_request(tmp_path, asked(1, FIRST), asked(2, THEN))

    assert (found.place.line, found.count, found.reads) == (9, 2, ("boats",))


@pytest.mark.parametrize(
    "second",
    [
        asked(2, THEN, bind="s4:bbbbbbbbbbbbbbbb"),
        asked(2, THEN, text="SELECT name FROM boats WHERE name = ?"),
        asked(2, THEN, transaction=8),
        asked(2, THEN, load=Load("expired", "Boat")),
        asked(2, THEN, load=Load("lazy", "Boat", "crew")),
        asked(2, FIRST),
    ],
)
def test_quiet_for_another_question(tmp_path: Path, second: Statement) -> None:
    assert found_in_request(tmp_path, asked(1, FIRST), second) == []


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "SELECT now() FROM boats WHERE name = ?",
        "SELECT nextval('x') FROM boats",
        "SELECT id FROM boats WHERE name = ? FOR UPDATE",
        "SELECT name FROM sqlite_master WHERE name = ?",
    ],
)
def test_quiet_where_the_answer_may_change(tmp_path: Path, text: str) -> None:
    assert found_in_request(tmp_path, asked(1, FIRST, text=text), asked(2, THEN, text=text)) == []


def test_quiet_after_a_write(tmp_path: Path) -> None:
    write = statement("UPDATE boats SET name = ?", 2, NAME, transaction=7)

    assert found_in_request(tmp_path, asked(1, FIRST), write, asked(3, THEN)) == []


def test_small_numbers_need_the_same_line_of_the_statement(tmp_path: Path) -> None:
    other = Site("shop/crews.py", 8, "find_too")

    assert found_in_request(tmp_path, asked(1, FIRST, bind=1), asked(2, THEN, bind=1)) != []
    apart = asked(1, FIRST, bind=1), asked(2, THEN, bind=1, site=other)
    assert found_in_request(tmp_path, *apart) == []


def loop(folder: Path, keyword: str) -> None:
    (folder / "shop").mkdir()
    (folder / "shop/views.py").write_text(f"def show():\n    {keyword}:\n\n\n        find()\n")


@pytest.mark.parametrize(
    ("keyword", "times", "told"),
    [
        ("for x in y", 3, True),
        ("for x in y", 2, False),
        ("while True", 5, False),
        ("if x", 5, False),
    ],
)
def test_one_line_that_asks_the_same_in_a_loop(
    tmp_path: Path, keyword: str, times: int, told: bool
) -> None:
    loop(tmp_path, keyword)

    found = found_in_request(tmp_path, *(asked(at, FIRST) for at in range(1, times + 1)))

    assert bool(found) is told


def test_a_test_may_ask_twice(tmp_path: Path) -> None:
    again = Site(TEST.path, TEST.line + 1, TEST.function)
    scope = failed_test(statements=[asked(1, FIRST, TEST), asked(2, FIRST, again)])

    assert detect(tmp_path, scope) == []


def test_one_call_of_a_test_asks_twice(tmp_path: Path) -> None:
    scope = failed_test(statements=[asked(1, FIRST, TEST), asked(2, THEN, TEST)])

    assert len(detect(tmp_path, scope)) == 1


def test_two_calls_of_a_test_are_not_one(tmp_path: Path) -> None:
    scope = failed_test(statements=[asked(1, THEN, TEST), asked(2, FIRST, TEST)])

    assert detect(tmp_path, scope) == []


def test_a_process_is_no_piece_of_work(tmp_path: Path) -> None:
    scope = process_scope(statements=[asked(1, FIRST), asked(2, THEN)])

    assert detect(tmp_path, scope) == []


def test_each_line_is_told_once(tmp_path: Path) -> None:
    inner = [request(n, statements=[asked(1, FIRST), asked(2, THEN)]) for n in (2, 3)]

    assert len(detect(tmp_path, failed_test(*inner))) == 1


@pytest.mark.parametrize(
    ("times", "parents", "found"), [(3, (1,), 1), (2, (1,), 0), (3, (1, 2), 0)]
)
def test_the_relation_of_one_object_asked_again_by_a_serializer(
    tmp_path: Path, times: int, parents: tuple[int, ...], found: int
) -> None:
    """No line of the app loops; of several objects it is a matter of their loads."""
    load = Load("lazy", "Boat", "crew")
    asked_again = [
        asked(number, FIRST, load=load, parent=parents[number % len(parents)])
        for number in range(1, times + 1)
    ]

    assert len(found_in_request(tmp_path, *asked_again)) == found
