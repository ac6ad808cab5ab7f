"""connection-context-mismatch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ormprobe_taxonomy.causes.database_runtime_error.connection_context_mismatch import ID, rule
from ormprobe_taxonomy.signals.connections import OutOfPlace
from ormprobe_taxonomy.terms import Link
from tests.taxonomy.made import BY_LINK, LINE, OTHER, failing, passing, raised

LOOP = OutOfPlace(error="e1", kind="loop", proven=True, engine=OTHER)


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_a_connection_of_another_event_loop(link: Link, certainty: str) -> None:
    [found] = rule(failing(raised(ID, link=link), LOOP))

    assert (found.certainty, found.variant, found.place) == (certainty, "event-loop", OTHER)


@pytest.mark.parametrize(("kind", "variant"), [("thread", "thread"), ("memory", "memory-database")])
def test_its_variants(kind: str, variant: str) -> None:
    [found] = rule(failing(raised(ID), replace(LOOP, kind=kind, engine=None)))

    assert (found.variant, found.place) == (variant, LINE)


def test_likely_where_the_opening_was_not_seen() -> None:
    for signals in ((raised(ID),), (raised(ID), replace(LOOP, proven=False))):
        [found] = rule(failing(*signals))

        assert found.certainty == "likely"
        assert found.needs


def test_quiet_for_its_look_alikes_and_where_nothing_failed() -> None:
    assert list(rule(failing(raised("concurrent-connection-use"), LOOP))) == []
    assert list(rule(failing(raised("schema-not-created"), LOOP))) == []
    assert list(rule(passing(raised(ID), LOOP))) == []
