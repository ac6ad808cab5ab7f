"""What was written, as far as it tells that a row cannot exist; bounded."""

from __future__ import annotations

import pytest

from ormprobe.signals import memory
from ormprobe.signals.memory import Memory, Writes, digest_of
from ormprobe.timeline.model import Shape
from ormprobe.timeline.run import Run
from tests.ormprobe.signals.made import failed_test, statement

DIGEST = "aaaaaaaaaaaaaaaa"
NAME = f"s4:{DIGEST}"


@pytest.mark.parametrize(
    ("value", "digest"),
    [
        (NAME, DIGEST),
        (f"s4:{DIGEST}~bbbbbbbbbbbbbbbb^cccccccccccccccc", DIGEST),
        (f"s4:{DIGEST}=Asta", DIGEST),
        (7, "7"),
        ("s1#7", "7"),
        ("s4", None),
        (None, None),
        (True, None),
        ("", None),
    ],
)
def test_equal_values_have_one_digest(value: Shape, digest: str | None) -> None:
    assert digest_of(value) == digest


def written(text: str, *binds: Shape, **fields: object) -> Writes:
    found = Writes()
    found.take(statement(text, 1, *binds, **fields), "sqlite")  # type: ignore[arg-type]
    return found


def test_an_insert_holds_its_values_by_column() -> None:
    writes = written("INSERT INTO boats (name, port) VALUES (?, ?)", NAME, 7)

    assert writes.may_hold("boats", DIGEST)
    assert writes.held("boats", "name", DIGEST)
    assert not writes.held("boats", "port", DIGEST)
    assert not writes.may_hold("crews", DIGEST)
    assert not writes.may_hold("boats", "8")
    assert writes.inserted == {"boats": 1}


def test_several_rows_of_one_insert_are_counted_and_known() -> None:
    writes = written("INSERT INTO boats (name, port) VALUES (?, ?), (?, ?)", "x", 1, NAME, 2)

    assert writes.inserted == {"boats": 2}
    assert writes.held("boats", "name", DIGEST)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("INSERT INTO boats (name) VALUES (?)", {"many": 20}),
        ("INSERT INTO boats (name) VALUES ('4:aaaa')", {}),
        ("INSERT INTO boats (name) SELECT name FROM old", {}),
    ],
)
def test_where_not_every_value_is_seen_any_may_be_held(
    text: str, fields: dict[str, object]
) -> None:
    assert written(text, **fields).may_hold("boats", "anything")


def test_deletes_are_noted() -> None:
    assert written("DELETE FROM boats WHERE name = ?", NAME).deleted == {"boats"}


def test_what_does_not_fit_may_be_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MAX_VALUES", 2)

    writes = written("INSERT INTO boats (a, b) VALUES (?, ?)", 1, 2)

    assert writes.full
    assert writes.may_hold("boats", "anything")


def test_a_run_remembers_who_sent_statements() -> None:
    known = Memory()
    known.take_in(failed_test(statements=[statement("SELECT 1", 1)]), Run())

    assert known.senders == {("shop/orders.py", "place_order")}
    assert known.sites == {("shop/orders.py", 7)}
