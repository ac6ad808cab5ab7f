"""concurrent-connection-use."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ormprobe_taxonomy.causes.database_runtime_error.concurrent_connection_use import ID, rule
from ormprobe_taxonomy.signals import Place
from ormprobe_taxonomy.signals.connections import Overlap
from ormprobe_taxonomy.terms import Link
from tests.taxonomy.made import BY_LINK, LINE, OTHER, failing, passing, raised

OVERLAP = Overlap(error="e1", others=True, other=OTHER)
GATHER = Place("shop/batch.py", 5, "run")


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_another_task_was_at_it(link: Link, certainty: str) -> None:
    [found] = rule(failing(raised(ID, link=link), OVERLAP))

    assert (found.certainty, found.place) == (certainty, LINE)


def test_the_line_that_starts_the_tasks_is_the_place() -> None:
    [found] = rule(failing(raised(ID), replace(OVERLAP, fan_out=GATHER)))

    assert found.place == GATHER


def test_likely_where_the_other_operation_was_the_tasks_own() -> None:
    alone = replace(OVERLAP, others=False, fan_out=GATHER)

    [found] = rule(failing(raised(ID), alone))

    assert (found.certainty, found.place) == ("likely", LINE)


def test_likely_from_the_message_alone() -> None:
    [found] = rule(failing(raised(ID)))

    assert found.certainty == "likely"
    assert found.needs


@pytest.mark.parametrize("other", ["connection-context-mismatch", "failed-transaction-reuse"])
def test_quiet_for_its_look_alikes(other: str) -> None:
    assert list(rule(failing(raised(other), OVERLAP))) == []


def test_quiet_for_the_echo_of_another_error() -> None:
    assert list(rule(failing(raised(ID, follows="e0"), OVERLAP))) == []


def test_quiet_where_nothing_failed() -> None:
    assert list(rule(passing(raised(ID), OVERLAP))) == []
