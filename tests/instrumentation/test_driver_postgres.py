"""psycopg, psycopg2 and asyncpg driven by the app, on a real server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import Traced, trace

PSYCOPG = """\
import psycopg, psycopg_pool
from settings import URL
db = psycopg.connect(URL)  # here: connect
db.execute("CREATE TABLE jar (id serial PRIMARY KEY, label text UNIQUE)")
db.execute("INSERT INTO jar (label) VALUES (%s)", ("lime",))  # here: insert
db.commit()  # here: commit
print(len(db.execute("SELECT * FROM jar WHERE label = %s", ("lime",)).fetchall()))  # here: select
db.cursor().executemany("INSERT INTO jar (label) VALUES (%s)", [("a",), ("b",)])  # here: many
db.commit()
try:
    db.execute("INSERT INTO jar (label) VALUES ('lime')")  # here: twice
except psycopg.errors.UniqueViolation:
    pass
try:
    db.execute("SELECT 1")  # here: refused
except psycopg.errors.InFailedSqlTransaction:
    pass
db.rollback()
with db.transaction():  # here: block
    db.execute("INSERT INTO jar (label) VALUES ('c')")
    try:
        with db.transaction():
            db.execute("INSERT INTO jar (label) VALUES ('d')")  # here: undone
            raise KeyError
    except KeyError:
        pass
db.execute("INSERT INTO jar (label) VALUES ('e')")
db.close()  # here: close
try:
    db.execute("SELECT 1")  # here: late
except psycopg.OperationalError:
    pass
auto = psycopg.connect(URL, autocommit=True)
auto.execute("UPDATE jar SET label = label")  # here: durable
auto.close()
pool = psycopg_pool.ConnectionPool(URL, min_size=1, max_size=1, open=True)
held = pool.getconn()  # here: held
held.execute("INSERT INTO jar (label) VALUES ('f')")
try:
    pool.getconn(timeout=0.2)  # here: none left
except psycopg_pool.PoolTimeout:
    pass
pool.putconn(held)  # here: back
pool.close()
"""

PSYCOPG2 = """\
import psycopg2, psycopg2.extras, psycopg2.extensions
from settings import URL
db = psycopg2.connect(URL)  # here: connect
cursor = db.cursor()
assert isinstance(db, psycopg2.extensions.connection)
assert type(cursor).__name__ == "cursor"
cursor.execute("CREATE TABLE jar (id serial PRIMARY KEY, label text UNIQUE)")
cursor.execute("INSERT INTO jar (label) VALUES (%s)", ("lime",))  # here: insert
db.commit()  # here: commit
cursor.execute("SELECT * FROM jar WHERE label = %s", ("lime",))  # here: select
print(len(cursor.fetchall()))
cursor.executemany("INSERT INTO jar (label) VALUES (%s)", [("a",), ("b",)])  # here: many
db.commit()
try:
    cursor.execute("INSERT INTO jar (label) VALUES ('lime')")  # here: twice
except psycopg2.errors.UniqueViolation:
    pass
try:
    cursor.execute("SELECT 1")  # here: refused
except psycopg2.errors.InFailedSqlTransaction:
    pass
db.rollback()
with db:  # here: block
    cursor.execute("INSERT INTO jar (label) VALUES ('c')")
row = db.cursor(cursor_factory=psycopg2.extras.RealDictCursor)
row.execute("SELECT label FROM jar")
assert isinstance(row, psycopg2.extras.RealDictCursor) and row.fetchone()["label"] == "lime"
cursor.execute("INSERT INTO jar (label) VALUES ('e')")
db.close()  # here: close
try:
    cursor.execute("SELECT 1")  # here: late
except psycopg2.InterfaceError:
    pass
auto = psycopg2.connect(URL)
auto.autocommit = True
auto.cursor().execute("UPDATE jar SET label = label")  # here: durable
auto.close()
"""

ASYNCPG = """\
import asyncio, asyncpg
from settings import URL

async def main():
    db = await asyncpg.connect(URL)  # here: connect
    await db.execute("CREATE TABLE jar (id serial PRIMARY KEY, label text UNIQUE)")
    await db.execute("INSERT INTO jar (label) VALUES ($1)", "lime")  # here: durable
    async with db.transaction():  # here: commit
        await db.execute("INSERT INTO jar (label) VALUES ($1)", "oak")  # here: insert
        try:
            async with db.transaction():
                await db.execute("INSERT INTO jar (label) VALUES ('d')")  # here: undone
                raise KeyError
        except KeyError:
            pass
    print(len(await db.fetch("SELECT * FROM jar WHERE label = $1", "oak")))  # here: select
    await db.executemany("INSERT INTO jar (label) VALUES ($1)", [("a",), ("b",)])  # here: many
    try:
        await db.execute("INSERT INTO jar (label) VALUES ('lime')")  # here: twice
    except asyncpg.UniqueViolationError:
        pass
    try:
        await db.fetch("SELECT nope FROM jar")  # here: wrong
    except asyncpg.UndefinedColumnError:
        pass
    async def ask(text):
        return await db.fetch(text)  # here: ask
    answers = asyncio.gather(ask("SELECT pg_sleep(0.1)"), ask("SELECT 2"), return_exceptions=True)
    print(type((await answers)[1]).__name__)
    begun = db.transaction()
    await begun.start()
    await db.execute("INSERT INTO jar (label) VALUES ('e')")
    await db.close()  # here: close
    try:
        await db.execute("SELECT 1")  # here: late
    except asyncpg.InterfaceError:
        pass
    pool = await asyncpg.create_pool(URL, min_size=1, max_size=1)
    held = await pool.acquire()  # here: held
    try:
        await pool.acquire(timeout=0.2)  # here: none left
    except asyncio.TimeoutError:
        pass
    await pool.release(held)  # here: back
    try:
        await held.execute("SELECT 1")  # here: released
    except asyncpg.InterfaceError:
        pass
    await pool.close()

asyncio.run(main())
"""

PROGRAMS = {"psycopg": PSYCOPG, "psycopg2": PSYCOPG2, "asyncpg": ASYNCPG}
by_driver = pytest.mark.parametrize("driver", PROGRAMS)


def traced_with(driver: str, url: str, folder: Path) -> Traced:
    return trace(folder, PROGRAMS[driver], settings=f"URL = {url!r}\n")


@by_driver
def test_what_a_driver_is_sent(driver: str, database: str, tmp_path: Path) -> None:
    traced = traced_with(driver, database, tmp_path)

    insert = traced.only("insert")
    assert (insert["source"], insert["affected"]) == ("app", 1)
    assert insert["binds"][0].startswith("s")
    assert traced.count("select") == 1
    assert traced.only("many")["many"] == 2
    assert traced.only("durable")["durable"] is True
    how = "exit" if driver == "asyncpg" else "app"
    assert traced.ends("commit") == [("commit", how, 1)]
    closed = traced.child.one("transaction", end="close")
    assert (closed["by"], len(closed["writes"])) == ("close", 1)
    assert closed["site"] in traced.site("close")
    opened = traced.child.of("connection", action="open")[0]
    assert opened["site"] in traced.site("connect")
    assert (opened["driver"], opened["db.system.name"]) == (driver, "postgresql")
    assert bool(opened.get("loop")) == (driver == "asyncpg")


@by_driver
def test_what_a_driver_refuses(driver: str, database: str, tmp_path: Path) -> None:
    traced = traced_with(driver, database, tmp_path)

    kind = "UniqueViolationError" if driver == "asyncpg" else "UniqueViolation"
    twice = traced.error("twice", kind)
    assert twice["db.response.status_code"] == "23505"
    assert traced.child.one("sql", id=twice["statement"])["db.operation.name"] == "INSERT"
    assert traced.fate(twice)[0] == "caught"
    late = traced.error("late", "OperationalError" if driver == "psycopg" else "InterfaceError")
    assert late["closed"]["site"] in traced.site("close")
    if driver != "asyncpg":
        refused = traced.error("refused", "InFailedSqlTransaction")
        assert refused["transaction"] == twice["transaction"]


def test_blocks_of_psycopg_and_their_savepoints(database: str, tmp_path: Path) -> None:
    traced = traced_with("psycopg", database, tmp_path)

    assert traced.ends("block") == [("commit", "exit", 1)]
    back = traced.child.one("savepoint", action="rollback")
    assert back["writes"] == [traced.only("undone")["id"]]


def test_blocks_of_asyncpg_and_their_savepoints(database: str, tmp_path: Path) -> None:
    traced = traced_with("asyncpg", database, tmp_path)

    back = traced.child.one("savepoint", action="rollback")
    assert back["writes"] == [traced.only("undone")["id"]]


def test_psycopg2s_own_block_commits_once(database: str, tmp_path: Path) -> None:
    assert traced_with("psycopg2", database, tmp_path).ends("block") == [("commit", "exit", 1)]


@pytest.mark.parametrize(("driver", "kind"), [("psycopg", "PoolTimeout"), ("asyncpg", "")])
def test_a_pool_without_connections_names_who_holds_them(
    driver: str, kind: str, database: str, tmp_path: Path
) -> None:
    traced = traced_with(driver, database, tmp_path)

    error = traced.error("none left", kind or "TimeoutError")
    [held] = error["held"]
    assert held["site"] in traced.site("held")


def test_psycopgs_pool_rolls_back_what_is_given_back_open(database: str, tmp_path: Path) -> None:
    traced = traced_with("psycopg", database, tmp_path)

    assert traced.ends("back") == [("reset", "close", 1)]


def test_a_busy_or_released_connection_of_asyncpg(database: str, tmp_path: Path) -> None:
    traced = traced_with("asyncpg", database, tmp_path)

    assert traced.child.stdout == "1\nInterfaceError\n"
    busy = traced.error("ask", "InterfaceError")
    assert busy["busy"]["site"] in traced.site("ask")
    assert busy["busy"]["task"] != busy["task"]
    released = traced.error("released", "InterfaceError")
    assert released["closed"]["site"] in traced.site("back")


def test_a_raw_coroutine_that_is_a_task_itself_is_seen(database: str, tmp_path: Path) -> None:
    program = """\
import asyncio, asyncpg
from settings import URL

async def main():
    db = await asyncpg.connect(URL)
    print(await asyncio.gather(db.fetchval("SELECT 1"), db.fetchval("SELECT 2"),
                               return_exceptions=True))
    await db.close()

asyncio.run(main())
"""
    traced = trace(tmp_path, program, settings=f"URL = {database!r}\n")

    [statement] = traced.child.of("statement")
    assert (statement["source"], statement["site"]) == ("app", 0)
    error = traced.child.one("error", type="InterfaceError")
    assert error["busy"]["task"] != error["task"]
