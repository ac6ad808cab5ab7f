"""Rows written one by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ormprobe.signals import single_writes
from ormprobe.timeline.model import Savepoint, Scope, Site, Statement
from ormprobe_taxonomy.signals import RowsWrittenSingly
from tests.ormprobe.signals.made import (
    TEST,
    failed_test,
    known_of,
    process_scope,
    request,
    statement,
    transaction,
)

INSERT = "INSERT INTO boats (name) VALUES (?)"
LOOP = Site("shop/fleet.py", 3, "store")
CODE = """def store(names):
    for name in names:
        Boat.create(name=name)

def one(name):
    Boat.create(name=name)
"""


def writes(count: int = 12, text: str = INSERT, **fields: Any) -> list[Statement]:
    told = {"affected": 1, **fields}
    return [statement(text, 10 + n, f"s4:{n:016x}", **told) for n in range(count)]


def detect(folder: Path, scope: Scope) -> list[RowsWrittenSingly]:
    (folder / "shop").mkdir(exist_ok=True)
    (folder / "shop/fleet.py").write_text(CODE)
    return list(single_writes.detect(scope, known_of(folder)))


def test_a_request_that_writes_row_after_row(tmp_path: Path) -> None:
    [signal] = detect(tmp_path, request(statements=writes()))

    assert (signal.verb, signal.table, signal.count) == ("INSERT", "boats", 12)
    assert signal.says == "12 times INSERT of one row of boats in POST /orders"
    assert len(signal.events) == 8


def test_updates_too(tmp_path: Path) -> None:
    update = "UPDATE boats SET name = ? WHERE id = 3"

    assert detect(tmp_path, request(statements=writes(text=update)))[0].verb == "UPDATE"


@pytest.mark.parametrize(
    "statements",
    [
        writes(9),
        writes(many=5),
        writes(text="INSERT INTO boats (name) VALUES (?), (?)"),
        writes(text="DELETE FROM boats WHERE id = ?"),
        writes(text="UPDATE boats SET name = ? WHERE port = 'x'", affected=7),
        writes(text="INSERT INTO boats (name) SELECT name FROM drafts WHERE id = ?"),
        writes(site=TEST),
        writes(via="flush", transaction=20),  # one flush, or it cannot be told
    ],
)
def test_quiet_for_what_is_no_loop_over_rows(tmp_path: Path, statements: list[Statement]) -> None:
    assert detect(tmp_path, request(statements=statements)) == []


def test_flushes_one_by_one(tmp_path: Path) -> None:
    apart = [each for n in range(12) for each in writes(1, via="flush", transaction=n)]
    looped = writes(via="flush", transaction=20, site=LOOP)

    assert len(detect(tmp_path, request(statements=apart))) == 1
    assert len(detect(tmp_path, request(statements=looped))) == 1


def test_quiet_where_each_row_has_a_savepoint(tmp_path: Path) -> None:
    settled = transaction("commit", "app")
    settled.savepoints = [Savepoint(f"1-1:{n}", n, "begin") for n in range(12)]

    assert detect(tmp_path, request(statements=writes(settled_by=settled))) == []


def test_of_a_test_only_a_loop_of_the_app(tmp_path: Path) -> None:
    once = Site("shop/fleet.py", 6, "one")

    assert detect(tmp_path, failed_test(statements=writes(site=once))) == []
    [signal] = detect(tmp_path, failed_test(statements=writes(site=LOOP)))
    assert signal.place.line == 3


def test_quiet_for_a_process_that_takes_in_rows(tmp_path: Path) -> None:
    assert detect(tmp_path, process_scope(statements=writes(site=LOOP))) == []
