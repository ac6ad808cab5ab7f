"""Beneath SQLAlchemy on MySQL's drivers: the same workload as on the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import Traced, trace
from tests.instrumentation.test_driver_bypass import ASYNC, SYNC, WORK
from tests.instrumentation.test_driver_mysql import installed
from tests.instrumentation.traced import Event
from tests.mariadb import with_driver

SYNCHRONOUS = ("pymysql", "mysqldb")
ASYNCHRONOUS = ("aiomysql", "asyncmy")

RAW_ASYNC = ASYNC.replace(
    """            await driver.execute("INSERT INTO jar (label) VALUES ('1')")  # here: one
""",
    """            async with driver.cursor() as cursor:
                await cursor.execute("INSERT INTO jar (label) VALUES ('1')")  # here: one
""",
)


def traced_with(driver: str, raw: bool, url: str, folder: Path) -> Traced:
    if not installed({"mysqldb": "MySQLdb"}.get(driver, driver)):
        pytest.skip(f"{driver} is not installed")
    program = RAW_ASYNC if driver in ASYNCHRONOUS else SYNC
    settings = f"URL = {with_driver(url, driver)!r}\nRAW = {raw}\n"
    return trace(
        folder, program.replace("import URL", "import RAW, URL"), settings=settings, work=WORK
    )


def fate(traced: Traced, error: Event) -> str:
    return str(traced.child.one("fate", error=error["id"])["fate"])


@pytest.mark.parametrize("driver", SYNCHRONOUS + ASYNCHRONOUS)
def test_nothing_of_sqlalchemy_is_the_apps(driver: str, mariadb: str, tmp_path: Path) -> None:
    traced = traced_with(driver, False, mariadb, tmp_path)

    sent = [event for event in traced.child.of("statement") if "source" in event]
    assert [traced.sql(event) for event in sent] == []
    assert len(traced.child.of("statement")) > 20
    errors = {event["id"]: event for event in traced.child.of("error") if event.get("chain")}
    told = [
        (error["chain"][-1]["db.response.status_code"], fate(traced, error))
        for error in errors.values()
    ]
    # SQLAlchemy asks for a table that it is about to make, and takes the error for an answer
    assert sorted(told) == [("1054", "caught"), ("1054", "caught"), ("1146", "library")]
    systems = {event["db.system.name"] for event in traced.child.of("connection", action="open")}
    assert systems in ({"mysql"}, {"mariadb"})


@pytest.mark.parametrize("driver", SYNCHRONOUS)
def test_what_the_app_does_with_sqlalchemys_connections(
    driver: str, mariadb: str, tmp_path: Path
) -> None:
    traced = traced_with(driver, True, mariadb, tmp_path)

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
    driver: str, mariadb: str, tmp_path: Path
) -> None:
    traced = traced_with(driver, True, mariadb, tmp_path)

    assert traced.only("one")["source"] == "app"
    assert len([event for event in traced.child.of("statement") if "source" in event]) == 1
