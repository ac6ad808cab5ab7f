"""Beneath SQLAlchemy: nothing that it does by itself is taken for the app's, what the app does is.

One workload on every driver: first connects with their probes, a listener's own statements, pings,
isolation levels, savepoints, DDL, reflection, server-side cursors, insertmanyvalues, an error.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import Traced, trace
from tests.postgres import with_driver

WORK = """\
from sqlalchemy import Column, Integer, MetaData, String, Table, event, insert, inspect, select
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, declarative_base

Base = declarative_base()

class Jar(Base):
    __tablename__ = "jar"
    id = Column(Integer, primary_key=True)
    label = Column(String(20))

SETTINGS = {
    "sqlite": "PRAGMA foreign_keys = ON",
    "postgresql": "SET search_path TO public",
    "mysql": "SET SESSION wait_timeout = 600",
}

def listen(engine):
    @event.listens_for(engine, "connect")
    def prepare(connection, record):
        cursor = connection.cursor()
        cursor.execute(SETTINGS[engine.dialect.name])
        cursor.close()

def work(session):
    connection = session.connection()
    Base.metadata.create_all(connection)
    assert "jar" in inspect(connection).get_table_names()
    Table("jar", MetaData(), autoload_with=connection)
    session.commit()
    session.add_all([Jar(label="x%d" % number) for number in range(40)])
    session.commit()
    with session.begin_nested():
        session.add(Jar(label="y"))
    try:
        with session.begin_nested():
            session.execute(text("SELECT nope FROM jar"))
    except DBAPIError:
        pass
    session.scalars(select(Jar).execution_options(yield_per=7)).all()
    session.execute(update(Jar).values(label="z"))
    session.execute(insert(Jar), [{"label": "p"}, {"label": "q"}])
    session.commit()
    session.connection(execution_options={"isolation_level": "SERIALIZABLE"})
    session.execute(text("SELECT 1"))
    session.rollback()
"""

SYNC = """\
import sys
from sqlalchemy import create_engine
from settings import URL
from work import *

engine = create_engine(URL, pool_pre_ping=True)
listen(engine)
with Session(engine) as session:
    work(session)
with Session(engine) as session:
    work(session)
engine.dispose()
with create_engine(URL, isolation_level="AUTOCOMMIT").connect() as connection:
    connection.execute(text("SELECT 1"))
print("done")
if "raw" in sys.argv or RAW:
    with engine.connect() as connection:
        connection.connection.cursor().execute("INSERT INTO jar (label) VALUES ('1')")  # here: one
    raw = engine.raw_connection()
    raw.cursor().execute("INSERT INTO jar (label) VALUES ('2')")  # here: two
    raw.commit()  # here: settled
    raw.close()
    with Session(engine) as session:
        driver = session.connection().connection.dbapi_connection
        driver.cursor().execute("INSERT INTO jar (label) VALUES ('3')")  # here: three
        session.execute(text("SELECT 1"))  # here: beside
        session.commit()  # here: together
"""

ASYNC = """\
import asyncio
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from settings import URL
from work import *

async def main():
    engine = create_async_engine(URL, pool_pre_ping=True)
    listen(engine.sync_engine)
    for _ in range(2):
        async with AsyncSession(engine) as session:
            await session.run_sync(work)
            async for _ in await session.stream(select(Jar).limit(3)):
                pass
    if RAW:
        async with engine.connect() as connection:
            raw = await connection.get_raw_connection()
            driver = raw.driver_connection
            await driver.execute("INSERT INTO jar (label) VALUES ('1')")  # here: one
    await engine.dispose()
    print("done")

asyncio.run(main())
"""

SYNCHRONOUS = ("sqlite", "psycopg", "psycopg2")
ASYNCHRONOUS = ("aiosqlite", "psycopg_async", "asyncpg")


def traced_with(driver: str, raw: bool, url: str, folder: Path) -> Traced:
    if "sqlite" in driver:
        url = "sqlite:///jars.db" if driver == "sqlite" else "sqlite+aiosqlite:///jars.db"
    else:
        url = with_driver(url, driver)
    program = ASYNC if driver in ASYNCHRONOUS else SYNC
    settings = f"URL = {url!r}\nRAW = {raw}\n"
    program = program.replace("import URL", "import RAW, URL")
    return trace(folder, program, settings=settings, work=WORK)


@pytest.mark.parametrize("driver", SYNCHRONOUS + ASYNCHRONOUS)
def test_nothing_of_sqlalchemy_is_the_apps(driver: str, database: str, tmp_path: Path) -> None:
    traced = traced_with(driver, False, database, tmp_path)

    sent = [event for event in traced.child.of("statement") if "source" in event]
    assert [traced.sql(event) for event in sent] == []
    assert len(traced.child.of("statement")) > 20
    assert {event["type"] for event in traced.child.of("error")} <= {
        "ProgrammingError",
        "OperationalError",
    }
    numbers = {event["id"] for event in traced.child.of("error")}
    assert len(numbers) == 2  # one a session: the driver's is in SQLAlchemy's chain
    shims = {event["name"] for event in traced.child.of("shim", state="installed")}
    assert driver.replace("sqlite", "sqlite3").split("_")[0].replace("aiosqlite3", "aiosqlite") in (
        shims
    )


@pytest.mark.parametrize("driver", SYNCHRONOUS)
def test_what_the_app_does_with_sqlalchemys_connections(
    driver: str, database: str, tmp_path: Path
) -> None:
    traced = traced_with(driver, True, database, tmp_path)

    for mark in ("one", "two", "three"):
        assert traced.only(mark)["source"] == "app"
    assert traced.ends("settled") == [("commit", "app", 1)]
    assert traced.only("three")["transaction"] == traced.only("beside")["transaction"]
    assert traced.only("three")["connection"] == traced.only("beside")["connection"]
    assert traced.ends("together") == [("commit", "app", 1)]
    lost = traced.child.one("transaction", id=traced.only("one")["transaction"])
    assert lost["end"] == "reset"


@pytest.mark.parametrize("driver", ASYNCHRONOUS)
def test_what_the_app_does_with_asynchronous_ones(
    driver: str, database: str, tmp_path: Path
) -> None:
    traced = traced_with(driver, True, database, tmp_path)

    assert traced.only("one")["source"] == "app"
    assert len([event for event in traced.child.of("statement") if "source" in event]) == 1
