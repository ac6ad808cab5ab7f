"""detached-instance-access."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.database_runtime_error.detached_instance_access import ID, rule
from ormprobe_taxonomy.signals import ObjectLeft, Place
from ormprobe_taxonomy.terms import Link
from tests.taxonomy.made import BY_LINK, LINE, OTHER, failing, passing, raised

LOADED = Place("shop/store.py", 3, "find")
CLOSED = Place("shop/store.py", 9, "find")
SHUT = Place("shop/session.py", 30, "dispose")


def left(
    loaded: Place | None = LOADED, closed: Place | None = CLOSED, accessed: Place | None = OTHER
) -> ObjectLeft:
    return ObjectLeft(error="e1", entity="Order", loaded=loaded, closed=closed, accessed=accessed)


@pytest.mark.parametrize(
    ("signal", "place"),
    [
        (left(), LOADED),  # the function that handed the object out
        (left(closed=SHUT), SHUT),  # closed by somebody else
        (left(accessed=Place("shop/store.py", 12, "find")), Place("shop/store.py", 12, "find")),
        (left(closed=None), LOADED),
        (left(loaded=None), CLOSED),
        (left(loaded=None, closed=None), OTHER),
        (left(None, None, None), LINE),
    ],
)
def test_where_the_object_went_out(signal: ObjectLeft, place: Place) -> None:
    [found] = rule(failing(raised(ID, entity="Order"), signal))

    assert found.place == place


def test_one_function_of_that_name_in_another_file_is_not_the_same() -> None:
    elsewhere = Place("shop/other.py", 12, "find")

    [found] = rule(failing(raised(ID), left(accessed=elsewhere)))

    assert found.place == LOADED


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_certainty_comes_from_the_link(link: Link, certainty: str) -> None:
    [found] = rule(failing(raised(ID, link=link), left()))

    assert found.certainty == certainty


def test_likely_where_the_session_is_not_known() -> None:
    [found] = rule(failing(raised(ID)))

    assert (found.certainty, found.place) == ("likely", LINE)
    assert found.needs == "the session that the object had left"


def test_the_session_of_another_error_does_not_count() -> None:
    [found] = rule(failing(raised(ID, "e2"), left()))

    assert found.certainty == "likely"
    assert found.place == LINE


@pytest.mark.parametrize("other", ["async-implicit-io", "instance-session-mismatch"])
def test_quiet_for_its_look_alikes(other: str) -> None:
    assert list(rule(failing(raised(other), left()))) == []


def test_quiet_in_an_outcome_that_passed() -> None:
    assert list(rule(passing(raised(ID), left()))) == []
