"""Dropped changes: instances that a session let go of before it had written them."""

from __future__ import annotations

import pytest

from ormprobe.signals.dropped_changes import detect
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Scope, Session, Site, Statement
from ormprobe_taxonomy.signals import WriteLost
from tests.ormprobe.signals.made import (
    APP,
    CALLER,
    TEST,
    check,
    error,
    failed_test,
    read,
    request,
    statement,
)


def ended(end: str = "close", at: int = 100, **fields: object) -> Session:
    told = {"site": CALLER, "added": APP, "new": ("Order",), **fields}
    return Session(9, "1-1:s", at, end, **told)  # type: ignore[arg-type]


def detected(known: Known, session: Session, *others: Statement, **fields: object) -> WriteLost:
    [found] = detect(failed_test(sessions=[session], statements=list(others), **fields), known)
    return found


@pytest.mark.parametrize("end", ["close", "gc"])
def test_a_new_instance_that_was_never_sent(known: Known, end: str) -> None:
    found = detected(known, ended(end))

    assert (found.end, found.by, found.explicit) == ("dropped", end, True)
    assert (found.tables, found.writes, found.kept_on) == (("orders",), 1, True)
    assert found.place is not None
    assert found.place.line == APP.line
    assert found.ended is not None
    assert found.ended.line == CALLER.line
    assert (found.session, found.events) == ("1-1/9", ("1-1:s",))


def test_a_deleted_instance_is_explicit_and_a_changed_one_is_not(known: Known) -> None:
    deleted = detected(known, ended(new=(), deleted=("Order",)))
    changed = detected(known, ended(new=(), dirty=("Buyer.name",)))

    assert (deleted.explicit, deleted.tables) == (True, ("orders",))
    assert (changed.explicit, changed.tables) == (False, ("buyers",))


def test_what_is_dropped_by_a_preview_was_rehearsed(known: Known) -> None:
    preview = Site(APP.path, APP.line, "preview_order")

    assert detected(known, ended(added=preview)).rehearsal
    assert not detected(known, ended()).rehearsal


def test_an_exception_that_ended_the_session_is_no_loss(known: Known) -> None:
    assert list(detect(failed_test(sessions=[ended("exception")]), known)) == []


def test_entities_of_no_mapping_are_not_told(known: Known) -> None:
    assert list(detect(failed_test(sessions=[ended(new=("Stranger",))]), known)) == []
    assert list(detect(failed_test(sessions=[ended(new=())]), known)) == []


def test_the_place_falls_back_to_the_sessions_last_line(known: Known) -> None:
    loaded = read(50, 1, session=9, site=CALLER)
    found = detected(known, ended(added=None, site=APP), loaded, read(60, 1, session=8))
    bare = detected(known, ended(added=None, site=APP))

    assert found.place is not None
    assert found.place.line == CALLER.line
    assert bare.place is not None
    assert bare.place.line == APP.line


@pytest.mark.parametrize(
    ("text", "at", "tables"),
    [
        ("SELECT id FROM orders", 200, ("orders",)),
        ("SELECT id FROM buyers", 200, ()),
        ("SELECT id FROM orders", 50, ()),
        ("SELECT id FROM orders", 950, ()),
        ("INSERT INTO orders VALUES (?)", 200, ()),
    ],
)
def test_what_read_the_table_later(
    known: Known, text: str, at: int, tables: tuple[str, ...]
) -> None:
    later = statement(text, at, session=8)

    assert detected(known, ended(), later, checks=[check(900)]).read == tables


def test_an_error_of_the_session_ended_the_work(known: Known) -> None:
    assert not detected(known, ended(), errors=[error(session=9)]).kept_on
    assert detected(known, ended(), errors=[error(session=8)]).kept_on
    assert detected(known, ended(), errors=[error(at=150, session=9)]).kept_on


def in_request(status: int, **fields: object) -> Scope:
    return failed_test(request(2, status=status, sessions=[ended(**fields)]))


def test_the_answer_of_the_request_that_dropped_them(known: Known) -> None:
    [kept] = detect(in_request(201), known)
    [refused] = detect(in_request(409), known)

    assert (kept.answered, kept.method, kept.kept_on) == (201, "POST", True)
    assert (refused.answered, refused.kept_on) == (409, False)


def test_what_a_test_adds_or_closes_itself_is_the_harness(known: Known) -> None:
    assert detected(known, ended(added=TEST)).harness
    assert detected(known, ended(site=TEST)).harness
    assert not detected(known, ended()).harness

    [found] = detect(in_request(201, site=TEST), known)
    assert not found.harness
