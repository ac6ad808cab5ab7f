"""startup-connection-failure."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.server_startup_failure.startup_connection_failure import ID, rule
from ormprobe_taxonomy.signals import FirstConnection, Place
from ormprobe_taxonomy.terms import Link
from tests.taxonomy.made import BY_LINK, LINE, failing, passing, raised

ENGINE = Place("shop/db.py", 4, "<module>")


def first(connected_before: bool = False, engine: Place | None = ENGINE) -> FirstConnection:
    return FirstConnection(error="e1", connected_before=connected_before, engine=engine)


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_the_first_connection_blames_the_engine(link: Link, certainty: str) -> None:
    [found] = rule(failing(raised(ID, link=link), first()))

    assert (found.certainty, found.place) == (certainty, ENGINE)


def test_the_errors_own_line_where_no_engine_is_known() -> None:
    [found] = rule(failing(raised(ID), first(engine=None)))

    assert (found.certainty, found.place) == ("certain", LINE)


def test_likely_without_a_record_of_connections() -> None:
    [found] = rule(failing(raised(ID)))

    assert (found.certainty, found.needs) == ("likely", "the connections of the engine")


def test_quiet_where_the_engine_had_connected_before() -> None:
    assert list(rule(failing(raised(ID), first(connected_before=True)))) == []


@pytest.mark.parametrize(
    "other",
    ["connection-lifecycle-violation", "connection-pool-exhaustion", "schema-not-created"],
)
def test_quiet_for_its_look_alikes(other: str) -> None:
    assert list(rule(failing(raised(other), first()))) == []


def test_quiet_in_an_outcome_that_passed() -> None:
    assert list(rule(passing(raised(ID), first()))) == []


def test_what_cannot_be_begun_again_hangs_on_the_set_up_that_failed() -> None:
    from ormprobe_taxonomy.causes.database_runtime_error import connection_lifecycle_violation
    from ormprobe_taxonomy.signals.connections import UsedClosed

    again = UsedClosed(error="1-1/9", kind="again", closed=None, used=None, setup=True)
    error = raised("connection-lifecycle-violation", key="1-1/9")

    [first] = rule(failing(raised(ID, key="1-1/4")))
    [later] = connection_lifecycle_violation.rule(failing(error, again))

    assert first.carriers == later.carriers == ("setup|1-1",)
