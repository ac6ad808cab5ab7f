"""integrity-violation."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.database_runtime_error.integrity_violation import ID, rule
from ormprobe_taxonomy.terms import Fate, Link
from tests.taxonomy.made import BY_LINK, LINE, failing, passing, raised

FACETS = ("unique", "not-null", "foreign-key", "check", "exclusion")


@pytest.mark.parametrize("facet", FACETS)
def test_a_violation_that_ended_the_outcome_is_certain(facet: str) -> None:
    [found] = rule(failing(raised(ID, facet=facet)))

    assert (found.cause, found.facet, found.certainty, found.place) == (ID, facet, "certain", LINE)


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_certainty_comes_from_the_link(link: Link, certainty: str) -> None:
    [found] = rule(failing(raised(ID, facet="unique", link=link)))

    assert found.certainty == certainty


def test_a_flush_that_a_query_asked_for_is_a_variant() -> None:
    [found] = rule(failing(raised(ID, facet="not-null", autoflush=True)))

    assert found.variant == "autoflush"


@pytest.mark.parametrize("fate", [Fate.EXPECTED, Fate.RECOVERED])
def test_quiet_for_a_handled_conflict(fate: Fate) -> None:
    assert list(rule(failing(raised(ID, facet="unique", fate=fate)))) == []


def test_quiet_in_an_outcome_that_passed() -> None:
    assert list(rule(passing(raised(ID, facet="unique")))) == []


def test_only_likely_where_a_key_may_never_have_been_generated() -> None:
    [found] = rule(failing(raised(ID, facet="not-null", foreign_key=True, operation="INSERT")))

    assert found.certainty == "likely"
    assert found.needs == "proof that the key which is NULL had been generated"


def test_certain_for_a_missing_value_that_is_no_key() -> None:
    [found] = rule(failing(raised(ID, facet="not-null", operation="UPDATE")))

    assert (found.certainty, found.needs) == ("certain", None)


def test_quiet_for_a_refused_delete_and_for_orphans() -> None:
    refused = raised(ID, facet="foreign-key", operation="DELETE")
    orphaned = raised(ID, facet="not-null", operation="UPDATE", foreign_key=True)

    assert list(rule(failing(refused, orphaned))) == []


def test_fires_for_an_insert_that_refers_to_nothing() -> None:
    [found] = rule(failing(raised(ID, facet="foreign-key", operation="INSERT")))

    assert found.certainty == "certain"


def test_quiet_for_a_type_that_sqlite_calls_a_violation() -> None:
    assert list(rule(failing(raised("bind-type-mismatch", type="IntegrityError")))) == []


def test_the_conflict_of_a_reused_transaction_is_tied_to_nothing() -> None:
    first = raised(ID, facet="unique", link=Link.NONE, fate=Fate.SWALLOWED)

    assert list(rule(failing(first, raised("failed-transaction-reuse", "e2")))) == []
