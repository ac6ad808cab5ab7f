"""result-object-misuse."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.database_runtime_error.result_object_misuse import ID, rule
from ormprobe_taxonomy.refusals import ObjectMisused
from ormprobe_taxonomy.terms import Fate, Link
from tests.taxonomy.made import BY_LINK, HANDLED, LINE, failing, passing, raised


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_a_result_that_is_used_as_something_else(link: Link, certainty: str) -> None:
    [found] = rule(failing(raised(ID, link=link)))

    assert (found.cause, found.certainty, found.place) == (ID, certainty, LINE)


@pytest.mark.parametrize(
    ("mapped", "says"),
    [(True, "Order is a mapped class"), (False, "Order is a class of the ORM")],
)
def test_the_evidence_names_the_class(mapped: bool, says: str) -> None:
    misused = ObjectMisused(error="e1", kind="Order", mapped=mapped)

    [found] = rule(failing(raised(ID), misused))

    assert [signal.says for signal in found.evidence][1:] == [says]


@pytest.mark.parametrize(
    "other", ["unawaited-db-call", "result-cardinality-mismatch", "data-layer-code-error", None]
)
def test_quiet_for_its_look_alikes(other: str | None) -> None:
    assert list(rule(failing(raised(other)))) == []


@pytest.mark.parametrize("fate", HANDLED)
def test_quiet_where_the_app_dealt_with_it(fate: Fate) -> None:
    assert list(rule(failing(raised(ID, fate=fate)))) == []


def test_quiet_in_an_outcome_that_passed() -> None:
    assert list(rule(passing(raised(ID)))) == []
