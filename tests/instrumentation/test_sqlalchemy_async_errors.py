"""What errors carry in asyncio: loop and task, what was read, what was closed, busy or held."""

from __future__ import annotations

from typing import Any

import pytest

from tests.instrumentation.alchemy import Traced, trace

PROGRAM = """\
import asyncio, threading
from amodels import *
from sqlalchemy.pool import AsyncAdaptedQueuePool, NullPool

async def fails(awaitable):
    try:
        await awaitable
    except Exception:
        return
    raise AssertionError("nothing was raised")

def read(instance, name):
    try:
        getattr(instance, name)
    except exc.SQLAlchemyError:
        return
    raise AssertionError("nothing was raised")

async def greenlets():
    async with make_session() as s:
        author = await s.get(Author, 1)
        read(author, "books")  # here: lazy
        read(author, "biography")  # here: deferred
    async with async_sessionmaker(engine)() as s:
        book = await s.get(Book, 1)
        await s.commit()
        read(book, "title")  # here: expired
        read(book, "author")  # here: expired relation

async def closings():
    c = await engine.connect()
    await c.execute(select(1))
    await c.close()  # here: close
    await fails(c.execute(select(1)))  # here: after close
    async with engine.connect() as c:  # here: block
        await c.execute(select(1))
    await fails(c.execute(select(1)))  # here: after block
    async with engine.begin() as c:
        await c.execute(delete(Book).where(Book.id == 600))
        await c.commit()  # here: commit
        await fails(c.execute(select(1)))  # here: after commit
    async with make_session() as s, s.begin():
        await s.execute(delete(Book).where(Book.id == 600))
        await s.commit()  # here: session commit
        await fails(s.execute(select(1)))  # here: after session commit

async def sharing():
    apart = create_async_engine(engine.url, poolclass=NullPool)
    make = async_sessionmaker(apart)
    async with make() as s:
        async def one():
            return await s.execute(select(Author))  # here: one
        async def two():
            return await s.execute(select(Book))  # here: two
        found = await asyncio.gather(one(), two(), return_exceptions=True)
        assert sum(isinstance(each, Exception) for each in found) == 1
    async with make() as s:
        one, two = select(1), select(2)
        await asyncio.gather(s.scalar(one), s.scalar(two), return_exceptions=True)  # here: bare
    await apart.dispose()

async def exhausting():
    small = create_async_engine(
        engine.url, poolclass=AsyncAdaptedQueuePool, pool_size=2, max_overflow=1, pool_timeout=0.1
    )
    first = await small.connect()
    await first.execute(select(1))  # here: first
    await first.execute(select(1))  # here: last
    second = await small.connect()
    await second.execute(select(1))
    await second.close()
    second = await small.connect()
    third = AsyncSession(small)
    await third.execute(select(Author))  # here: session
    await fails(small.connect().start())  # here: exhausted
    async with engine.connect() as other:
        await other.execute(select(1))
        try:
            await small.connect()  # here: exhausted again
        except exc.TimeoutError:
            pass
    await first.close()
    await second.close()
    await third.close()
    await small.dispose()

async def refused():
    closed = create_async_engine("postgresql+asyncpg://u:p@127.0.0.1:1/x")
    try:
        async with closed.connect():  # here: refused
            pass
    except OSError:
        pass

async def main():
    await seed()
    await greenlets()
    await closings()
    await sharing()
    await exhausting()
    await refused()
    await engine.dispose()

def thread():
    other = sqlalchemy_engine("sqlite:///async.db")
    try:
        with other.connect() as c:
            c.execute(text("select nothing"))  # here: thread
    except exc.SQLAlchemyError:
        pass
    other.dispose()

from sqlalchemy import create_engine as sqlalchemy_engine
asyncio.run(main())
started = threading.Thread(target=thread)
started.start()
started.join()
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("async_errors"), PROGRAM)


@pytest.mark.parametrize(
    ("mark", "entity", "attribute", "access"),
    [
        ("lazy", "Author", "books", "lazy"),
        ("deferred", "Author", "biography", "deferred"),
        ("expired", "Book", "title", "expired"),
        ("expired relation", "Book", "author", "expired"),
    ],
)
def test_what_was_read_outside_of_a_greenlet(
    program: Traced, mark: str, entity: str, attribute: str, access: str
) -> None:
    error = program.error(mark, "MissingGreenlet")

    assert (error["entity"], error["attribute"], error["access"]) == (entity, attribute, access)
    assert error["parent"] == 1
    assert "call await" in error["message"]
    assert "<" not in error["message"], "nothing of it is anybody's data"


def test_an_error_has_its_loop_and_task(program: Traced) -> None:
    error = program.error("lazy", "MissingGreenlet")
    [opened, *_] = program.child.of("connection", action="open")

    assert error["loop"] == opened["loop"] > 0
    assert error["thread"] == opened["thread"]
    assert error["task"] > 0


def test_an_error_of_another_thread(program: Traced) -> None:
    error = program.error("thread", "OperationalError")

    assert error["loop"] == 0
    assert "task" not in error
    assert error["thread"] != program.error("lazy", "MissingGreenlet")["thread"]


@pytest.mark.parametrize(
    ("mark", "kind", "closed"),
    [
        ("after close", "ResourceClosedError", "close"),
        ("after block", "ResourceClosedError", "block"),
        ("after commit", "InvalidRequestError", "commit"),
        ("after session commit", "InvalidRequestError", "session commit"),
    ],
)
def test_where_it_had_been_closed(program: Traced, mark: str, kind: str, closed: str) -> None:
    error = program.error(mark, kind)

    assert error["closed"]["site"] in program.site(closed)
    assert error["closed"]["at"] <= error["at"]


def test_who_was_busy_with_the_session(program: Traced) -> None:
    [error] = program.child.of("error", code="isce")[:1]
    sites = {"one": program.site("one"), "two": program.site("two")}
    other = "two" if error["site"] in sites["one"] else "one"

    assert error["site"] in sites["one"] | sites["two"]
    assert error["busy"]["site"] in sites[other]
    assert error["busy"]["task"] != error["task"]


def test_tasks_that_run_a_library_s_own_coroutine(program: Traced) -> None:
    error = program.error("bare", "InvalidRequestError")

    assert error["site"] in program.site("bare")
    assert error["busy"]["site"] in program.site("bare")


@pytest.mark.parametrize("mark", ["exhausted", "exhausted again"])
def test_what_held_the_connections_of_a_pool(program: Traced, mark: str) -> None:
    error = program.error(mark, "TimeoutError")
    sites: list[Any] = [held.get("site") for held in error["held"]]

    assert error["code"] == "3o7r"
    assert len(sites) == 3, "those of another pool are no part of it"
    assert None in sites, "one was checked out anew, and nothing was done with it"
    [last, session] = [site for site in sites if site is not None]
    assert last in program.site("last")
    assert session in program.site("session")


def test_an_error_that_is_not_sqlalchemy_s_own(program: Traced) -> None:
    error = program.error("refused", "ConnectionRefusedError")

    assert error["module"] == "builtins"
    assert error["loop"] > 0
    assert program.fate(error) == ("caught", None)
