"""Associations read from the side that they were not written from."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.signals.swapped_directions import detect
from ormprobe.timeline.model import Scalar, Shape, Statement
from tests.ormprobe.signals.asking import failing, got, inserted, several, shop, text

ANNA, BO, CY = text("anna"), text("bo"), text("cyprian")
WRITES = (
    inserted("follows", 10, follower_id=1, followed_id=2),
    inserted("follows", 11, follower_id=1, followed_id=3),
)
NAMES: list[tuple[Scalar, ...]] = [(1, ANNA), (2, BO), (3, CY)]
BUYERS = got("SELECT id, name FROM buyers", at=50, rows=NAMES, columns="id name")
READ = (
    "SELECT buyers.id, buyers.name FROM buyers JOIN follows ON follows.{} = buyers.id "
    "WHERE follows.{} = ?"
)
SWAPPED = READ.format("follower_id", "followed_id")


def read(sql: str, *names: Shape) -> Statement:
    return got(sql, 1, rows=[(9, name) for name in names], columns="id name")  # type: ignore[misc]


def test_what_was_asked_for_is_the_mirror(tmp_path: Path) -> None:
    scope = failing(several(), several(BO, CY), *WRITES, BUYERS, read(SWAPPED))

    [found] = detect(scope, shop(tmp_path))

    assert (found.table, found.column, found.other) == ("follows", "followed_id", "follower_id")
    assert (found.mirrored, found.fits) == (True, True)


def test_as_many_are_the_mirror_where_the_other_rows_are_not_known(tmp_path: Path) -> None:
    [found] = detect(failing(several(), several(BO, CY), *WRITES, read(SWAPPED)), shop(tmp_path))

    assert found.fits is False


@pytest.mark.parametrize(
    ("sql", "actual", "expected"),
    [
        (READ.format("followed_id", "follower_id"), (BO, CY), (BO,)),
        (SWAPPED, (), (ANNA,)),
        ("SELECT id, name FROM buyers WHERE id = ?", (), (BO, CY)),
    ],
    ids=["the right side", "no mirror of that size", "no association"],
)
def test_what_is_no_swap(
    tmp_path: Path, sql: str, actual: tuple[Shape, ...], expected: tuple[Shape, ...]
) -> None:
    scope = failing(several(*actual), several(*expected), *WRITES, BUYERS, read(sql, *actual))

    assert not [*detect(scope, shop(tmp_path))]


def test_a_pair_that_exists_the_other_way_round(tmp_path: Path) -> None:
    pair = "SELECT 1 FROM follows WHERE follower_id = ? AND followed_id = ?"
    none = got(pair, 2, 1, rows=[], columns="x")

    [found] = detect(failing(False, True, WRITES[0], none), shop(tmp_path))

    assert found.fits is True
    there = got(pair, 1, 2, rows=[], columns="x")
    assert not [*detect(failing(False, True, WRITES[0], there), shop(tmp_path))]
