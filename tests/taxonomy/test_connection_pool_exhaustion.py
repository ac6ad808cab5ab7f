"""connection-pool-exhaustion."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ormprobe_taxonomy.causes.database_runtime_error.connection_pool_exhaustion import ID, rule
from ormprobe_taxonomy.signals import Place
from ormprobe_taxonomy.signals.connections import PoolDrained
from ormprobe_taxonomy.terms import Link
from tests.taxonomy.made import BY_LINK, LINE, OTHER, failing, passing, raised

ENGINE = Place("shop/db.py", 4, "<module>")
LEAK = PoolDrained(error="e1", held=5, ended=5, alone=None, holder=OTHER, holders=5, sized=ENGINE)


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_a_leak(link: Link, certainty: str) -> None:
    [found] = rule(failing(raised(ID, link=link), LEAK))

    assert (found.certainty, found.variant, found.place) == (certainty, "leak", OTHER)


@pytest.mark.parametrize("alone", ["thread", "function"])
def test_a_thread_or_function_that_holds_them_all_leaks_too(alone: str) -> None:
    [found] = rule(failing(raised(ID), replace(LEAK, ended=0, alone=alone)))

    assert (found.variant, found.place) == ("leak", OTHER)


def test_a_request_that_holds_one_and_asks_for_another() -> None:
    [found] = rule(failing(raised(ID), replace(LEAK, ended=0, alone="caller")))

    assert (found.variant, found.place) == ("nested", LINE)


@pytest.mark.parametrize("held", [5, 0])
def test_who_only_waits_for_a_pool_drained_by_nested_use_is_not_to_blame(held: int) -> None:
    nested = replace(LEAK, ended=0, alone="caller")
    waits = replace(LEAK, error="e2", ended=0, held=held, holder=None, holders=0)
    waiter = raised(ID, key="e2", at_us=5, place=OTHER)

    [found] = rule(failing(waiter, raised(ID), nested, waits))

    assert (found.variant, found.place) == ("nested", LINE)


@pytest.mark.parametrize(("sized", "place"), [(ENGINE, ENGINE), (None, LINE)])
def test_more_work_than_connections(sized: Place | None, place: Place) -> None:
    [found] = rule(failing(raised(ID), replace(LEAK, ended=0, sized=sized)))

    assert (found.certainty, found.variant, found.place) == ("certain", "undersized", place)


def test_nothing_more_where_nobody_saw_who_holds_them() -> None:
    [found] = rule(failing(raised(ID), replace(LEAK, ended=0, holder=None, holders=0)))

    assert (found.certainty, found.variant, found.place) == ("certain", None, LINE)


def test_neither_where_some_had_ended() -> None:
    [found] = rule(failing(raised(ID), replace(LEAK, ended=2)))

    assert (found.variant, found.place) == (None, LINE)


def test_likely_from_the_time_out_alone() -> None:
    [found] = rule(failing(raised(ID)))

    assert (found.certainty, found.variant, found.place) == ("likely", None, LINE)
    assert found.needs


def test_quiet_for_the_echo_of_what_skipped_the_release() -> None:
    assert list(rule(failing(raised(ID, follows="e0"), LEAK))) == []


def test_quiet_for_its_look_alikes_and_where_nothing_failed() -> None:
    assert list(rule(failing(raised("write-conflict"), LEAK))) == []
    assert list(rule(passing(raised(ID), LEAK))) == []
