"""Tortoise's connections: opened, closed, taken from pools, used where they are not set up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.tortoises import (
    config_of,
    tortoise_version,
    trace,
)

PLAIN = """\
from start import *

async def main():
    await Tortoise.init(config=config())  # here: init
    await Tortoise.generate_schemas()  # here: first use
    await Tag.create(label="x")  # here: write
    await Tortoise.close_connections()  # here: close

asyncio.run(main())
"""

NOT_SET_UP = """\
from start import *

async def asked():
    try:
        await Author.get(id=1)  # here: asked
    except Exception:
        pass

async def later():
    try:
        await Author.get(id=2)  # here: asked later
    except Exception:
        pass

async def main():
    await asked()
    await begin()
    await Tortoise.close_connections()  # here: close
    await later()

async def elsewhere():
    try:
        await Author.get(id=3)  # here: elsewhere
    except Exception:
        pass

asyncio.run(main())
asyncio.run(elsewhere())
os._exit(0)  # the thread of a connection that was opened again would be waited for
"""

POOL = """\
from start import *

async def holder():
    async with in_transaction():
        await Tag.create(label="held")  # here: held write
        await asyncio.sleep(3)  # here: holding

async def main():
    await asyncio.gather(*[Author.all() for _ in range(6)])  # here: gathered
    db = connection()
    async with db.acquire_connection() as raw:
        await db_raw(raw)
    task = asyncio.create_task(holder())
    await asyncio.sleep(0.3)
    try:
        await asyncio.wait_for(Author.all(), 0.5)  # here: none left
    except Exception as error:
        print(type(error).__name__)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass
    await Author.all()  # here: again

async def db_raw(raw):
    if hasattr(raw, "fetch"):
        await raw.fetch("SELECT id FROM author")  # here: raw
    else:
        await raw.execute("SELECT id FROM author")

run(main)
"""

LOOPS = """\
from start import *

async def first():
    await begin()  # here: set up
    await Author.all()

async def second():
    await Author.all()  # here: in another loop

asyncio.run(first())
try:
    asyncio.run(asyncio.wait_for(second(), 5))
except BaseException as error:
    print(type(error).__name__)
sys.stdout.flush()
os._exit(0)
"""

MISSING = """\
from start import *

async def main():
    await Tortoise.init(config=config())
    await Author.all()  # here: asked

asyncio.run(main())
"""

BYPASS = """\
from start import *

async def main():
    db = connection()
    await db._connection.execute("UPDATE tag SET label = 'raw'")  # here: raw
    async with in_transaction() as own:  # here: block
        await Tag.create(label="own")
        await own._connection.execute("UPDATE tag SET label = 'inner'")  # here: raw inside
    import sqlite3
    plain = sqlite3.connect("library.db")
    plain.execute("SELECT 1").fetchall()  # here: sqlite3
    plain.close()

run(main)
"""


def test_a_database_a_connection_and_its_end_have_lines(tmp_path: Path) -> None:
    traced = trace(tmp_path, PLAIN)
    engine = traced.child.one("engine")
    assert engine["site"] in traced.site("init")
    assert (engine["db.system.name"], engine["driver"]) == ("sqlite", "aiosqlite")
    opened = traced.child.one("connection", action="open")
    assert opened["site"] in traced.site("first use")
    assert opened["engine_site"] == engine["site"]
    assert opened["namespace"] == engine["namespace"]
    assert opened["loop"]
    assert opened["thread"]
    closed = traced.child.one("connection", action="close")
    assert closed["id"] == opened["id"] == traced.only("write")["connection"]
    assert closed["site"] in traced.site("close")


def test_memory_is_private(tmp_path: Path) -> None:
    traced = trace(tmp_path, PLAIN, config='{"default": "sqlite://:memory:"}')
    assert traced.child.one("engine")["memory"] is True
    assert traced.child.one("connection", action="open")["memory"] is True


def test_use_before_the_set_up_and_after_the_end(tmp_path: Path) -> None:
    traced = trace(tmp_path, NOT_SET_UP)
    if tortoise_version() < (0, 25):
        return  # a TypeError of Python's
    asked = traced.error("asked", "ConfigurationError")
    assert asked["entity"] == "Author"
    assert "closed" not in asked
    assert asked["message"] == (
        "default_connection for the model <class 'models.Author'> cannot be None"
    )
    if tortoise_version() >= (1, 0):
        later = traced.error("asked later", "ConfigurationError")
        assert later["closed"]["site"] in traced.site("close")
        elsewhere = traced.error("elsewhere", "RuntimeError")
        assert "No TortoiseContext is currently active" in elsewhere["message"]
        assert elsewhere["closed"]["site"] in traced.site("close")
        assert elsewhere["loop"] != later["loop"]


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
def test_a_pool_gives_connections_and_has_none_left(
    tmp_path: Path, database: str, driver: str
) -> None:
    more = {"minsize": 1, "maxsize": 1} if driver == "asyncpg" else {"maxsize": 1, "timeout": 20}
    traced = trace(tmp_path, POOL, config=config_of(database, driver, **more))
    number = traced.only("held write")["connection"]
    opened = traced.child.one("connection", action="open", id=number)
    assert (opened["db.system.name"], opened["driver"]) == ("postgresql", driver)
    assert {found["connection"] for found in traced.at("gathered")} == {number}
    sites = traced.site("none left")
    waits = [e for e in traced.child.of("error") if sites & set(e.get("frames", ()))]
    [held] = waits[0]["held"]
    assert held["connection"] == number
    assert held["site"] in traced.site("holding")
    assert traced.only("again")["connection"] == number
    if driver == "asyncpg":
        raw = traced.only("raw")
        assert (raw["source"], raw["connection"]) == ("app", number)


@pytest.mark.skipif(tortoise_version() >= (1, 0), reason="1.x connects again in another loop")
def test_a_pool_of_another_loop_is_told_apart(tmp_path: Path, database: str) -> None:
    traced = trace(tmp_path, LOOPS, config=config_of(database, "asyncpg"))
    errors = [
        e for e in traced.child.of("error") if e.get("site") in traced.site("in another loop")
    ]
    opened = traced.child.one("connection", action="open", id=errors[0]["connection"])
    assert opened["loop"]
    assert errors[0]["loop"] != opened["loop"]


@pytest.mark.parametrize("driver", ["sqlite", "asyncpg", "psycopg"])
def test_a_database_that_cannot_be_reached(tmp_path: Path, driver: str) -> None:
    config = '{"default": "sqlite:///nowhere/at/all.db"}'
    if driver != "sqlite":
        config = config_of("postgresql://u:p@127.0.0.1:1/none", driver, timeout=2)
    traced = trace(tmp_path, MISSING, config=config, status=1)
    sites = traced.site("asked")
    [error] = [e for e in traced.child.of("error") if e.get("site") in sites]
    [failure] = traced.child.of("failure")
    assert error["id"] in {link.get("error") for link in failure["chain"]}


def test_raw_statements_of_a_driver_are_the_apps(tmp_path: Path) -> None:
    traced = trace(tmp_path, BYPASS)
    raw = traced.only("raw")
    assert raw["source"] == "app"
    assert raw["durable"]
    assert raw["connection"] == traced.child.one("connection", driver="aiosqlite")["id"]
    inside, block = traced.only("raw inside"), traced.only("block", "transaction")
    assert inside["transaction"] == block["id"]
    assert inside["id"] in block["writes"]
    assert traced.only("sqlite3")["source"] == "app"
    of_tortoise = [s for s in traced.child.of("statement") if s.get("orm") == "tortoise"]
    others = [s for s in traced.child.of("statement") if s.get("orm") != "tortoise"]
    assert len(others) == 3
    assert len(of_tortoise) > 10
