"""wrong-database, and data that reaches no database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ormprobe_taxonomy.causes.constraint_violation import orm_bypass, wrong_database
from ormprobe_taxonomy.signals import Case, KeptInMemory, OtherDatabase
from ormprobe_taxonomy.terms import Certainty, Severity
from tests.taxonomy.made import LINE, failing, lost, passing

ELSEWHERE = OtherDatabase(
    at_us=10,
    place=LINE,
    declared="postgresql",
    used="sqlite",
    orm="peewee",
    chosen_outside=False,
    tables=("orders",),
    count=3,
)
KEPT = KeptInMemory(
    at_us=10,
    place=LINE,
    orm="sqlalchemy",
    database="postgresql",
    store="ORDERS",
    request="POST /orders",
    count=2,
)


@pytest.mark.parametrize("case", [failing(ELSEWHERE), passing(ELSEWHERE)])
def test_it_is_a_certain_defect_whatever_the_outcome(case: Case) -> None:
    [found] = wrong_database.rule(case)

    assert (found.severity, found.certainty) == (Severity.DEFECT, Certainty.CERTAIN)
    assert (found.place, found.orm) == (LINE, "peewee")
    assert ELSEWHERE.says == "3 statements on orders went to sqlite, not to postgresql"


def test_what_the_surroundings_may_have_chosen_is_only_likely() -> None:
    [found] = wrong_database.rule(passing(replace(ELSEWHERE, chosen_outside=True)))

    assert found.certainty is Certainty.LIKELY
    assert found.needs


def test_data_in_memory_goes_around_the_orm_that_was_declared() -> None:
    [found] = orm_bypass.rule(passing(KEPT))

    assert (found.variant, found.certainty, found.orm) == ("in-memory", "certain", "sqlalchemy")
    assert list(wrong_database.rule(passing(KEPT))) == []
    assert KEPT.says.startswith("POST /orders and 1 more like it succeeded")


def test_data_in_memory_is_the_wrong_database_where_no_orm_was_declared() -> None:
    case = passing(replace(KEPT, orm=None))

    [found] = wrong_database.rule(case)

    assert found.variant == "in-memory"
    assert list(orm_bypass.rule(case)) == []


def test_quiet_without_either() -> None:
    assert list(wrong_database.rule(failing(lost()))) == []
