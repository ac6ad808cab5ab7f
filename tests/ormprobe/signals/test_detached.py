"""Detached objects: where they were loaded, where their session ended, where they were used."""

from __future__ import annotations

from ormprobe.signals.detached import detect
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Detached, Error, Site, Statement
from ormprobe_taxonomy.signals import ObjectLeft
from tests.ormprobe.signals.made import APP, CALLER, TEST, detached, error, failed_test, read

CLOSED = Site("shop/store.py", 9, "find")
LATER = Site("shop/store.py", 12, "find")


def found_in(known: Known, broke: Error, *statements: Statement) -> list[ObjectLeft]:
    return list(detect(failed_test(errors=[broke], statements=list(statements)), known))


def one(known: Known, broke: Error, *statements: Statement) -> ObjectLeft:
    [found] = found_in(known, broke, *statements)
    return found


def lines(left: ObjectLeft) -> tuple[int | None, int | None, int | None]:
    places = (left.loaded, left.closed, left.accessed)
    return tuple(None if place is None else place.line for place in places)  # type: ignore[return-value]


def test_the_statement_that_returned_the_object(known: Known) -> None:
    broke = detached(parent=7, detached=Detached(9, CLOSED))

    found = one(known, broke, read(10, 7, session=9, site=CALLER), read(20, 8, session=9))

    assert lines(found) == (CALLER.line, CLOSED.line, APP.line)
    assert (found.error, found.entity) == ("1-1/50", "Order")
    assert found.events == ("1-1:10", "1-1:50")


def test_the_last_of_several_that_returned_it(known: Known) -> None:
    broke = detached(parent=7, detached=Detached(9, None))

    found = one(known, broke, read(10, 7, session=9), read(20, 7, session=9, site=CALLER))

    assert lines(found) == (CALLER.line, None, APP.line)


def test_else_the_last_statement_of_the_session_that_it_left(known: Known) -> None:
    broke = detached(parent=7, detached=Detached(9, CLOSED))

    found = one(known, broke, read(10, 1, session=9), read(20, 2, session=9, site=CALLER))

    assert lines(found)[0] == CALLER.line


def test_statements_of_other_sessions_and_later_ones_do_not_count(known: Known) -> None:
    broke = detached(parent=7, detached=Detached(9, CLOSED))

    assert one(known, broke, read(10, 7, session=8), read(60, 7, session=9)).loaded is None


def test_without_a_session_only_the_object_itself_counts(known: Known) -> None:
    broke = detached(parent=7)

    assert one(known, broke, read(10, 8)).loaded is None
    assert lines(one(known, broke, read(10, 7, site=CALLER))) == (CALLER.line, None, APP.line)


def test_code_that_closed_its_session_and_read_on(known: Known) -> None:
    broke = detached(detached=Detached(9, CLOSED), frames=(APP, LATER, TEST))

    assert lines(one(known, broke))[2] == LATER.line


def test_other_errors_say_nothing_of_objects(known: Known) -> None:
    assert found_in(known, error()) == []
    assert found_in(known, detached(entity=None)) == []
