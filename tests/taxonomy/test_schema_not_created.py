"""schema-not-created."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.database_runtime_error.schema_not_created import ID, rule
from ormprobe_taxonomy.signals import Place, TableMissing
from ormprobe_taxonomy.terms import Link
from tests.taxonomy.made import BY_LINK, LINE, failing, passing, raised

CREATION = Place("shop/__main__.py", 12, "<module>")
ENGINE = Place("shop/db.py", 4, "<module>")


def missing(
    declared: bool = True,
    created: bool = False,
    split: bool = False,
    creation: Place | None = None,
    engine: Place | None = None,
) -> TableMissing:
    return TableMissing(
        error="e1",
        table="orders",
        declared=declared,
        created=created,
        split=split,
        creation=creation,
        engine=engine,
    )


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_a_declared_table_that_nobody_created(link: Link, certainty: str) -> None:
    [found] = rule(failing(raised(ID, link=link), missing()))

    assert found.certainty == certainty


@pytest.mark.parametrize(
    ("signal", "place"),
    [
        (missing(creation=CREATION, engine=ENGINE), CREATION),
        (missing(engine=ENGINE), ENGINE),
        (missing(), LINE),
    ],
)
def test_where_the_table_should_have_been_created(signal: TableMissing, place: Place) -> None:
    [found] = rule(failing(raised(ID), signal))

    assert found.place == place


def test_likely_where_no_model_declares_the_table() -> None:
    [found] = rule(failing(raised(ID), missing(declared=False)))

    assert found.certainty == "likely"
    assert found.needs == "a model or table definition that declares the table"


def test_likely_where_the_table_is_not_named() -> None:
    [found] = rule(failing(raised(ID)))

    assert (found.certainty, found.needs) == ("likely", "the name of the missing table")


@pytest.mark.parametrize("signal", [missing(created=True), missing(split=True)])
def test_only_suspected_where_it_may_be_in_another_database(signal: TableMissing) -> None:
    [found] = rule(failing(raised(ID), signal))

    assert found.certainty == "suspected"
    assert found.needs is not None
    assert "in which the table was created" in found.needs


def test_quiet_where_each_connection_has_a_database_of_its_own() -> None:
    assert list(rule(failing(raised(ID), missing(created=True, split=True)))) == []


@pytest.mark.parametrize("other", ["unresolved-reference", "schema-model-drift"])
def test_quiet_for_its_look_alikes(other: str) -> None:
    assert list(rule(failing(raised(other), missing()))) == []


def test_quiet_in_an_outcome_that_passed() -> None:
    assert list(rule(passing(raised(ID), missing()))) == []
