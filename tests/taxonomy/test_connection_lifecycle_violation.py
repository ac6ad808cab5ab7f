"""connection-lifecycle-violation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ormprobe_taxonomy.causes.database_runtime_error.connection_lifecycle_violation import ID, rule
from ormprobe_taxonomy.signals import Place
from ormprobe_taxonomy.signals.connections import UsedClosed
from ormprobe_taxonomy.terms import Link
from tests.taxonomy.made import BY_LINK, LINE, OTHER, failing, passing, raised

CLOSED = UsedClosed(error="e1", kind="closed", closed=OTHER, used=LINE)


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_a_use_after_the_close(link: Link, certainty: str) -> None:
    [found] = rule(failing(raised(ID, link=link), CLOSED))

    assert (found.certainty, found.variant) == (certainty, "used-after-close")


def test_code_that_hands_out_what_it_closes_is_wrong_where_it_closes() -> None:
    [found] = rule(failing(raised(ID), CLOSED))

    assert found.place == OTHER


def test_code_that_closes_and_goes_on_is_wrong_where_it_goes_on() -> None:
    closed = Place(LINE.file, LINE.line - 2, LINE.function)

    [found] = rule(failing(raised(ID), replace(CLOSED, closed=closed)))

    assert found.place == LINE


def test_code_that_keeps_what_a_manager_closes_is_wrong_where_it_uses_it() -> None:
    [found] = rule(failing(raised(ID), replace(CLOSED, cleanup=True)))

    assert found.place == LINE


def test_a_second_beginning() -> None:
    again = replace(CLOSED, kind="again", closed=None)

    [found] = rule(failing(raised(ID), again))

    assert (found.certainty, found.variant, found.place) == ("certain", "begun-twice", LINE)


def test_likely_where_another_task_closed_it() -> None:
    [found] = rule(failing(raised(ID), replace(CLOSED, shared=True)))

    assert found.certainty == "likely"


def test_only_suspected_where_the_server_may_have_ended_it() -> None:
    for signals in ((raised(ID),), (raised(ID), replace(CLOSED, kind="unknown", closed=None))):
        [found] = rule(failing(*signals))

        assert found.certainty == "suspected"
        assert found.needs


def test_quiet_for_its_look_alikes_and_where_nothing_failed() -> None:
    assert list(rule(failing(raised("data-layer-not-initialized"), CLOSED))) == []
    assert list(rule(failing(raised("concurrent-connection-use"), CLOSED))) == []
    assert list(rule(passing(raised(ID), CLOSED))) == []


def test_without_the_line_of_the_close_or_the_use_it_is_not_certain() -> None:
    nowhere = UsedClosed(error="e1", kind="closed", closed=None, used=None)

    [found] = rule(failing(raised(ID, place=None), nowhere))

    assert found.certainty == "likely"
