"""data-layer-not-initialized."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ormprobe_taxonomy.causes.database_runtime_error.data_layer_not_initialized import ID, rule
from ormprobe_taxonomy.signals import Place
from ormprobe_taxonomy.signals.connections import NeverSetUp
from ormprobe_taxonomy.terms import Link
from tests.taxonomy.made import BY_LINK, LINE, failing, passing, raised

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
