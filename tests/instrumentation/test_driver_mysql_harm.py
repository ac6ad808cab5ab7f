"""What an app sees of MySQL's drivers is the same with and without the shims."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import PYTHON
from tests.instrumentation.test_driver_mysql import settings
from tests.instrumentation.traced import Child, run, without_times, write
from tests.mariadb import execute

SYNC = """\
import copy, gc, inspect, pickle, traceback, warnings
from settings import *
from settings import driver as sql
warnings.simplefilter("always")

def attempt(function):
    try:
        print(function())
    except Exception as error:
        print(type(error).__module__, type(error).__name__, error.args)
        print([frame.name for frame in traceback.extract_tb(error.__traceback__)])

db = sql.connect(**HERE)
cursor = db.cursor()
print(type(db), type(cursor), isinstance(db, sql.connections.Connection))
for function in (cursor.execute, cursor.executemany, cursor.callproc, db.commit, db.ping):
    print(function.__name__, function.__doc__)
print(inspect.signature(cursor.execute), inspect.signature(cursor.executemany))
attempt(lambda: cursor.execute(JAR))
attempt(lambda: cursor.execute("INSERT INTO jar (label) VALUES (%s)", ("a",)))
attempt(lambda: cursor.execute("INSERT INTO jar (label) VALUES (%(x)s)", {"x": "b"}))
attempt(lambda: cursor.executemany(ADD, []))
attempt(lambda: cursor.executemany(ADD, [("c",), ("d",)]))
attempt(lambda: cursor.executemany(ADD, iter([("e",), ("f",)])))
attempt(lambda: cursor.execute("SELECT label FROM jar WHERE label < %s ORDER BY label", ("d",)))
attempt(lambda: (cursor.rowcount, cursor.fetchone(), cursor.fetchmany(1), cursor.fetchall()))
attempt(lambda: cursor.execute("SELECT nope FROM jar"))
attempt(lambda: cursor.execute(ADD, ("a",)))
attempt(lambda: cursor.execute("SELECT %s, %s", (1,)))
attempt(lambda: cursor.execute("SELECT %s", (1, 2)))
attempt(lambda: cursor.execute("SELEC 1"))
attempt(lambda: cursor.execute(None))
attempt(lambda: cursor.execute())
attempt(lambda: db.commit())
attempt(lambda: db.rollback())
attempt(lambda: db.begin())
attempt(lambda: sql.connect(**{**HERE, "database": "no_such_one"}))
unread = db.cursor(SS)
attempt(lambda: unread.execute("SELECT id FROM jar"))
attempt(lambda: unread.fetchone())
unread.close()
class Own(type(cursor)):
    def execute(self, query, args=None):
        return ("own", super().execute(query, args))
attempt(lambda: Own(db).execute("SELECT 1"))
cursor.close()
attempt(lambda: cursor.execute("SELECT 1"))
attempt(lambda: db.close())
attempt(lambda: db.cursor().execute("SELECT 1"))
attempt(lambda: db.commit())
attempt(lambda: db.close())
"""

ASYNC = """\
import asyncio, inspect, traceback, warnings
from settings import *
from settings import driver as sql
warnings.simplefilter("always")

async def attempt(function):
    try:
        found = function()
        print(await found if inspect.isawaitable(found) else found)
    except Exception as error:
        print(type(error).__module__, type(error).__name__, error.args)
        print([frame.name for frame in traceback.extract_tb(error.__traceback__)])

async def main():
    db = await sql.connect(**HERE)
    cursor = await db.cursor()
    print(type(db), type(cursor).__name__, type(cursor).__module__)
    print(inspect.iscoroutinefunction(type(db).commit), cursor.execute.__name__)
    await attempt(lambda: cursor.execute(JAR))
    await attempt(lambda: cursor.execute(ADD, ("a",)))
    await attempt(lambda: cursor.execute("INSERT INTO jar (label) VALUES (%(x)s)", {"x": "b"}))
    await attempt(lambda: cursor.executemany(ADD, []))
    await attempt(lambda: cursor.executemany(ADD, [("c",), ("d",)]))
    await attempt(lambda: cursor.execute("SELECT label FROM jar ORDER BY label"))
    print(cursor.rowcount, await cursor.fetchone(), await cursor.fetchall())
    await attempt(lambda: cursor.execute("SELECT nope FROM jar"))
    await attempt(lambda: cursor.execute(ADD, ("a",)))
    await attempt(lambda: cursor.execute("SELECT %s", (1, 2)))
    await attempt(lambda: cursor.execute("SELEC 1"))
    for function in (db.commit, db.rollback, db.begin, db.ping):
        await attempt(function)
    await attempt(lambda: sql.connect(**HERE, port=1))
    async with db.cursor(DICT) as rows:
        await rows.execute("SELECT label FROM jar LIMIT 1")
        print(await rows.fetchall(), type(rows).__name__, isinstance(rows, DICT))
    async with sql.create_pool(minsize=1, maxsize=1, **HERE) as pool:
        async with pool.acquire() as held:
            async with held.cursor() as one:
                await attempt(lambda: one.execute("SELECT 1"))
            try:
                await asyncio.wait_for(pool.acquire(), 0.1)
            except asyncio.TimeoutError as error:
                print(type(error), error.args)
        print(pool.freesize)
        async with pool.acquire() as held:
            print(held is not None)
    await cursor.close()
    await attempt(lambda: cursor.execute("SELECT 1"))
    await db.ensure_closed()
    await attempt(lambda: db.commit())
    await attempt(lambda: db.cursor())

asyncio.run(main(), debug=False)
"""

PROGRAMS = {"pymysql": SYNC, "MySQLdb": SYNC, "aiomysql": ASYNC, "asyncmy": ASYNC}


@pytest.mark.parametrize("driver", PROGRAMS)
def test_an_app_sees_no_difference(driver: str, mariadb: str, tmp_path: Path) -> None:
    cursors = f"\nfrom {driver}.cursors import SSCursor as SS, DictCursor as DICT\n"
    text = settings(driver, mariadb) + cursors
    app = write(tmp_path / "app", {"settings.py": text, "program.py": PROGRAMS[driver]})

    plain = run(["program.py"], app, python=PYTHON)
    execute(mariadb, "DROP TABLE jar")
    traced = run(["program.py"], app, tmp_path / "trace", python=PYTHON)

    assert plain.status == 0, plain.stderr
    assert seen(traced) == seen(plain)
    assert without_times(traced.stderr) == without_times(plain.stderr)
    assert traced.status == 0
    assert len(traced.of("statement")) > 5
    assert not traced.of("shim", state="disabled")


def seen(child: Child) -> str:
    """A subclass of asyncmy's cursor goes one way more through its own methods before it fails."""
    return without_times(child.stdout).replace("'nextset', '_nextset', ", "")
