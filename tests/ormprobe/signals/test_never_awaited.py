"""Coroutines of the data layer that nobody awaited."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ormprobe.signals.known import Known
from ormprobe.signals.never_awaited import detect
from ormprobe.source import Source
from ormprobe.timeline.model import Failure, Link, Site, Unawaited
from ormprobe_taxonomy.signals.connections import NeverAwaited
from tests.ormprobe.signals.made import TEST, failed_test, statement, table

SOURCE = """\
async def store(session, item):
    session.add(item)
    await session.commit()

async def notify(item):
    await asyncio.sleep(item)

async def listed(session):
    found = session.execute(select(Item))
    return found.scalars().all()

async def saved(session, item):
    session.execute(insert(Item).values(name=item))
    store(session, item)
    notify(item)

async def counted(session, item):
    found = session.scalar(select(Item))
    if found is None:
        found = Item()
    found.count += 1
"""


@pytest.fixture
def known(known: Known, tmp_path: Path) -> Known:
    (tmp_path / "shop.py").write_text(SOURCE)
    return replace(known, source=Source(tmp_path))


def dropped(name: str, line: int = 2, module: str = "sqlalchemy.ext.asyncio.session") -> Unawaited:
    return Unawaited("1-1:40", 40, name, module, Site("shop.py", line, "saved"))


def of(known: Known, unawaited: Unawaited) -> NeverAwaited:
    [found] = detect(failed_test(unawaited=[unawaited]), known)
    return found


def test_a_query_that_wanted_to_be_executed_wanted_no_await(known: Known) -> None:
    query = dropped("Model.update", module="peewee")
    query.wants = "execute"

    assert list(detect(failed_test(unawaited=[query]), known)) == []
    assert of(known, dropped("Model.update", module="peewee")).effect == "write"


@pytest.mark.parametrize(
    ("name", "line", "effect"),
    [
        ("AsyncSession.commit", 2, "settle"),
        ("AsyncSession.flush", 2, "settle"),
        ("AsyncSession.close", 2, "release"),
        ("AsyncSession.delete", 2, "write"),
        ("AsyncSession.execute", 13, "write"),
        ("AsyncSession.execute", 9, "read"),
        ("AsyncSession.scalar", 2, "read"),
    ],
)
def test_what_a_coroutine_of_the_library_would_have_done(
    known: Known, name: str, line: int, effect: str
) -> None:
    found = of(known, dropped(name, line))

    assert (found.effect, found.known, found.expected) == (effect, True, False)
    assert found.place is not None
    assert found.place.line == line


def test_a_function_of_the_app_that_writes(known: Known) -> None:
    found = of(known, dropped("store", 14, "shop"))

    assert (found.name, found.effect, found.known) == ("store", "write", True)


def test_a_function_of_the_app_that_sends_nothing(known: Known) -> None:
    assert not of(known, dropped("notify", 15, "shop")).known


def test_what_a_test_dropped_was_meant(known: Known) -> None:
    found = of(known, replace(dropped("AsyncSession.commit"), site=TEST))

    assert found.expected


def test_what_an_exception_kept_from_its_await(known: Known) -> None:
    """`early = store(...)`, an exception, and no turn for `await early`; or `store(...)` alone."""
    early = dropped("store", 14, "shop")
    at_once = replace(early, frames=(Site("shop.py", 14, "saved"), TEST))
    for unawaited, expected in ((early, True), (at_once, False)):
        scope = failed_test(unawaited=[unawaited], failures=[used("no such thing", 6)])

        [found] = detect(scope, known)

        assert found.expected is expected


def used(message: str, line: int) -> Failure:
    site = Site("shop.py", line, "listed")
    link = Link("AttributeError", ("AttributeError",), message, "builtins", frames=(site, TEST))
    return Failure("1-1:90f", 90, "call", (link,))


def test_the_call_that_made_what_was_used(known: Known) -> None:
    failure = used("'coroutine' object has no attribute 'scalars'", 10)

    [found] = detect(failed_test(failures=[failure]), known)

    assert (found.error, found.name, found.known) == ("1-1:90f", "execute", True)
    assert str(found.place) == "shop.py:9"


@pytest.mark.parametrize(
    "failure",
    [
        used("'coroutine' object has no attribute 'name'", 6),
        used("'list' object has no attribute 'scalars'", 10),
    ],
)
def test_quiet_for_other_coroutines_and_errors(known: Known, failure: Failure) -> None:
    assert list(detect(failed_test(failures=[failure]), known)) == []


def test_a_later_assignment_in_a_branch_that_was_not_taken(known: Known) -> None:
    link = Link(
        type="AttributeError",
        module="builtins",
        mro=("AttributeError", "Exception"),
        message="'coroutine' object has no attribute 'count'",
        frames=(Site("shop.py", 21, "counted"),),
    )

    [found] = detect(failed_test(failures=[Failure("1-1:50", 50, "call", (link,))]), known)

    assert (found.name, found.known) == ("scalar", True)
    assert found.place is not None
    assert found.place.line == 18


HANDED_ON = """\
async def named(session, name):
    found = session.scalar(select(Item).where(Item.name == name))
    return found

async def known(session, name):
    return await session.scalar(select(Item).where(Item.name == name))

def shown(item):
    return item.title
"""


def used_as_its_result(known: Known, folder: Path, source: str) -> list[NeverAwaited]:
    (folder / "shop.py").write_text(source)
    message = "'coroutine' object has no attribute 'title'"
    link = Link("AttributeError", ("AttributeError",), message, "builtins")
    link.frames = (Site("shop.py", 9, "shown"), TEST)
    failure = Failure("1-1:90f", 90, "call", (link,))
    lost = Unawaited("1-1:95", 95, "AsyncSession.scalar", "sqlalchemy.ext.asyncio.session")
    return [found for found in detect(failed_test(failures=[failure], unawaited=[lost]), known)
            if found.error is not None]  # fmt: skip


def test_a_coroutine_that_another_function_used(known: Known, tmp_path: Path) -> None:
    [found] = used_as_its_result(known, tmp_path, HANDED_ON)

    assert (found.name, str(found.place), found.known) == ("scalar", "shop.py:2", True)


def test_of_two_such_calls_neither_is_blamed(known: Known, tmp_path: Path) -> None:
    twice = HANDED_ON.replace("return await session", "return session")

    assert used_as_its_result(known, tmp_path, twice) == []


@pytest.mark.parametrize(
    ("text", "at", "felt"),
    [
        ("SELECT id FROM items", 60, True),
        ("SELECT id FROM items", 30, False),
        ("SELECT id FROM orders", 60, False),
        ("UPDATE items SET id = 1", 60, False),
    ],
)
def test_whether_what_it_was_to_change_was_read(
    known: Known, text: str, at: int, felt: bool
) -> None:
    known.run.tables["items"] = table("items", "id")
    scope = failed_test(
        unawaited=[dropped("AsyncSession.execute", 13)], statements=[statement(text, at)]
    )

    [found] = detect(scope, known)

    assert (found.effect, found.felt) == ("write", felt)
