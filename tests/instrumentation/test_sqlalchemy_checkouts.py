"""Connections that are out: held beyond a request's end, lost to the garbage collector."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import Traced, trace
from tests.instrumentation.traced import run, write

PROGRAM = """\
import gc
from flask import Flask
from models import *
from sqlalchemy.pool import QueuePool
engine = create_engine("sqlite:///held.db", poolclass=QueuePool, future=True)
Base.metadata.create_all(engine)
app = Flask(__name__)
kept = []

@app.route("/leaves")
def leaves():
    connection = engine.connect()
    kept.append(connection)
    connection.execute(select(Author))
    connection.execute(select(Book))  # here: held
    return "x"

@app.route("/returns")
def returns():
    with Session(engine, future=True) as session:
        session.execute(select(Author))
    return "x"

@app.route("/loses")
def loses():
    session = Session(engine, future=True)
    session.execute(select(Author))  # here: lost
    return "x"

client = app.test_client()
for path in ("/leaves", "/returns", "/loses"):
    client.get(path)
    gc.collect()
kept[0].close()

with engine.connect() as connection:
    connection.execute(select(Author))
    del connection
def forget():
    connection = engine.connect()
    connection.execute(Author.__table__.insert().values(id=7, name="x"))  # here: forgotten
forget()
gc.collect()
forever = engine.connect()
forever.execute(select(Author))  # here: kept to the end
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    pytest.importorskip("flask")
    return trace(tmp_path_factory.mktemp("checkouts"), PROGRAM)


def test_a_connection_that_a_request_did_not_give_back(program: Traced) -> None:
    held = program.child.of("connection", action="held")

    assert [program.child.one("scope", id=event["scope"])["name"] for event in held] == [
        "GET /leaves",
        "GET /loses",
    ]
    assert held[0]["site"] in program.site("held")
    assert held[1]["site"] in program.site("lost")


def test_a_connection_that_was_collected(program: Traced) -> None:
    lost = program.child.of("connection", action="lost")

    assert [event["site"] in program.site("lost") for event in lost] == [True, False]
    assert lost[0]["scope"] == program.child.scope("GET /loses")["id"]
    assert lost[1]["site"] in program.site("forgotten")


def test_what_a_lost_connection_had_written(program: Traced) -> None:
    [end] = program.child.of("transaction", by="gc")
    [write] = program.at("forgotten")

    assert (end["end"], end["writes"]) == ("reset", [write["id"]])


def test_the_end_of_the_program_loses_nothing(program: Traced) -> None:
    assert len(program.child.of("connection", action="lost")) == 2


def test_a_test_holds_what_it_likes(tmp_path: Path) -> None:
    text = """\
from sqlalchemy import create_engine, text
from sqlalchemy.pool import QueuePool
engine = create_engine("sqlite:///held.db", poolclass=QueuePool)
kept = engine.connect()
def test_one():
    kept.execute(text("select 1"))
"""
    write(tmp_path, {"test_it.py": text})

    child = run(["-m", "pytest", "-q", "test_it.py"], tmp_path, tmp_path / "trace")

    assert child.status == 0, child.stdout
    assert child.of("statement")
    assert not child.of("connection", action="held")
