"""bind-type-mismatch."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.incorrect_query_logic.bind_type_mismatch import ID, rule
from ormprobe_taxonomy.terms import Fate, Link
from tests.taxonomy.made import BY_LINK, HANDLED, LINE, failing, passing, raised

SYNTAX = "invalid input syntax for type integer"


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_a_value_that_was_refused(link: Link, certainty: str) -> None:
    [found] = rule(failing(raised(ID, link=link)))

    assert (found.cause, found.certainty, found.place) == (ID, certainty, LINE)


@pytest.mark.parametrize(
    ("text", "certainty"),
    [
        ("SELECT id FROM orders WHERE id = %(id)s", "certain"),
        ("SELECT id FROM orders WHERE id = %(id)s::INTEGER", "certain"),
        ("SELECT id FROM orders WHERE id = $1::INTEGER", "certain"),
        ("SELECT CAST(%(x)s AS INTEGER)", "certain"),
        ("SELECT CAST(note AS INTEGER) FROM orders", "likely"),
        ("SELECT orders.note::integer FROM orders", "likely"),
    ],
)
def test_likely_where_a_stored_value_may_have_been_converted(text: str, certainty: str) -> None:
    [found] = rule(failing(raised(ID, statement=text, message=SYNTAX)))

    assert found.certainty == certainty
    assert bool(found.needs) is (certainty == "likely")


@pytest.mark.parametrize(
    "other", ["timezone-mismatch", "integrity-violation", "schema-model-drift", None]
)
def test_quiet_for_its_look_alikes(other: str | None) -> None:
    assert list(rule(failing(raised(other)))) == []


@pytest.mark.parametrize("fate", HANDLED)
def test_quiet_where_the_app_dealt_with_it(fate: Fate) -> None:
    assert list(rule(failing(raised(ID, fate=fate)))) == []


def test_quiet_in_an_outcome_that_passed() -> None:
    assert list(rule(passing(raised(ID)))) == []
