"""SQLAlchemy's asyncio: the app's own line across the greenlet, and who ended a transaction."""

from __future__ import annotations

import pytest

from tests.instrumentation.alchemy import Traced, trace

PROGRAM = """\
import asyncio, gc, itertools, warnings
from amodels import *
number = itertools.count(100)
insert = lambda: Author.__table__.insert().values(id=next(number), name="n%d" % next(number))
new = lambda: Author(id=next(number), name="m%d" % next(number))

async def main():
    await seed()
    s = make_session()
    s.add(new())
    await s.commit()  # here: commit
    s.add(new())
    await s.flush()
    await s.rollback()  # here: rollback
    s.add(new())
    await s.flush()
    await s.close()  # here: close
    async with make_session() as s:  # here: left open
        s.add(new())
        await s.flush()
    try:
        async with make_session() as s:  # here: left by an exception
            s.add(new())
            await s.flush()
            raise KeyError("x")
    except KeyError:
        pass
    s = make_session()
    try:
        s.add(new())
        await s.flush()
        raise KeyError("x")
    except KeyError:
        await s.close()  # here: closed in an except
    async with make_session.begin() as s:  # here: maker begin
        s.add(new())
    async with AsyncSession(engine) as s, s.begin():  # here: session begin
        s.add(new())
    try:
        async with make_session.begin() as s:  # here: maker begin broken
            s.add(new())
            await s.flush()
            raise KeyError("x")
    except KeyError:
        pass
    s = make_session()
    try:
        try:
            s.add(new())
            await s.flush()
            raise KeyError("x")
        finally:
            await s.rollback()  # here: rolled back for an exception
            await s.close()
    except KeyError:
        pass
    async with engine.begin() as c:  # here: engine begin
        await c.execute(insert())
    try:
        async with engine.begin() as c:  # here: engine begin broken
            await c.execute(insert())
            raise KeyError("x")
    except KeyError:
        pass
    async with engine.connect() as c:  # here: connection left open
        await c.execute(insert())
    c = await engine.connect()
    await c.execute(insert())
    await c.close()  # here: connection closed
    c = await engine.connect()
    await c.execute(insert())
    await c.commit()  # here: connection commit
    t = await c.begin()
    await c.execute(insert())
    await t.rollback()  # here: transaction rollback
    t = await c.begin()
    await c.execute(insert())
    await t.commit()  # here: transaction commit
    t = await c.begin()
    await c.execute(insert())
    await t.close()  # here: transaction close
    async with c.begin():  # here: transaction block
        await c.execute(insert())
    await c.close()
    s = make_session()
    def work(sync):
        sync.add(new())
        sync.commit()  # here: inside run_sync
    await s.run_sync(work)
    await s.close()
    maker = async_scoped_session(make_session, scopefunc=asyncio.current_task)
    maker.add(new())
    await maker.flush()
    await maker.remove()  # here: scoped remove
    async def cancelled():
        async with make_session() as s:  # here: cancelled
            s.add(new())
            await s.flush()
            await asyncio.sleep(60)
    task = asyncio.create_task(cancelled())
    await asyncio.sleep(0.2)
    task.cancel()
    await asyncio.wait([task])
    async def closing():
        s = make_session()
        s.add(new())
        await s.flush()
        await asyncio.create_task(s.close())  # here: close as a task
    await closing()
    async def dependency():
        async with make_session() as s:  # here: dependency
            yield s
    try:
        async for s in dependency():
            s.add(new())
            await s.flush()
    except KeyError:
        pass
    async def forget():
        s = make_session()
        s.add(new())
        await s.flush()  # here: forgotten
    await forget()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()
    await engine.dispose()

asyncio.run(main())
"""


ENDS = [
    ("commit", "commit", "app"),
    ("rollback", "rollback", "app"),
    ("close", "rollback", "close"),
    ("left open", "rollback", "exit"),
    ("left by an exception", "rollback", "exception"),
    ("closed in an except", "rollback", "exception"),
    ("rolled back for an exception", "rollback", "app"),
    ("maker begin", "commit", "exit"),
    ("session begin", "commit", "exit"),
    ("maker begin broken", "rollback", "exception"),
    ("engine begin", "commit", "exit"),
    ("engine begin broken", "rollback", "exception"),
    ("connection left open", "rollback", "exit"),
    ("connection closed", "rollback", "close"),
    ("connection commit", "commit", "app"),
    ("transaction rollback", "rollback", "app"),
    ("transaction commit", "commit", "app"),
    ("transaction close", "rollback", "close"),
    ("transaction block", "commit", "exit"),
    ("inside run_sync", "commit", "app"),
    ("scoped remove", "rollback", "close"),
    ("cancelled", "rollback", "exception"),
    ("close as a task", "rollback", "close"),
    ("dependency", "rollback", "exit"),
]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("async_ends"), PROGRAM)


@pytest.mark.parametrize(("mark", "end", "by"), ENDS)
def test_who_ended_a_transaction(program: Traced, mark: str, end: str, by: str) -> None:
    assert program.ends(mark) == [(end, by, 1)]


@pytest.mark.parametrize(
    ("mark", "raised"), [("rollback", None), ("rolled back for an exception", True)]
)
def test_whether_an_exception_was_on_its_way(
    program: Traced, mark: str, raised: bool | None
) -> None:
    [end] = program.at(mark, "transaction")

    assert end.get("raised") is raised


def test_a_forgotten_connection_is_lost(program: Traced) -> None:
    lost = program.only("forgotten", "connection")
    [end] = program.child.of("transaction", by="gc")

    assert lost["action"] == "lost"
    assert (end["end"], end["connection"]) == ("close", lost["id"])
    assert len(end["writes"]) == 1


def test_connections_know_their_loop(program: Traced) -> None:
    opened = program.child.of("connection", action="open")

    assert {event["loop"] for event in opened} == {1}
