"""SQLAlchemy's asyncio: statements, loads and rows are named as in sync code."""

from __future__ import annotations

import pytest

from tests.instrumentation.alchemy import Traced, trace

PROGRAM = """\
import asyncio
from amodels import *
from sqlalchemy.orm import undefer

class Repository:
    def __init__(self, session):
        self.session = session

    async def find(self, number):
        found = await self.session.execute(select(Author).where(Author.id == number))  # here: find
        return found.scalar_one()

async def service(session):
    return await Repository(session).find(2)  # here: service

async def main():
    await seed()
    async with make_session() as s:
        await service(s)  # here: caller
        shelf = await s.get(Shelf, 1)  # here: get
        await shelf.awaitable_attrs.boxes  # here: awaitable
        author = (await s.scalars(select(Author).order_by(Author.id))).first()  # here: scalars
        await s.refresh(author)  # here: refresh
        await s.refresh(author, ["books"])  # here: refresh relation
        await s.run_sync(lambda _: author.biography)  # here: run_sync
        def deep(sync):
            return [len(a.books) for a in sync.scalars(select(Author))]  # here: inside
        await s.run_sync(deep)  # here: outside
        s.expire(author)
        await s.run_sync(lambda _: author.name)  # here: expired
        count = 0
        async for row in await s.stream_scalars(select(Book)):  # here: stream
            count += 1
        await asyncio.gather(s.scalar(select(func.count(Book.id))))  # here: gathered
        await asyncio.create_task(s.scalar(select(func.max(Book.id))))  # here: as a task
        await asyncio.wait_for(s.scalar(select(func.min(Book.id))), 5)  # here: waited for
        last = select(func.min(Book.id))
        await asyncio.wait_for(asyncio.shield(s.scalar(last)), 5)  # here: shielded
        await asyncio.wait([asyncio.create_task(s.scalar(last))])  # here: wait
    async with engine.connect() as c:
        await c.execute(select(Book.id))  # here: core
        async with c.stream(select(Book.id)) as result:  # here: core stream
            await result.fetchmany(4)
        await c.run_sync(lambda sync: sync.execute(select(Loan)))  # here: core run_sync
    maker = async_scoped_session(make_session, scopefunc=asyncio.current_task)
    await maker.scalar(select(func.count(Author.id)))  # here: scoped
    await maker.remove()
    s = make_session()
    author = await s.get(Author, 1)
    await s.close()  # here: closed
    try:
        author.books  # here: detached
    except exc.SQLAlchemyError:
        pass
    async with make_session() as s:  # here: block
        author = await s.get(Author, 1)
    try:
        author.books  # here: detached by a block
    except exc.SQLAlchemyError:
        pass
    async def use():
        async with make_session() as s:
            yield s
    from contextlib import asynccontextmanager
    async with asynccontextmanager(use)() as s:  # here: entered
        author = await s.get(Author, 1)
    try:
        author.books  # here: detached by a manager
    except exc.SQLAlchemyError:
        pass
    await engine.dispose()

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("async_loads"), PROGRAM)


@pytest.mark.parametrize(
    ("mark", "load"),
    [
        ("find", None),
        ("get", ("get", "Shelf", None)),
        ("awaitable", ("lazy", "Shelf", "boxes")),
        ("scalars", None),
        ("refresh", ("refresh", "Author", None)),
        ("run_sync", ("deferred", "Author", "biography")),
        ("expired", ("expired", "Author", "name")),
        ("stream", None),
        ("gathered", None),
        ("as a task", None),
        ("waited for", None),
        ("shielded", None),
        ("wait", None),
        ("core", None),
        ("core stream", None),
        ("core run_sync", None),
        ("scoped", None),
    ],
)
def test_one_statement_and_its_load(program: Traced, mark: str, load: object) -> None:
    assert program.loads(mark) == [load]


def test_loads_inside_a_synchronous_function(program: Traced) -> None:
    assert program.loads("inside") == [None] + [("lazy", "Author", "books")] * 2


def test_who_called(program: Traced) -> None:
    [found] = program.at("find")

    lines = [program.child.site(number)[1] for number in found["callers"]]

    assert lines[:2] == [program.line("service"), program.line("caller")]


@pytest.mark.parametrize(
    ("mark", "count"), [("stream", 6), ("scalars", 3), ("core", 0), ("core stream", 4)]
)
def test_rows_that_were_fetched(program: Traced, mark: str, count: int) -> None:
    assert program.count(mark) == count


@pytest.mark.parametrize(
    ("mark", "closed"),
    [
        ("detached", "closed"),
        ("detached by a block", "block"),
        ("detached by a manager", "entered"),
    ],
)
def test_where_an_instance_was_detached(program: Traced, mark: str, closed: str) -> None:
    error = program.error(mark, "DetachedInstanceError")

    assert error["detached"]["site"] in program.site(closed)
    assert (error["entity"], error["attribute"], error["access"]) == ("Author", "books", "lazy")
