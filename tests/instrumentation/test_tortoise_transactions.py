"""Tortoise's transactions: what each end settled, who asked for it, and savepoints."""

from __future__ import annotations

import pytest

from tests.instrumentation.tortoises import Traced, config_of, tortoise_version, trace

PROGRAM = """\
from start import *

@atomic()
async def decorated(fails):
    await Tag.create(label="decorated")  # here: in the function
    if fails:
        raise KeyError

async def asleep():
    async with in_transaction():  # here: cancelled block
        await Tag.create(label="late")
        await asyncio.sleep(20)

async def main():
    async with in_transaction():  # here: block
        tag = await Tag.create(label="kept")  # here: inside
        await Tag.filter(id=tag.id).update(label="more")
        await Tag.all()
    try:
        async with in_transaction():  # here: raised
            await Tag.create(label="lost")
            raise KeyError
    except KeyError:
        pass
    async with in_transaction() as own:
        await Tag.create(label="taken back", using_db=own)
        await own.rollback()  # here: rollback
    async with in_transaction() as own:
        await Tag.create(label="put", using_db=own)
        await own.commit()  # here: commit
        await Tag.create(label="after", using_db=own)  # here: after the end
    async with in_transaction() as own:
        try:
            await Tag.create(label="x", using_db=own)
            raise KeyError
        except KeyError:
            await own.rollback()  # here: rollback in except
    await decorated(False)  # here: decorated
    try:
        await decorated(True)
    except KeyError:
        pass
    async with in_transaction():
        await Tag.all()  # here: only read
    async with in_transaction():  # here: outer
        await Tag.create(label="outer")
        async with in_transaction():
            await Tag.create(label="released")
        try:
            async with in_transaction():
                await Tag.create(label="undone")  # here: undone
                raise KeyError
        except KeyError:
            pass
    async with in_transaction():  # here: gathering
        await asyncio.gather(*[Tag.create(label="g%d" % n) for n in range(3)])  # here: gathered
    task = asyncio.create_task(asleep())
    await asyncio.sleep(0.5)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass
    async with in_transaction() as own:
        await own.execute_query("UPDATE tag SET label = 'raw' WHERE id = 1")  # here: raw inside
    await Tag.create(label="plain")  # here: outside
    async def one():
        async with in_transaction():  # here: one
            await Tag.create(label="one")  # here: of one
            await asyncio.sleep(0.05)
    async def other():
        await asyncio.sleep(0.01)
        await Tag.create(label="other")  # here: of the other
    await asyncio.gather(one(), other())

run(main)
"""


@pytest.fixture(scope="module", params=["sqlite", "asyncpg", "psycopg"])
def traced(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres_server: str
) -> Traced:
    folder = tmp_path_factory.mktemp("transactions")
    if request.param == "sqlite":
        return trace(folder, PROGRAM)
    from tests import postgres

    with postgres.database(postgres_server) as url:
        return trace(folder, PROGRAM, config=config_of(url, request.param))


def test_a_block_commits_what_it_wrote(traced: Traced) -> None:
    assert traced.ends("block") == [("commit", "exit", 2)]
    end = traced.only("block", "transaction")
    inside = traced.only("inside")
    assert inside["transaction"] == end["id"]
    assert "durable" not in inside
    assert inside["id"] in end["writes"]
    assert end["statements"] == 3
    assert end["connection"] == inside["connection"]


def test_an_exception_rolls_back(traced: Traced) -> None:
    assert traced.ends("raised") == [("rollback", "exception", 1)]


def test_the_app_ends_a_transaction_by_itself(traced: Traced) -> None:
    assert traced.ends("rollback") == [("rollback", "app", 1)]
    assert "raised" not in traced.only("rollback", "transaction")
    assert traced.only("rollback in except", "transaction")["raised"] is True
    assert traced.ends("commit") == [("commit", "app", 1)]
    after = traced.only("after the end")
    assert after["transaction"] is None
    assert after["durable"]


def test_a_decorator_is_a_block_of_its_own(traced: Traced) -> None:
    kept, lost = traced.at("in the function")
    ends = {end["id"]: end for end in traced.child.of("transaction")}
    assert (ends[kept["transaction"]]["end"], ends[kept["transaction"]]["by"]) == ("commit", "exit")
    assert ends[lost["transaction"]]["end"] == "rollback"
    assert traced.at("decorated", "transaction") == [ends[kept["transaction"]]]


def test_a_transaction_that_only_read_has_no_line(traced: Traced) -> None:
    number = traced.only("only read")["transaction"]
    end = traced.child.one("transaction", id=number)
    assert (end["end"], end["by"], end["writes"]) == ("commit", "exit", [])


def test_savepoints_are_followed(traced: Traced) -> None:
    if tortoise_version() < (0, 23):  # had none: an inner block rolled back the outer one
        return
    assert traced.ends("outer") == [("commit", "exit", 2)]
    number = traced.only("outer", "transaction")["id"]
    points = traced.child.of("savepoint", transaction=number)
    assert [point["action"] for point in points] == ["begin", "release", "begin", "rollback"]
    assert points[-1]["writes"] == [traced.only("undone")["id"]]


def test_tasks_inside_of_a_block_are_in_its_transaction(traced: Traced) -> None:
    assert traced.ends("gathering") == [("commit", "exit", 3)]
    numbers = {found["transaction"] for found in traced.at("gathered")}
    assert numbers == {traced.only("gathering", "transaction")["id"]}


def test_a_cancelled_block_rolls_back(traced: Traced) -> None:
    assert traced.ends("cancelled block") == [("rollback", "exception", 1)]


def test_raw_sql_inside_of_a_block_is_settled_with_it(traced: Traced) -> None:
    raw = traced.only("raw inside")
    end = traced.child.one("transaction", id=raw["transaction"])
    assert end["writes"] == [raw["id"]]
    assert raw["source"] == "app"


def test_what_is_written_outside_is_durable_at_once(traced: Traced) -> None:
    outside = traced.only("outside")
    assert outside["durable"]
    assert outside["transaction"] is None


def test_another_task_is_not_in_the_transaction(traced: Traced) -> None:
    mine, other = traced.only("of one"), traced.only("of the other")
    assert mine["transaction"] is not None
    assert other["transaction"] is None
    assert traced.ends("one") == [("commit", "exit", 1)]
