"""Peewee's pools: who took connections, gave them back, or held them when none was left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import Traced
from tests.instrumentation.peewees import connections, peewee_version, trace

PROGRAM = """\
import threading
from models import *
from playhouse.pool import PooledSqliteDatabase, MaxConnectionsExceeded
db = PooledSqliteDatabase("app.db", max_connections=2, timeout=%s, check_same_thread=False)
for model in MODELS:
    model.bind(db)
db.connect()  # here: first
db.create_tables(MODELS)
db.close()
db.connect()  # here: second
Author.select().count()  # here: again
db.close()

def hold(ready, done):
    db.connect()
    Author.select().count()  # here: holder
    ready.set()
    done.wait()
    db.close()

events = [(threading.Event(), threading.Event()) for _ in range(2)]
threads = [threading.Thread(target=hold, args=pair) for pair in events]
for thread, (ready, done) in zip(threads, events):
    thread.start()
    ready.wait()
try:
    db.connect()  # here: exceeded
except MaxConnectionsExceeded as error:
    print(type(error).__mro__[1].__name__)
try:
    Author.select().count()  # here: exceeded by use
except MaxConnectionsExceeded as error:
    pass
for ready, done in events:
    done.set()
for thread in threads:
    thread.join()
db.connect()
db.begin()
Author.create(name="lost")
db.close()  # here: returned open
db.connect()
print(Author.select().where(Author.name == "lost").count())
db.close()
db.close_all()  # here: close all
"""


@pytest.fixture(scope="module", params=["None", "0.2"])
def traced(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Traced:
    program = PROGRAM % request.param
    return trace(tmp_path_factory.mktemp("pools"), program)


def test_a_connection_that_is_taken_again(traced: Traced) -> None:
    opened = traced.only("first", "connection")
    again = traced.only("second", "connection")

    assert (opened["action"], again["action"]) == ("open", "checkout")
    assert again["id"] == opened["id"]
    assert traced.only("again")["connection"] == opened["id"]


@pytest.mark.parametrize("mark", ["exceeded", "exceeded by use"])
def test_none_was_left(traced: Traced, mark: str) -> None:
    error = traced.error(mark, "MaxConnectionsExceeded")

    assert traced.child.stdout.startswith("ValueError\n")
    assert len(error["held"]) == 2
    assert {held["site"] for held in error["held"]} <= traced.site("holder")
    assert len({held["connection"] for held in error["held"]}) == 2
    assert error["engine_site"]


def test_given_back_in_a_transaction(traced: Traced) -> None:
    if peewee_version() < (4, 0):
        assert traced.ends("returned open") == []  # the next to take it is inside of it
    else:
        assert traced.ends("returned open") == [("reset", "close", 1)]
        assert traced.child.stdout == "ValueError\n0\n"


def test_closing_all(traced: Traced) -> None:
    closed = [event["action"] for event in traced.at("close all", "connection")]

    assert set(closed) == {"close"}
    assert len(closed) == len(connections(traced, "open"))


STALE = """\
import time
from models import *
from playhouse.pool import PooledSqliteDatabase
db = PooledSqliteDatabase("app.db", max_connections=2, stale_timeout=600)
for model in MODELS:
    model.bind(db)
db.connect()
db.create_tables(MODELS)
db.close()
db._stale_timeout = 0.01
time.sleep(0.05)
db.connect()  # here: stale
"""


def test_a_stale_connection_is_closed_and_another_opened(tmp_path: Path) -> None:
    traced = trace(tmp_path, STALE)

    events = traced.at("stale", "connection")
    assert [event["action"] for event in events] == ["close", "open"]
    assert events[0]["id"] != events[1]["id"]


REQUESTS = """\
import threading
from flask import Flask
from models import *
from playhouse.pool import PooledSqliteDatabase, MaxConnectionsExceeded
db = PooledSqliteDatabase("app.db", max_connections=2, check_same_thread=False)
for model in MODELS:
    model.bind(db)
db.create_tables(MODELS)
db.close()
app = Flask(__name__)

@app.get("/kept")
def kept():
    return str(Author.select().count())  # here: kept

@app.get("/returned")
def returned():
    with db.connection_context():
        return str(Author.select().count())

def ask(path):
    answers.append(app.test_client().get(path).status_code)

answers = []
for path in ("/returned", "/kept", "/kept", "/kept"):
    thread = threading.Thread(target=ask, args=(path,))
    thread.start()
    thread.join()
print(answers)
"""


def test_connections_that_requests_did_not_give_back(tmp_path: Path) -> None:
    traced = trace(tmp_path, REQUESTS)

    held = connections(traced, "held")
    assert traced.child.stdout == "[200, 200, 200, 500]\n"
    assert len(held) == 2
    assert {event["site"] for event in held} <= traced.site("kept")
    error = traced.error("kept", "MaxConnectionsExceeded")
    assert [holder["ended"] for holder in error["held"]] == [True, True]
