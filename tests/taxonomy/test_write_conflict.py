"""write-conflict."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.database_runtime_error.write_conflict import ID, rule
from ormprobe_taxonomy.refusals import Contended
from ormprobe_taxonomy.terms import Fate, Link
from tests.taxonomy.made import BY_LINK, HANDLED, LINE, OTHER, failing, passing, raised

NOBODY = Contended(error="e1", own=None, deleted=None)


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_a_lock_that_a_stranger_holds(link: Link, certainty: str) -> None:
    [found] = rule(failing(raised(ID, link=link, type="OperationalError"), NOBODY))

    assert (found.cause, found.certainty, found.place) == (ID, certainty, LINE)


def test_a_lock_that_the_same_work_holds_is_another_cause() -> None:
    met = Contended(error="e1", own=OTHER, deleted=None, held=True)

    [found] = rule(failing(raised(ID, type="OperationalError"), met))

    assert found.certainty == "suspected"
    assert "same work" in (found.needs or "")


def test_a_row_that_is_gone_needs_the_one_who_took_it() -> None:
    taken = Contended(error="e1", own=None, deleted=OTHER)

    [gone] = rule(failing(raised(ID, type="ObjectDeletedError"), NOBODY))
    [own] = rule(failing(raised(ID, type="ObjectDeletedError"), taken))
    [stale] = rule(failing(raised(ID, type="StaleDataError"), NOBODY))

    assert [each.certainty for each in (gone, own, stale)] == ["likely", "suspected", "certain"]


@pytest.mark.parametrize("other", ["integrity-violation", "failed-transaction-reuse", None])
def test_quiet_for_its_look_alikes(other: str | None) -> None:
    assert list(rule(failing(raised(other), NOBODY))) == []


@pytest.mark.parametrize("fate", HANDLED)
def test_quiet_where_the_app_tried_again(fate: Fate) -> None:
    assert list(rule(failing(raised(ID, fate=fate), NOBODY))) == []


def test_quiet_in_an_outcome_that_passed() -> None:
    assert list(rule(passing(raised(ID), NOBODY))) == []
