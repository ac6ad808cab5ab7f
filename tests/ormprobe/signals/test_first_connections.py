"""First connections: whether an engine had ever connected before it failed."""

from __future__ import annotations

from ormprobe.signals.first_connections import detect
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Error, Site
from ormprobe_taxonomy.signals import FirstConnection
from tests.ormprobe.signals.made import (
    APP,
    CALLER,
    PROCESS,
    connection,
    engine,
    error,
    failed_test,
)

ENGINE = Site("shop/db.py", 4, "<module>")


def refused(**fields: object) -> Error:
    return error("OperationalError", 50, "unable to open database file", **fields)


def one(known: Known, broke: Error) -> FirstConnection:
    [found] = detect(failed_test(errors=[broke]), known)
    return found


def test_the_first_connection_of_an_engine(known: Known) -> None:
    found = one(known, refused(engine_site=ENGINE))

    assert not found.connected_before
    assert found.engine is not None
    assert (found.engine.file, found.engine.line) == (ENGINE.path, ENGINE.line)
    assert (found.error, found.events) == ("1-1/50", ("1-1:50",))


def test_an_engine_that_had_connected(known: Known) -> None:
    known.run.connections[PROCESS, 1] = connection(1, 40, engine_site=ENGINE)
    assert one(known, refused(engine_site=ENGINE)).connected_before

    known.run.connections[PROCESS, 1] = connection(1, 60, engine_site=ENGINE)
    assert not one(known, refused(engine_site=ENGINE)).connected_before


def test_another_engine_or_process_does_not_count(known: Known) -> None:
    known.run.connections[PROCESS, 1] = connection(1, 40, engine_site=CALLER)
    known.run.connections["2-1", 1] = connection(1, 40, engine_site=ENGINE)

    assert not one(known, refused(engine_site=ENGINE)).connected_before


def test_without_its_engine_any_connection_counts(known: Known) -> None:
    known.run.connections[PROCESS, 1] = connection(1, 40, engine_site=None)

    assert one(known, refused()).connected_before


def test_the_engine_that_was_made_last_stands_in(known: Known) -> None:
    known.run.engines[PROCESS, 1] = engine(10, ENGINE)
    known.run.engines[PROCESS, 2] = engine(20, CALLER)
    known.run.engines[PROCESS, 3] = engine(60, APP)
    known.run.engines["2-1", 1] = engine(30, APP)

    found = one(known, refused())

    assert found.engine is not None
    assert found.engine.line == CALLER.line


def test_other_errors_are_not_about_connecting(known: Known) -> None:
    assert list(detect(failed_test(errors=[error()]), known)) == []
