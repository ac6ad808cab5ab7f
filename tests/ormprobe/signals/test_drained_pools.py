"""Who held the connections of a pool that had none left."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ormprobe.signals.drained_pools import detect
from ormprobe.signals.known import Known
from ormprobe.signals.raised import detect as raised
from ormprobe.source import Source
from ormprobe.timeline.model import ConnectionUse, Error, Held, Site
from tests.ormprobe.signals.made import (
    APP,
    CALLER,
    PROCESS,
    connection,
    error,
    failed_test,
    failure,
    request,
)

TEXT = "QueuePool limit of size 2 overflow 0 reached, connection timed out, timeout 1.00"
LEAK = Site("shop/report.py", 5, "open_report")


def drained(*held: Held, **fields: Any) -> Error:
    told: dict[str, Any] = {"chain": (), "code": "3o7r", "held": held, "loop": 0, **fields}
    return error("TimeoutError", 50, TEXT, **told)


def out(number: int, site: Site | None = LEAK, scope: int | None = 2, ended: bool = True) -> Held:
    return Held(number, 10, site, scope, ended)


def test_the_line_that_most_leaked_ones_were_used_by(known: Known) -> None:
    held = (out(1), out(2), out(3, CALLER), out(4, CALLER, 9, False), out(5, CALLER, 9, False))

    [found] = detect(failed_test(errors=[drained(*held)]), known)

    assert (found.held, found.ended, found.holders, found.alone) == (5, 3, 2, None)
    assert found.holder is not None
    assert found.holder.function == "open_report"


def test_running_work_holds_them_all(known: Known) -> None:
    held = (out(1, ended=False), out(2, ended=False))

    [found] = detect(failed_test(errors=[drained(*held)]), known)

    assert (found.ended, found.holders) == (0, 2)


def test_a_request_that_holds_one_itself(known: Known) -> None:
    child = request(errors=[drained(out(1, scope=2, ended=False), scope=2)])

    [found] = detect(failed_test(child), known)

    assert found.alone == "caller"


@pytest.mark.parametrize(("line", "alone"), [(9, "caller"), (4, None)])
def test_a_function_that_holds_one_and_calls_for_another(
    known: Known, line: int, alone: str | None
) -> None:
    frames = (APP, replace(LEAK, line=line))

    [found] = detect(
        failed_test(errors=[drained(out(1, ended=False), frames=frames, loop=1)]), known
    )

    assert found.alone == alone


@pytest.mark.parametrize(("thread", "alone"), [(7, "thread"), (8, None)])
def test_a_thread_that_holds_them_all(known: Known, thread: int, alone: str | None) -> None:
    known.run.connections[PROCESS, 1] = connection(1, thread=7)
    known.run.connections[PROCESS, 2] = connection(2, thread=thread)
    held = (out(1, scope=1, ended=False), out(2, scope=1, ended=False))

    [found] = detect(failed_test(errors=[drained(*held, thread=7)]), known)

    assert found.alone == alone


def test_a_loop_runs_many_tasks_in_one_thread(known: Known) -> None:
    for number in (1, 2):
        known.run.connections[PROCESS, number] = connection(number, thread=7)
    held = (out(1, scope=1, ended=False), out(2, scope=1, ended=False))

    [found] = detect(failed_test(errors=[drained(*held, thread=7, loop=1)]), known)

    assert found.alone is None


@pytest.mark.parametrize(
    ("call", "sized"),
    [("create_engine(url,\n  pool_size=1)", True), ("create_engine(url, echo=True)", False)],
)
def test_an_engine_whose_size_the_app_sets(
    known: Known, tmp_path: Path, call: str, sized: bool
) -> None:
    (tmp_path / "db.py").write_text(f"engine = {call}\n")
    broke = drained(out(1, ended=False), engine_site=Site("db.py", 1, "<module>"))

    [found] = detect(failed_test(errors=[broke]), replace(known, source=Source(tmp_path)))

    assert (found.sized is not None) is sized


TAKES = """\
def ships(lights):
    for light in lights:
        taken = engine.connect()
        found = taken.scalars(light)
"""


@pytest.mark.parametrize(
    ("more", "alone"),
    [("", "function"), ("        taken.close()\n", None), ("    return taken\n", None)],
)
def test_a_function_that_never_closes_what_it_takes(
    known: Known, tmp_path: Path, more: str, alone: str | None
) -> None:
    (tmp_path / "log.py").write_text(TAKES + more)
    used = Site("log.py", 4, "ships")
    broke = drained(
        *(out(number, used, None, False) for number in (1, 2)),
        out(3, LEAK, None, False),
        site=Site("log.py", 3, "ships"),
    )

    [found] = detect(failed_test(errors=[broke]), replace(known, source=Source(tmp_path)))

    assert found.alone == alone


def left(scope: int, at: int, message: str = "NOT NULL constraint failed: users.name") -> Error:
    return error("IntegrityError", at, message, scope=scope, fate="propagated", site=APP)


def test_the_error_that_skipped_the_release_is_the_cause(known: Known) -> None:
    first, second = left(2, 20), left(3, 30)
    late = drained(out(1, scope=2), out(2, scope=3), scope=4)
    requests = [
        request(2, errors=[first], status=500),
        request(3, errors=[second], status=500),
        request(4, errors=[late], status=500),
    ]
    scope = failed_test(*requests, failures=[failure(late)])

    found = {each.key: each for each in raised(scope, known)}

    assert found["1-1/50"].follows == "1-1/20"
    assert found["1-1/20"].link == "chain"


def test_a_leak_without_an_error_has_no_other_cause(known: Known) -> None:
    late = drained(out(1, scope=2), out(2, scope=3), scope=4)
    requests = [request(2, errors=[left(2, 20)]), request(3), request(4, errors=[late])]

    found = {each.key: each for each in raised(failed_test(*requests), known)}

    assert found["1-1/50"].follows is None


def test_a_time_out_that_says_nothing_of_its_pool(known: Known) -> None:
    assert list(detect(failed_test(errors=[drained()]), known)) == []


def test_requests_that_all_wait_for_one_more(known: Known) -> None:
    held = (out(1, scope=2, ended=False), out(2, scope=3, ended=False))
    timeouts = [drained(*held, scope=number, number=number) for number in (2, 3, 4)]
    children = [request(error.scope or 0, errors=[error]) for error in timeouts]

    found = list(detect(failed_test(*children), known))

    assert [each.alone for each in found] == ["caller", "caller", "caller"]


def test_requests_that_wait_for_others_that_work(known: Known) -> None:
    held = (out(1, scope=4, ended=False), out(2, scope=5, ended=False))
    children = [request(2, errors=[drained(*held, scope=2)])]

    [found] = detect(failed_test(*children), known)

    assert found.alone is None


def test_the_line_that_took_it_by_name_and_not_what_used_it_last(
    known: Known, tmp_path: Path
) -> None:
    text = "def enter():\n    database.connect()\n\ndef look():\n    ask()\n"
    (tmp_path / "door.py").write_text(text)
    enter, look = Site("door.py", 2, "enter"), Site("door.py", 5, "look")
    taken = [
        ConnectionUse("1-1:3", number, 5, action, site=site)
        for number, action, site in ((1, "open", enter), (2, "checkout", enter), (3, "open", look))
    ]
    asked = request(errors=[drained(*(out(number, look) for number in (1, 2, 3)), scope=2)])
    asked.connections.extend(taken)

    [found] = detect(failed_test(asked), replace(known, source=Source(tmp_path)))

    assert found.holder is not None
    assert (found.holder.line, found.holders) == (2, 2)
