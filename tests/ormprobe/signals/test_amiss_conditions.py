"""Values compared with the wrong column, and comparisons that NULL defeats."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.signals.amiss_conditions import detect
from ormprobe.timeline.model import Statement
from ormprobe_taxonomy.signals import ConditionAmiss
from tests.ormprobe.signals.asking import (
    answered,
    failing,
    got,
    inserted,
    several,
    shop,
    text,
)

A, B, OPEN = text("alpha"), text("bravo"), text("open")


def found_in(app: Path, *statements: Statement) -> list[ConditionAmiss]:
    return list(detect(failing(several(A), several(A, B), *statements), shop(app)))


def sent(where: str, *binds: object) -> Statement:
    sql = f"SELECT id, note FROM orders WHERE {where}"
    return got(sql, *binds, rows=[(1, A)], columns="id note")  # type: ignore[arg-type]


@pytest.mark.parametrize("where", ["status <> ?", "NOT status = ?", "status NOT IN (?)"])
def test_a_missed_row_that_holds_null(tmp_path: Path, where: str) -> None:
    row = inserted("orders", note=B, status=None)

    [found] = found_in(tmp_path, row, sent(where, OPEN))

    assert (found.kind, found.column, found.proven) == ("null", "status", True)


def test_a_row_that_holds_another_value(tmp_path: Path) -> None:
    [found] = found_in(tmp_path, inserted("orders", note=B, status=A), sent("status <> ?", OPEN))

    assert found.proven is False


@pytest.mark.parametrize(
    "where", ["status <> ? OR status IS NULL", "status = ?", "id <> ?", "status > ?"]
)
def test_what_null_does_not_defeat(tmp_path: Path, where: str) -> None:
    assert found_in(tmp_path, inserted("orders", note=B, status=None), sent(where, OPEN)) == []


def test_a_value_that_the_missed_row_holds_elsewhere(tmp_path: Path) -> None:
    row = inserted("orders", note=B, status=OPEN)

    [found] = found_in(tmp_path, row, sent("note = ?", OPEN))

    assert (found.kind, found.column, found.namesake, found.proven) == (
        "column", "note", "status", True,
    )  # fmt: skip
    assert found_in(tmp_path, row, sent("status = ?", OPEN)) == []


def test_an_input_that_is_compared_with_another_column_than_its_namesake(tmp_path: Path) -> None:
    scope = answered(several(A), several(A, B), sent("note = ?", OPEN), query={"status": OPEN})

    [found] = detect(scope, shop(tmp_path))

    assert (found.name, found.column, found.namesake) == ("status", "note", "status")
    assert found.proven is False


@pytest.mark.parametrize("name", ["note", "colour"])
def test_an_input_that_belongs_there_or_has_no_namesake(tmp_path: Path, name: str) -> None:
    scope = answered(several(A), several(A, B), sent("note = ?", OPEN), query={name: OPEN})

    assert not [*detect(scope, shop(tmp_path))]
