"""PyMySQL, mysqlclient, aiomysql and asyncmy driven by the app, on a real server."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

import pytest

from tests.instrumentation.alchemy import PYTHON, Traced, trace
from tests.mariadb import arguments

SYNC = """\
import warnings
from settings import *
from settings import driver as sql
db = sql.connect(**HERE)  # here: connect
cursor = db.cursor()
cursor.execute(JAR)
cursor.execute("INSERT INTO jar (label) VALUES (%s)", ("lime",))  # here: insert
db.commit()  # here: commit
cursor.execute("SELECT * FROM `jar` WHERE label = %s", ("lime",))  # here: select
print(len(cursor.fetchall()))
cursor.executemany(ADD, [("a",), ("b",)])  # here: many
cursor.executemany(RENAME, [("A", "a"), ("B", "b")])  # here: loop
db.commit()
try:
    cursor.execute("INSERT INTO jar (label) VALUES (%s)", ("lime",))  # here: twice
except sql.IntegrityError:
    pass
db.rollback()
db.begin()
cursor.execute("INSERT INTO jar (label) VALUES ('c')")
cursor.execute("SAVEPOINT here")
cursor.execute("INSERT INTO jar (label) VALUES ('d')")  # here: undone
cursor.execute("ROLLBACK TO SAVEPOINT here")
cursor.execute("COMMIT")  # here: by text
cursor.execute("INSERT INTO jar (label) VALUES ('g')")
cursor.execute("CREATE TABLE lid (id int)")  # here: by ddl
cursor.execute("INSERT INTO jar (label) VALUES ('h')")
db.autocommit(True)  # here: by switch
db.autocommit(False)
cursor.execute("INSERT INTO jar (label) VALUES ('e')")
db.close()  # here: close
try:
    db.cursor().execute("SELECT 1")  # here: late
except (sql.InterfaceError, sql.ProgrammingError, sql.OperationalError) as error:
    print(type(error).__name__, error.args[0])
auto = sql.connect(autocommit=True, **HERE)
auto.cursor().execute("UPDATE jar SET label = 'limes' WHERE label = 'lime'")  # here: durable
auto.cursor().execute("UPDATE jar SET label = 'limes' WHERE label = 'limes'")  # here: same
auto.close()
try:
    sql.connect(**{**HERE, "user": "nobody", "password": "wrong"})  # here: refused
except sql.OperationalError as error:
    print(error.args[0])
"""

ASYNC = """\
import asyncio
from settings import *
from settings import driver as sql

async def main():
    db = await sql.connect(**HERE)  # here: connect
    async with db.cursor() as cursor:
        await cursor.execute(JAR)
        await cursor.execute("INSERT INTO jar (label) VALUES (%s)", ("lime",))  # here: insert
        await db.commit()  # here: commit
        await cursor.execute("SELECT * FROM `jar` WHERE label = %s", ("lime",))  # here: select
        print(len(await cursor.fetchall()))
        await cursor.executemany(ADD, [("a",), ("b",)])  # here: many
        await cursor.executemany(RENAME, [("A", "a"), ("B", "b")])  # here: loop
        await db.commit()
        try:
            await cursor.execute("INSERT INTO jar (label) VALUES (%s)", ("lime",))  # here: twice
        except ERRORS.IntegrityError:
            pass
        await db.rollback()
        await db.begin()
        await cursor.execute("INSERT INTO jar (label) VALUES ('c')")
        await cursor.execute("SAVEPOINT here")
        await cursor.execute("INSERT INTO jar (label) VALUES ('d')")  # here: undone
        await cursor.execute("ROLLBACK TO SAVEPOINT here")
        await cursor.execute("COMMIT")  # here: by text
        await cursor.execute("INSERT INTO jar (label) VALUES ('g')")
        await cursor.execute("CREATE TABLE lid (id int)")  # here: by ddl
        await cursor.execute("INSERT INTO jar (label) VALUES ('h')")
        await db.autocommit(True)  # here: by switch
        await db.autocommit(False)
        await cursor.execute("INSERT INTO jar (label) VALUES ('e')")
    db.close()  # here: close
    try:
        cursor = await db.cursor()  # here: late
        await cursor.execute("SELECT 1")  # here: too late
    except ERRORS.InterfaceError as error:
        print(type(error).__name__, error.args[0])
    auto = await sql.connect(autocommit=True, **HERE)
    async with auto.cursor() as cursor:
        await cursor.execute("UPDATE jar SET label = 'limes' WHERE label = 'lime'")  # here: durable
        await cursor.execute("UPDATE jar SET label = 'limes' WHERE label = 'limes'")  # here: same
    await auto.ensure_closed()
    try:
        await sql.connect(**{**HERE, "user": "nobody", "password": "wrong"})  # here: refused
    except ERRORS.OperationalError as error:
        print(error.args[0])
    pool = await sql.create_pool(minsize=1, maxsize=1, **HERE)
    held = await pool.acquire()  # here: held
    async with held.cursor() as cursor:
        await cursor.execute("INSERT INTO jar (label) VALUES ('f')")
    try:
        await asyncio.wait_for(pool.acquire(), 0.2)  # here: none left
    except asyncio.TimeoutError:
        pass
    pool.release(held)  # here: back
    pool.close()
    await pool.wait_closed()

asyncio.run(main())
"""

TEXTS = """\
JAR = "CREATE TABLE jar (id int AUTO_INCREMENT PRIMARY KEY, label varchar(20) UNIQUE)"
ADD = "INSERT INTO jar (label) VALUES (%s)"
RENAME = "UPDATE jar SET label = %s WHERE label = %s"
"""

PROGRAMS = {"pymysql": SYNC, "MySQLdb": SYNC, "aiomysql": ASYNC, "asyncmy": ASYNC}
by_driver = pytest.mark.parametrize("driver", PROGRAMS)
by_pool = pytest.mark.parametrize("driver", ["aiomysql", "asyncmy"])


@functools.cache
def installed(driver: str) -> bool:
    """Whether the interpreter that runs the programs has a driver."""
    words = [PYTHON, "-c", f"import {driver}"]
    return subprocess.run(words, capture_output=True, timeout=60, check=False).returncode == 0


def settings(driver: str, url: str) -> str:
    """The connection's arguments as the driver wants them, and the driver."""
    if not installed(driver):
        pytest.skip(f"{driver} is not installed")
    here = arguments(url)
    if driver == "aiomysql":
        here["db"] = here.pop("database")
    errors = {"aiomysql": "pymysql.err", "asyncmy": "asyncmy.errors"}.get(driver, driver)
    return f"import {driver} as driver\nimport {errors} as ERRORS\nHERE = {here!r}\n{TEXTS}"


def traced_with(driver: str, url: str, folder: Path) -> Traced:
    return trace(folder, PROGRAMS[driver], settings=settings(driver, url))


@by_driver
def test_what_a_driver_is_sent(driver: str, mariadb: str, tmp_path: Path) -> None:
    traced = traced_with(driver, mariadb, tmp_path)

    insert = traced.only("insert")
    assert (insert["source"], insert["affected"]) == ("app", 1)
    assert insert["binds"][0].startswith("s")
    assert traced.count("select") == 1
    assert traced.only("many")["many"] == 2
    assert (traced.only("loop")["many"], traced.only("loop")["affected"]) == (2, 2)
    durable = traced.only("durable")
    assert (durable["durable"], durable["affected"]) == (True, 1)
    assert traced.only("same")["affected"] == -1  # it matched a row, and changed none
    assert traced.ends("commit") == [("commit", "app", 1)]
    opened = traced.child.of("connection", action="open")[0]
    assert opened["site"] in traced.site("connect")
    assert opened["driver"] == driver
    assert opened["db.system.name"] in ("mysql", "mariadb")
    assert bool(opened.get("loop")) == (driver in ("aiomysql", "asyncmy"))
    assert opened["namespace"]


@by_driver
def test_transactions_end_where_mysql_ends_them(driver: str, mariadb: str, tmp_path: Path) -> None:
    traced = traced_with(driver, mariadb, tmp_path)

    back = traced.child.one("savepoint", action="rollback")
    assert back["writes"] == [traced.only("undone")["id"]]
    for mark in ("by text", "by ddl", "by switch"):
        assert traced.ends(mark) == [("commit", "app", 1)], mark
    assert traced.ends("close") == [("close", "close", 1)]


@by_driver
def test_what_a_driver_refuses(driver: str, mariadb: str, tmp_path: Path) -> None:
    traced = traced_with(driver, mariadb, tmp_path)

    twice = traced.error("twice", "IntegrityError")
    assert twice["db.response.status_code"] == "1062"
    assert traced.child.one("sql", id=twice["statement"])["db.operation.name"] == "INSERT"
    assert "Duplicate entry" in twice["message"]
    assert "lime" not in twice["message"]
    assert traced.fate(twice)[0] == "caught"
    mark = "too late" if driver == "asyncmy" else "late"
    late = traced.error(mark, traced.child.stdout.split()[1])
    assert late["closed"]["site"] in traced.site("close")
    refused = traced.error("refused", "OperationalError")
    assert refused["db.response.status_code"] == "1045"


@by_pool
def test_a_pool_without_connections_names_who_holds_them(
    driver: str, mariadb: str, tmp_path: Path
) -> None:
    traced = traced_with(driver, mariadb, tmp_path)

    [held] = traced.error("none left", "CancelledError")["held"]
    assert held["site"] in traced.site("held")
    assert traced.ends("back") == [("reset", "close", 1)]


SHARED = """\
import asyncio
from settings import *
from settings import driver as sql

async def main():
    db = await sql.connect(**HERE)
    async def ask(text):
        cursor = await db.cursor()
        await cursor.execute(text)  # here: ask
        return await cursor.fetchall()
    both = asyncio.gather(ask("SELECT SLEEP(0.2)"), ask("SELECT 2"), return_exceptions=True)
    try:
        print([type(each).__name__ for each in await asyncio.wait_for(both, 3)])
    except asyncio.TimeoutError:
        print("stuck")

asyncio.run(main())
"""

THREADS = """\
import threading, time
from settings import *
from settings import driver as sql

db = sql.connect(**HERE)
def ask(text):
    try:
        db.cursor().execute(text)  # here: ask
    except Exception as error:
        print(type(error).__name__)
threads = [threading.Thread(target=ask, args=("SELECT SLEEP(0.3)",)) for _ in range(2)]
for thread in threads:
    thread.start()
    time.sleep(0.1)
for thread in threads:
    thread.join(5)
"""


def test_two_tasks_on_one_connection(mariadb: str, tmp_path: Path) -> None:
    # asyncmy raises nothing: the task that began first waits for ever
    traced = trace(tmp_path, SHARED, settings=settings("aiomysql", mariadb))

    busy = [error for error in traced.at("ask", "error") if error.get("busy")]
    assert busy, traced.child.of("error")
    assert all(error["busy"]["task"] != error["task"] for error in busy)


def test_two_threads_on_one_connection(mariadb: str, tmp_path: Path) -> None:
    traced = trace(tmp_path, THREADS, settings=settings("pymysql", mariadb))

    assert any(error.get("busy") for error in traced.at("ask", "error"))


def test_a_connection_that_the_server_killed(mariadb: str, tmp_path: Path) -> None:
    program = """\
from settings import *
from settings import driver as sql
db, other = sql.connect(**HERE), sql.connect(**HERE)
cursor = db.cursor()
cursor.execute(JAR)
cursor.execute("INSERT INTO jar (label) VALUES ('a')")
other.cursor().execute("KILL %d" % db.thread_id())
try:
    cursor.execute("SELECT 1")  # here: lost
except sql.OperationalError:
    pass
"""
    traced = trace(tmp_path, program, settings=settings("pymysql", mariadb))

    lost = traced.error("lost", "OperationalError")
    assert lost["db.response.status_code"] in ("2006", "2013")
    assert traced.ends("lost") == [("rollback", "exception", 1)]
