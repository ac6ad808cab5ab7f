"""Connections that requests never gave back."""

from __future__ import annotations

from ormprobe.signals.kept_connections import detect
from ormprobe.signals.known import Known
from ormprobe.timeline.model import ConnectionUse, Site
from tests.ormprobe.signals.made import (
    APP,
    CALLER,
    PROCESS,
    TEST,
    connection,
    failed_test,
    process_scope,
    request,
)


def lost(number: int, site: Site | None = APP) -> ConnectionUse:
    return ConnectionUse(f"1-1:{number}", number, 50, "lost", site=site)


def test_what_a_request_dropped(known: Known) -> None:
    scope = failed_test(request(connections=[lost(1), lost(2), lost(3, CALLER)]))

    found = list(detect(scope, known))

    assert [(each.place.line, each.count, each.lost) for each in found] == [
        (APP.line, 2, True), (CALLER.line, 1, True)
    ]  # fmt: skip


def test_what_a_script_or_test_drops_is_its_own_affair(known: Known) -> None:
    assert list(detect(failed_test(connections=[lost(1)]), known)) == []
    assert list(detect(process_scope(connections=[lost(1)]), known)) == []
    assert list(detect(failed_test(request(connections=[lost(1, TEST)])), known)) == []


def test_what_is_still_out_when_the_process_ends(known: Known) -> None:
    for number in (1, 2):
        found = connection(number)
        found.kept = (f"1-1:{number}h", 50, CALLER)
        known.run.connections[PROCESS, number] = found

    [kept] = detect(process_scope(), known)

    assert (kept.place.line, kept.count, kept.lost) == (CALLER.line, 2, False)
    assert kept.events == ("1-1:1h", "1-1:2h")


def test_quiet_while_the_process_runs_and_for_what_came_back(known: Known) -> None:
    known.run.connections[PROCESS, 1] = connection(1)
    assert list(detect(process_scope(), known)) == []

    known.run.connections[PROCESS, 1].kept = ("1-1:1h", 50, CALLER)
    assert list(detect(process_scope(last=False), known)) == []
    assert list(detect(failed_test(), known)) == []
