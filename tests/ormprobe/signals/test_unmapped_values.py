"""Values that a model was given by names that it lacks, tied to what missed them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.signals.known import Known
from ormprobe.signals.unmapped_values import detect
from ormprobe.timeline.model import Check, Error, Link, Unmapped
from tests.ormprobe.signals.made import APP, failed_test, known_of, table

RED = "s3:aaaaaaaaaaaaaaaa"


@pytest.fixture
def shop(tmp_path: Path) -> Known:
    return known_of(tmp_path, table("orders", "id", "colour", "buyer"))


def given(entity: str = "Order", **values: str) -> Unmapped:
    return Unmapped("1-1:4", 40, entity, dict(values), APP)


def refused(column: str, at: int = 50) -> Error:
    says = f"NOT NULL constraint failed: orders.{column}"
    kind = ("IntegrityError",)
    link = Link(kind[0], kind, says, module="sqlite3", status_code="SQLITE_CONSTRAINT_NOTNULL")
    sql = "INSERT INTO orders (buyer) VALUES (?)"
    return Error(5, "1-1:5", 1, at, kind[0], "peewee", kind, says, statement=sql, chain=(link,))


def test_a_slip_of_a_mapped_name(shop: Known) -> None:
    [found] = detect(failed_test(unmapped=[given(color=RED)]), shop)

    assert (found.entity, found.name, found.meant, found.wanted) == (
        "Order",
        "color",
        "colour",
        False,
    )
    assert str(found.place) == f"{APP.path}:{APP.line}"


def test_names_that_resemble_nothing_are_the_apps_own(shop: Known) -> None:
    assert list(detect(failed_test(unmapped=[given(csrf=RED)]), shop)) == []
    assert list(detect(failed_test(unmapped=[given("Crate", color=RED)]), shop)) == []


@pytest.mark.parametrize(("right", "wanted"), [(RED, True), ("s3:bbbbbbbbbbbbbbbb", False)])
def test_a_failing_check_may_have_wanted_the_value(shop: Known, right: str, wanted: bool) -> None:
    check = Check("1-1:9", 90, "==", None, right, "right")

    [found] = detect(failed_test(unmapped=[given(color=RED)], checks=[check]), shop)

    assert found.wanted is wanted


def test_another_name_may_have_been_meant_for_what_is_missing(shop: Known) -> None:
    here, elsewhere = refused("buyer"), refused("buyer")
    here.site = APP

    [found] = detect(failed_test(unmapped=[given(customer=RED)], errors=[here]), shop)

    assert (found.meant, found.error) == (None, "1-1/5")
    assert list(detect(failed_test(unmapped=[given(customer=RED)], errors=[elsewhere]), shop)) == []


def test_the_refused_write_that_lacked_it(shop: Known) -> None:
    [found] = detect(failed_test(unmapped=[given(color=RED)], errors=[refused("colour")]), shop)
    [other] = detect(failed_test(unmapped=[given(color=RED)], errors=[refused("buyer")]), shop)
    [early] = detect(failed_test(unmapped=[given(color=RED)], errors=[refused("colour", 5)]), shop)

    assert found.error == "1-1/5"
    assert other.error is None
    assert early.error is None
