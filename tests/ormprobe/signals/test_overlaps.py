"""Operations that met another one on their session or connection."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ormprobe.signals.known import Known
from ormprobe.signals.overlaps import detect
from ormprobe.signals.raised import detect as raised
from ormprobe.source import Source
from ormprobe.timeline.model import Busy, Error, Site
from tests.ormprobe.signals.made import APP, CALLER, TEST, error, failed_test, failure

TEXT = "This session is provisioning a new connection; concurrent operations are not permitted"
WORKER = Site("shop/batch.py", 9, "Batch.store")


def shared(message: str = TEXT, at: int = 50, **fields: Any) -> Error:
    told: dict[str, Any] = {
        "chain": (), "session": 9, "task": 2, "busy": Busy(CALLER, task=1, scope=1), **fields
    }  # fmt: skip
    return error("InvalidRequestError", at, message, **told)


def test_another_task_was_at_it(known: Known) -> None:
    [found] = detect(failed_test(errors=[shared()]), known)

    assert (found.error, found.others, found.fan_out) == ("1-1/50", True, None)
    assert found.other is not None
    assert found.other.line == CALLER.line


@pytest.mark.parametrize(
    ("busy", "others"),
    [
        (Busy(CALLER, task=2, scope=1), False),
        (Busy(CALLER, task=None, scope=3), True),
        (Busy(CALLER, task=None, scope=None), False),
    ],
)
def test_whose_operation_it_was(known: Known, busy: Busy, others: bool) -> None:
    [found] = detect(failed_test(errors=[shared(busy=busy)]), known)

    assert found.others is others


def test_the_line_that_starts_the_tasks(known: Known, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "batch.py").write_text(
        "class Batch:\n"
        "    async def run(self, items):\n"
        "        await asyncio.gather(*(self.store(item) for item in items))\n\n"
        "    async def store(self, item):\n"
        "        await self.session.execute(item)\n"
    )

    scope = failed_test(errors=[shared(frames=(APP, WORKER))])
    [found] = detect(scope, replace(known, source=Source(tmp_path)))

    assert found.fan_out is not None
    assert (str(found.fan_out), found.fan_out.function) == ("shop/batch.py:3", "Batch.run")


def test_what_the_session_says_next_is_an_echo(known: Known) -> None:
    first, later = shared(), shared("This transaction is closed", 60, busy=None)
    scope = failed_test(errors=[first, later], failures=[failure(first, later)])

    found = list(raised(scope, known))

    assert [each.follows for each in found] == [None, "1-1/50"]


def test_a_beginning_that_another_task_was_in_is_shared_use(known: Known) -> None:
    """`A transaction is already begun`, because another request began it."""
    begun = shared("A transaction is already begun on this Session.", frames=(APP, TEST))
    scope = failed_test(errors=[begun], failures=[failure(begun)])

    [found] = raised(scope, known)

    assert found.reading is not None
    assert found.reading.cause == "concurrent-connection-use"


def test_nothing_else_overlaps(known: Known) -> None:
    assert list(detect(failed_test(errors=[shared(busy=None)]), known)) == []
    assert list(detect(failed_test(errors=[error(busy=Busy(CALLER, 1))]), known)) == []


def test_what_python_raises_in_the_driver_of_a_shared_connection(known: Known) -> None:
    text = "readexactly() called while another coroutine is already waiting for incoming data"
    raised_here = replace(shared(text), type="RuntimeError", module="builtins", mro=())

    assert len(list(detect(failed_test(errors=[raised_here]), known))) == 1
    assert not list(detect(failed_test(errors=[replace(raised_here, busy=None)]), known))
