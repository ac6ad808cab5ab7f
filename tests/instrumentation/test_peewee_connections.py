"""Connections of Peewee: by whom they are opened and closed, and errors of their use."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import Traced
from tests.instrumentation.peewees import connections, peewee_version, trace

PROGRAM = """\
import threading
from models import *

def tried(function):
    try:
        function()
    except Exception as error:
        return error

db.connect()  # here: connect
db.create_tables(MODELS)
tried(lambda: db.connect())  # here: again
db.close()  # here: close
db.close()
Author.select().count()  # here: auto
db.close()

closed = SqliteDatabase("app.db", autoconnect=False)  # here: made
with closed.bind_ctx(MODELS):
    tried(lambda: Author.select().count())  # here: never opened
    closed.connect()
    Author.select().count()
    closed.close()  # here: closed here
    tried(lambda: Author.select().count())  # here: closed before
    tried(lambda: closed.commit())  # here: commit closed
    closed.connect()
    def elsewhere():
        tried(lambda: Author.select().count())  # here: other thread
    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    with closed.atomic():
        tried(lambda: closed.close())  # here: close inside

deferred = SqliteDatabase(None)
with deferred.bind_ctx(MODELS):
    tried(lambda: Author.select().count())  # here: deferred
deferred.init("other.db")  # here: init
deferred.connect()

proxy = DatabaseProxy()
class Late(Model):
    class Meta:
        database = proxy
tried(lambda: list(Late.select()))  # here: proxy
tried(lambda: proxy.connect())  # here: proxy connect
proxy.initialize(db)

with db.connection_context():  # here: context
    Author.select().count()

def work():
    db.connect()  # here: thread
    Author.select().count()  # here: in thread
    db.close()
thread = threading.Thread(target=work)
thread.start()
thread.join()

db.connect()
raw = db.connection()
db.close()  # here: last close
tried(lambda: raw.execute("SELECT 1"))  # here: raw closed
"""


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("connections"), PROGRAM)


def test_opening(traced: Traced) -> None:
    opened = traced.only("connect", "connection")

    assert opened["action"] == "open"
    assert opened["db.system.name"] == "sqlite"
    assert opened["driver"] == "sqlite3"
    assert opened["thread"]
    assert opened["namespace"]
    assert "memory" not in opened


def test_closing(traced: Traced) -> None:
    opened = traced.only("connect", "connection")
    closed = traced.only("close", "connection")

    assert closed["action"] == "close"
    assert closed["id"] == opened["id"]


def test_opened_by_itself(traced: Traced) -> None:
    opened = traced.only("auto", "connection")

    assert opened["action"] == "open"
    assert traced.only("auto")["connection"] == opened["id"]


def test_each_thread_has_its_own(traced: Traced) -> None:
    opened = traced.only("thread", "connection")
    main = traced.only("connect", "connection")

    assert opened["thread"] != main["thread"]
    assert traced.only("in thread")["connection"] == opened["id"]


def test_databases_are_told(traced: Traced) -> None:
    made, late = traced.only("made", "engine"), traced.only("init", "engine")

    assert made["db.system.name"] == "sqlite"
    assert made["driver"] == "sqlite3"
    assert made["namespace"] != late["namespace"]


def test_of_which_database_a_connection_is(traced: Traced) -> None:
    site = traced.only("made", "engine")["site"]

    assert len([each for each in connections(traced, "open") if each["engine_site"] == site]) == 2


def test_context_manager(traced: Traced) -> None:
    events = traced.at("context", "connection")

    assert [event["action"] for event in events] == ["open", "close"]


def test_already_open(traced: Traced) -> None:
    error = traced.error("again", "OperationalError")

    assert error["message"] == "Connection already opened."
    assert error["connection"] == traced.only("connect", "connection")["id"]
    assert "closed" not in error


def test_never_opened(traced: Traced) -> None:
    error = traced.error("never opened", "InterfaceError")

    assert error["message"] == "Error, database connection not opened."
    assert "closed" not in error
    assert "connection" not in error


@pytest.mark.parametrize("mark", ["closed before", "commit closed"])
def test_closed_before(traced: Traced, mark: str) -> None:
    if mark == "commit closed" and peewee_version() < (4, 0):
        pytest.skip("3.x does not look whether it is open")
    error = traced.error(mark, "InterfaceError")

    assert traced.child.site(error["closed"]["site"])[1] == traced.line("closed here")


def test_opened_in_another_thread(traced: Traced) -> None:
    error = traced.error("other thread", "InterfaceError")

    assert "closed" not in error
    assert error["thread"] != traced.only("connect", "connection")["thread"]


def test_close_inside_a_transaction(traced: Traced) -> None:
    error = traced.error("close inside", "OperationalError")

    assert "transaction is open" in error["message"]
    assert error["connection"]
    assert error["transaction"]


def test_not_initialized(traced: Traced) -> None:
    error = traced.error("deferred", "InterfaceError")

    assert "must be initialized" in error["message"]


@pytest.mark.parametrize("mark", ["proxy", "proxy connect"])
def test_proxy_without_a_database(traced: Traced, mark: str) -> None:
    error = traced.error(mark, "AttributeError")

    assert error["message"] == "Cannot use uninitialized Proxy."
    assert error["origin"] == "peewee.py:Proxy.__getattr__" or error["origin"].endswith(
        "__getattr__"
    )


def test_raw_use_of_a_connection_that_is_closed(traced: Traced) -> None:
    error = traced.error("raw closed", "ProgrammingError")

    assert traced.child.site(error["closed"]["site"])[1] == traced.line("last close")


MEMORY = """\
from models import *
db = SqliteDatabase(":memory:")
with db.bind_ctx(MODELS):
    db.create_tables(MODELS)
"""


def test_private_database(tmp_path: Path) -> None:
    traced = trace(tmp_path, MEMORY)

    [opened] = [each for each in connections(traced, "open") if each.get("memory")]
    assert "namespace" not in opened


OWN_STATE = """\
from contextvars import ContextVar
import peewee
from models import *

default = {"closed": None, "conn": None, "ctx": None, "transactions": None}
held = ContextVar("held", default=default.copy())

class State(peewee._ConnectionState):
    def __init__(self, **kwargs):
        super().__setattr__("_state", held)
        super().__init__(**kwargs)
    def __setattr__(self, name, value):
        self._state.get()[name] = value
    def __getattr__(self, name):
        return self._state.get()[name]

db = SqliteDatabase("app.db", check_same_thread=False)
db._state = State()
with db.bind_ctx(MODELS):
    db.create_tables(MODELS)
    Author.create(name="kept")  # here: write
    with db.atomic():  # here: block
        Author.create(name="in a block")
    print(sorted(held.get()))
    db.close()  # here: close
"""


def test_a_state_of_the_apps_own(tmp_path: Path) -> None:
    traced = trace(tmp_path, OWN_STATE)

    plain = ["closed", "conn", "ctx", "transactions"]
    names = traced.child.stdout.strip().strip("[]").replace("'", "").split(", ")
    assert set(names) - {"commit_callbacks"} == set(plain)
    assert traced.only("write")["durable"] is True
    assert traced.ends("block") == [("commit", "exit", 1)]
    assert traced.only("close", "connection")["action"] == "close"


HOOKS = """\
import sqlite3
from models import *

class Own(SqliteDatabase):
    def _connect(self):
        conn = sqlite3.connect(self.database, isolation_level=None)
        conn.execute("PRAGMA foreign_keys = 1")
        return conn
    def _initialize_connection(self, conn):
        conn.execute("PRAGMA synchronous = 0")

db = Own("app.db")
with db.bind_ctx(MODELS):
    db.create_tables(MODELS)
    Author.create(name="a")
"""


def test_what_an_app_does_while_peewee_connects_is_no_bypass(tmp_path: Path) -> None:
    traced = trace(tmp_path, HOOKS)

    assert traced.child.of("statement", source="app") == []
    assert len(connections(traced, "open")) == 1
