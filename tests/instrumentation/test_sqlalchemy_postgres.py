"""SQLAlchemy on PostgreSQL, through each driver: what is recorded is what it is on SQLite."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation import test_sqlalchemy_async_ends as async_ends
from tests.instrumentation.alchemy import Traced, trace
from tests.postgres import with_driver

SYNC = """\
from models import *
seed()
with make_session() as s:
    authors = s.execute(select(Author).order_by(Author.id)).scalars().all()  # here: select
    s.execute(update(Author).where(Author.id < 3).values(name=Author.name + "x"))  # here: update
    s.execute(delete(Loan).where(Loan.days > 100))  # here: none
    s.add_all([Author(id=50 + n, name="n%d" % n) for n in range(5)])
    s.flush()  # here: many
    s.add(Loan(book_id=1, member="carl", days=3))
    nested = s.begin_nested()
    s.add(Author(id=80, name="nested"))
    s.flush()  # here: in savepoint
    nested.rollback()
    s.commit()  # here: commit
    returning = insert(Author).values(id=90, name="returned").returning(Author.id)
    assert s.execute(returning).scalar() == 90  # here: returning
    for book in s.scalars(select(Book), execution_options={"yield_per": 2}):  # here: stream
        pass
    authors[0].books  # here: lazy
    s.add(Author(id=1, name="twice"))
    try:
        s.flush()  # here: duplicate
    except exc.IntegrityError:
        s.rollback()
    try:
        s.execute(text("select * from nowhere"))  # here: missing
    except exc.ProgrammingError:
        pass
    try:
        s.execute(text("select 1"))  # here: aborted
    except exc.DBAPIError:
        s.rollback()
with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
    c.execute(update(Author).where(Author.id == 2).values(name="auto"))  # here: autocommit
with engine.connect() as c:
    streamed = {"stream_results": True}
    found = c.execute(select(Book.id), execution_options=streamed)  # here: server side
    found.fetchmany(4)
    found.close()
    c.execute(text("insert into loan values (1, 'raw', 2)"))  # here: text
with engine.begin() as c:  # here: block
    c.execute(text("delete from loan"))  # here: all
"""


@pytest.fixture(params=["psycopg", "psycopg2"])
def program(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Traced:
    return trace(tmp_path, SYNC, env={"TEST_URL": with_driver(database, request.param)})


def test_what_is_recorded_of_synchronous_code(program: Traced) -> None:
    statements_and_their_rows(program)
    errors_and_their_states(program)
    transactions_and_their_ends(program)


def statements_and_their_rows(program: Traced) -> None:
    [opened] = program.child.of("connection", action="open")
    assert opened["db.system.name"] == "postgresql"
    assert program.entities("select") == [("Author", 3)]
    assert program.count("stream") == 6
    assert program.count("server side") == 4
    assert program.loads("lazy") == [("expired", "Author", "id"), ("lazy", "Author", "books")]
    affected = {
        mark: [found["affected"] for found in program.at(mark) if "affected" in found]
        for mark in ("update", "none", "in savepoint", "returning", "autocommit", "text", "all")
    }
    assert affected == {
        "update": [2],
        "none": [0],
        "in savepoint": [1],
        "returning": [1],
        "autocommit": [1],
        "text": [1],
        "all": [3],
    }
    assert program.only("many")["many"] == 5
    assert program.only("autocommit")["durable"] is True
    verbs = {sql["db.query.text"].lower() for sql in program.child.of("sql")}
    assert not [text for text in verbs if "version()" in text], "the dialect asks for itself"


def errors_and_their_states(program: Traced) -> None:
    states = {
        "duplicate": ("IntegrityError", "23505"),
        "missing": ("ProgrammingError", "42P01"),
        "aborted": ("InternalError", "25P02"),
    }
    for mark, (kind, state) in states.items():
        error = program.error(mark, kind)
        assert error["db.response.status_code"] == state
    assert "author_pkey" in program.error("duplicate", "IntegrityError")["message"]
    assert "twice" not in str(program.child.events)


def transactions_and_their_ends(program: Traced) -> None:
    [commit] = program.at("commit", "transaction")
    [undone] = program.child.of("savepoint", action="rollback")
    assert len(commit["writes"]) == len(set(commit["writes"]))
    assert len(undone["writes"]) == 1
    assert not set(undone["writes"]) & set(commit["writes"])
    assert program.ends("commit")[0][:2] == ("commit", "app")
    assert program.ends("duplicate") == [("rollback", "exception", 1)]
    assert program.ends("block") == [("commit", "exit", 1)]


ASYNC = """\
import asyncio
from amodels import *

async def main():
    await seed()
    async with make_session() as s:
        longer = update(Author).where(Author.id < 3).values(name=Author.name + "x")
        await s.execute(longer)  # here: update
        s.add_all([Author(id=50 + n, name="n%d" % n) for n in range(5)])
        await s.flush()  # here: many
        returning = insert(Author).values(id=90, name="returned").returning(Author.id)
        assert await s.scalar(returning) == 90  # here: returning
        async for book in await s.stream_scalars(select(Book)):  # here: stream
            pass
        nested = await s.begin_nested()
        s.add(Author(id=80, name="nested"))
        await s.flush()  # here: in savepoint
        await nested.rollback()
        await s.commit()  # here: commit
        s.add(Author(id=1, name="twice"))
        try:
            await s.flush()  # here: duplicate
        except exc.IntegrityError:
            await s.rollback()
        author = await s.get(Author, 1)
        try:
            author.books  # here: outside
        except exc.SQLAlchemyError:
            pass
    async with make_session() as s:
        await s.execute(select(1))
        async def slow():
            await s.execute(select(func.pg_sleep(0.3)))  # here: slow
        async def hasty():
            await s.commit()  # here: hasty
        await asyncio.gather(slow(), hasty(), return_exceptions=True)
    async with engine.connect() as c:
        c = await c.execution_options(isolation_level="AUTOCOMMIT")
        other = update(Author).where(Author.id == 2).values(name="auto")
        await c.execute(other)  # here: autocommit

async def elsewhere():
    async with make_session() as s:
        await s.execute(select(1))  # here: elsewhere

asyncio.run(main())
try:
    asyncio.run(elsewhere())
except Exception:
    print("refused")
"""


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
def test_what_is_recorded_of_asyncio(database: str, tmp_path: Path, driver: str) -> None:
    env = {"TEST_ASYNC_URL": with_driver(database, driver)}

    program = trace(tmp_path, ASYNC, env=env)

    opened = program.child.of("connection", action="open")[0]
    assert (opened["db.system.name"], opened["loop"]) == ("postgresql", 1)
    assert program.only("update")["affected"] == 2
    assert program.only("returning")["affected"] == 1
    assert program.only("many")["many"] == 5
    assert program.only("autocommit")["durable"] is True
    assert program.count("stream") == 6
    [commit] = program.at("commit", "transaction")
    assert (commit["end"], commit["by"], len(commit["writes"])) == ("commit", "app", 3)
    [undone] = program.child.of("savepoint", action="rollback")
    assert len(undone["writes"]) == 1
    error = program.error("duplicate", "IntegrityError")
    assert error["db.response.status_code"] == "23505"
    assert "author_pkey" in error["message"]
    missing = program.error("outside", "MissingGreenlet")
    assert (missing["entity"], missing["attribute"], missing["access"]) == (
        "Author", "books", "lazy",
    )  # fmt: skip


def test_two_at_once_on_asyncpg(database: str, tmp_path: Path) -> None:
    """Its connections refuse; those of psycopg wait for each other."""
    program = trace(tmp_path, ASYNC, env={"TEST_ASYNC_URL": with_driver(database, "asyncpg")})

    error = program.error("hasty", "InterfaceError")

    assert "another operation is in progress" in error["message"]
    assert error["busy"]["site"] in program.site("slow")
    assert error["busy"]["task"] != error["task"]


def test_a_connection_of_another_loop(database: str, tmp_path: Path) -> None:
    program = trace(tmp_path, ASYNC, env={"TEST_ASYNC_URL": with_driver(database, "asyncpg")})

    errors = program.at("elsewhere", "error")
    [opened] = program.child.of("connection", action="open", loop=1)[:1]

    assert "refused" in program.child.stdout
    assert {error["loop"] for error in errors} - {opened["loop"]}
    connections = {
        event["connection"]
        for error in errors
        for event in program.child.of("error", id=error["id"])
        if "connection" in event
    }
    assert opened["id"] in connections


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
def test_who_ended_a_transaction(database: str, tmp_path: Path, driver: str) -> None:
    env = {"TEST_ASYNC_URL": with_driver(database, driver)}

    program = trace(tmp_path, async_ends.PROGRAM, env=env)

    assert {mark: program.ends(mark) for mark, _, _ in async_ends.ENDS} == {
        mark: [(end, by, 1)] for mark, end, by in async_ends.ENDS
    }
    assert program.only("forgotten", "connection")["action"] == "lost"
