"""instance-session-mismatch."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.database_runtime_error.instance_session_mismatch import ID, rule
from ormprobe_taxonomy.terms import Fate, Link
from tests.taxonomy.made import BY_LINK, HANDLED, LINE, failing, passing, raised


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_a_refused_object_by_link(link: Link, certainty: str) -> None:
    [found] = rule(failing(raised(ID, link=link)))

    assert (found.cause, found.certainty, found.place) == (ID, certainty, LINE)


def test_each_refusal_is_a_finding() -> None:
    found = list(rule(failing(raised(ID), raised(ID, "e2"))))

    assert [each.errors for each in found] == [("e1",), ("e2",)]


@pytest.mark.parametrize("other", ["detached-instance-access", "concurrent-connection-use"])
def test_quiet_for_its_look_alikes(other: str) -> None:
    assert list(rule(failing(raised(other)))) == []


@pytest.mark.parametrize("fate", HANDLED)
def test_quiet_where_the_app_dealt_with_it(fate: Fate) -> None:
    assert list(rule(failing(raised(ID, fate=fate)))) == []


def test_quiet_in_an_outcome_that_passed() -> None:
    assert list(rule(passing(raised(ID)))) == []
