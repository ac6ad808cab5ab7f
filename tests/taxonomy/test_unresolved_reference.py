"""unresolved-reference."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.incorrect_query_logic.unresolved_reference import ID, rule
from ormprobe_taxonomy.signals import NameUnknown
from ormprobe_taxonomy.terms import Fate, Link
from tests.taxonomy.made import BY_LINK, HANDLED, LINE, failing, passing, raised


def unknown(declared: bool = False, known: bool = True) -> NameUnknown:
    return NameUnknown(
        error="e1", name="depots.city", sources=("parcels",), declared=declared, known=known
    )


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_a_name_that_no_table_offers(link: Link, certainty: str) -> None:
    [found] = rule(failing(raised(ID, link=link), unknown()))

    assert (found.certainty, found.place) == (certainty, LINE)


def test_the_orms_own_refusal_needs_no_table() -> None:
    [found] = rule(failing(raised(ID, type="InvalidRequestError")))

    assert (found.certainty, found.needs) == ("certain", None)


def test_likely_where_the_columns_are_not_known() -> None:
    [found] = rule(failing(raised(ID), unknown(known=False)))

    assert found.certainty == "likely"
    assert found.needs == "the columns of the tables that are read"


def test_quiet_where_the_mapping_declares_the_column() -> None:
    assert list(rule(failing(raised(ID), unknown(declared=True)))) == []


@pytest.mark.parametrize(
    "other", ["schema-model-drift", "schema-not-created", "mapping-misconfiguration", None]
)
def test_quiet_for_its_look_alikes(other: str | None) -> None:
    assert list(rule(failing(raised(other), unknown()))) == []


@pytest.mark.parametrize("fate", HANDLED)
def test_quiet_where_the_app_dealt_with_it(fate: Fate) -> None:
    assert list(rule(failing(raised(ID, fate=fate), unknown()))) == []


def test_quiet_in_an_outcome_that_passed() -> None:
    assert list(rule(passing(raised(ID), unknown()))) == []
