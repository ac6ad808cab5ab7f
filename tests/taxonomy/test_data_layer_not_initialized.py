"""data-layer-not-initialized."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ormprobe_taxonomy.causes.database_runtime_error.data_layer_not_initialized import ID, rule
from ormprobe_taxonomy.signals import Place
from ormprobe_taxonomy.signals.connections import NeverSetUp
from ormprobe_taxonomy.terms import Layer, Link
from ormprobe_taxonomy.upstream import rank
from tests.taxonomy.made import BY_LINK, LINE, OTHER, failing, passing, raised

SETTER = Place("shop/db.py", 12, "start")
EMPTY = NeverSetUp(
    error="e1", name="factory", empty=Place("shop/db.py", 3, "<module>"), setter=SETTER
)


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_a_factory_that_nothing_had_made(link: Link, certainty: str) -> None:
    [found] = rule(failing(raised(ID, link=link), EMPTY))

    assert (found.certainty, found.place) == (certainty, LINE)
    assert EMPTY.says == (
        "factory is empty at first (shop/db.py:3) and is set by start (shop/db.py:12), "
        "which had not run"
    )


def test_a_session_without_an_engine() -> None:
    [found] = rule(failing(raised(ID, type="UnboundExecutionError")))

    assert found.certainty == "certain"


def test_likely_where_the_apps_own_guard_says_so() -> None:
    for signals in ((replace(EMPTY, guarded=True),), ()):
        [found] = rule(failing(raised(ID), *signals))

        assert found.certainty == "likely"
        assert found.needs


def test_quiet_for_its_look_alikes_and_where_nothing_failed() -> None:
    assert list(rule(failing(raised("startup-connection-failure"), EMPTY))) == []
    assert list(rule(passing(raised(ID), EMPTY))) == []


@pytest.mark.parametrize(("before", "certainty"), [(False, "certain"), (True, "likely")])
def test_the_orm_says_it_itself(before: bool, certainty: str) -> None:
    told = NeverSetUp(error="e1", name="", empty=None, setter=None, refused=True, before=before)

    [found] = rule(failing(raised(ID), told))

    assert found.certainty == certainty
    assert told.says.startswith("the ORM itself said")


REFUSED = NeverSetUp(error="p:1/1", name="", empty=None, setter=None, refused=True)


def test_the_first_use_of_what_nobody_set_up_explains_the_later_ones() -> None:
    first = raised(ID, key="p:1/1", link=Link.EARLIER)
    later = raised(ID, key="p:1/2", at_us=20, place=OTHER, entity="Card", link=Link.ANSWER)
    signals = (REFUSED, replace(REFUSED, error="p:1/2"))

    ranked = rank(list(rule(failing(later, first, *signals))), lambda found: Layer.STARTUP)

    assert ranked.primary is not None
    assert (ranked.primary.place, ranked.primary.certainty) == (LINE, "certain")
    assert ranked.causes == ((), (0,))


@pytest.mark.parametrize(
    ("first", "signal"),
    [
        ({"entity": "Menu"}, {}),  # one model lacks it, perhaps not the next
        ({"type": "ConnectionDoesNotExist"}, {}),  # of that name
        ({"key": "p:2/1"}, {"error": "p:2/1"}),
        ({}, {"before": True}),
    ],
)
def test_a_use_of_something_else_explains_nothing(
    first: dict[str, object], signal: dict[str, object]
) -> None:
    one = raised(ID, **{"key": "p:1/1", "link": Link.EARLIER, **first})  # type: ignore[arg-type]
    later = raised(ID, key="p:1/2", at_us=20, place=OTHER, entity="Card", link=Link.ANSWER)
    signals = (replace(REFUSED, **signal), replace(REFUSED, error="p:1/2"))  # type: ignore[arg-type]

    found = list(rule(failing(one, later, *signals)))

    assert [each.echoes for each in found] == [(), ()]
