"""Engines, connections and the mapped schema."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.instrumentation.alchemy import Traced, trace

PROGRAM = """\
import threading
from models import *
seed()

tag = Table("tag", Base.metadata, Column("book", ForeignKey("book.id")),
            Column("reader", ForeignKey("reader.id")),
            Column("label", Enum("a", "b", name="labels"), nullable=False))

class Reader(Base):
    __tablename__ = "reader"
    id = Column(Integer, primary_key=True)
    email = Column(String, unique=True)
    books = relationship(Book, secondary=tag)

counts = select(Book.author_id, func.count().label("books")).group_by(Book.author_id)

class Shelf(Base):
    __table__ = counts.subquery("shelf") if hasattr(counts, "subquery") else counts.alias("shelf")
    __mapper_args__ = {"primary_key": __table__.c.author_id}

class Stall(Base):
    __tablename__ = "stall"
    id = Column(Integer, primary_key=True)

with make_session() as s:
    s.query(Author).all()
    s.query(Reader.email)

first = create_engine("sqlite:///one.db", future=True)  # here: one
same = create_engine("sqlite:///one.db", future=True)  # here: same
other = create_engine("sqlite:///two.db", future=True)  # here: other
def make():
    return create_engine("sqlite://", future=True)  # here: made by a function
memory = make()

for found in (first, same, other, memory):
    with found.connect() as c:
        c.execute(text("SELECT 1"))

def work():
    with first.connect() as c:
        c.execute(text("SELECT 2"))  # here: in a thread
thread = threading.Thread(target=work)
with first.connect():
    thread.start()
    thread.join()
with first.execution_options(stream_results=True).connect() as c:
    c.execute(text("SELECT 3"))
first.dispose()
fresh = create_engine("sqlite:///three.db", future=True)  # here: fresh
with fresh.execution_options(stream_results=True).connect() as c:
    c.execute(text("SELECT 4"))  # here: with options
"""


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("engines"), PROGRAM)


def test_engines(traced: Traced) -> None:
    one = traced.only("one", "engine")

    assert one["db.system.name"] == "sqlite"
    assert one["driver"] == "pysqlite"
    assert "memory" not in one
    assert one["namespace"] == traced.only("same", "engine")["namespace"]
    assert one["namespace"] != traced.only("other", "engine")["namespace"]
    assert "one.db" not in str(traced.child.events)


def test_an_engine_in_memory(traced: Traced) -> None:
    engine = traced.only("made by a function", "engine")

    assert engine["memory"] is True
    assert "namespace" not in engine


def test_connections(traced: Traced) -> None:
    opened = traced.child.of("connection", action="open")
    numbers = [event["id"] for event in opened]
    [one] = traced.site("one")

    assert len(numbers) == len(set(numbers))
    assert {event["engine_site"] for event in opened} >= {
        site for mark in ("one", "same", "other") for site in traced.site(mark)
    }
    of_one = [event for event in opened if event["engine_site"] == one]
    assert {event["namespace"] for event in of_one} == {traced.only("one", "engine")["namespace"]}
    assert all("engine_site" in event for event in opened)


def test_an_engine_with_options_stands_for_another(traced: Traced) -> None:
    number = traced.only("with options")["connection"]
    opened = traced.child.one("connection", id=number, action="open")

    assert {opened["engine_site"]} == traced.site("fresh")


def test_a_connection_knows_the_thread_that_opened_it(traced: Traced) -> None:
    number = traced.only("in a thread")["connection"]
    opened = traced.child.one("connection", id=number, action="open")

    assert opened["thread"] != traced.child.of("connection", action="open")[0]["thread"]


def test_disposed_connections_are_closed(traced: Traced) -> None:
    closed = {event["id"] for event in traced.child.of("connection", action="close")}
    opened = {event["id"] for event in traced.child.of("connection", action="open")}

    assert closed
    assert closed <= opened


def test_the_library_and_its_version(traced: Traced) -> None:
    library = traced.child.one("library", name="sqlalchemy")

    assert library["role"] == "orm"
    assert library["version"][0] in "12"


def test_the_mapped_schema(traced: Traced) -> None:
    book = traced.child.one("schema", entity="Book")
    columns = {column["name"]: column for column in book["columns"]}

    assert book["db.collection.name"] == "book"
    assert columns["id"]["primary_key"] is True
    assert columns["title"]["nullable"] is False
    assert columns["author_id"]["foreign_key"] == "author.id"
    [relation] = book["relations"]
    assert relation["name"] == "author"
    assert relation["target"] == "Author"
    assert relation["direction"] == "MANYTOONE"
    assert relation["uselist"] is False


def test_classes_mapped_later_are_told_too(traced: Traced) -> None:
    reader = traced.child.one("schema", entity="Reader")

    [relation] = reader["relations"]
    assert relation["secondary"] == "tag"
    assert relation["direction"] == "MANYTOMANY"
    assert [column.get("unique") for column in reader["columns"]] == [None, True]
    assert len(traced.child.of("schema", entity="Author")) == 1


def test_a_class_mapped_to_a_subquery_hides_none_that_follows(traced: Traced) -> None:
    columns = traced.child.one("schema", entity="Shelf")["columns"]

    assert [(column["name"], column.get("nullable")) for column in columns] == [
        ("author_id", False),
        ("books", None),
    ]
    assert traced.child.one("schema", entity="Stall")
    assert not traced.child.of("shim", state="disabled")


MOCKED = """\
from unittest import mock
from models import *
connection = mock.Mock(engine=mock.Mock())
with mock.patch.object(engine, "connect", lambda *args, **kwargs: connection):
    with make_session() as s:
        s.connection()
print("done")
"""


def test_a_mock_of_a_connection_is_not_followed_for_ever(tmp_path: Path) -> None:
    assert "done" in trace(tmp_path, MOCKED).child.stdout


FORKING = """\
import os
from models import *
engine = create_engine("sqlite:///shared.db", future=True)
make_session = sessionmaker(engine, future=True)
Base.metadata.create_all(engine)
session = make_session()
session.add(Author(name="parent"))
session.flush()
child = os.fork()
if not child:
    session.execute(select(Author)).all()  # here: inherited
    with make_session() as s:
        s.execute(select(Author)).all()  # here: opened
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
session.commit()  # here: committed
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_refers_to_nothing_of_its_parent(tmp_path: Path) -> None:
    traced = trace(tmp_path, FORKING)

    parent, child = sorted(traced.child.files, key=lambda file: file[0]["origin"] == "fork")
    assert child[0]["origin"] == "fork"
    opened = [event["id"] for event in child if event["kind"] == "connection"]
    used = {event["connection"] for event in child if event["kind"] == "statement"}
    assert len(opened) == len(set(opened)) == 2
    assert used == set(opened)
    begun = {event["transaction"] for event in child if event["kind"] == "statement"}
    assert len(begun) == 2
    assert not [event for event in child if event.get("writes")]
    writes = [event["writes"] for event in parent if event["kind"] == "transaction"]
    assert len(writes[-1]) == 1


MAPPED_AND_GONE = """\
import gc
from models import *
configure_mappers()

def map_and_forget(number):
    other = declarative_base()
    table = Table("brief%d" % number, other.metadata, Column("id", Integer, primary_key=True))
    mapped = type("Brief%d" % number, (other,), {"__table__": table})
    return other, mapped

for number in range(20):
    other, mapped = map_and_forget(number)
    if number % 2:
        other.registry.dispose() if DISPOSABLE else None
    if number % 3:
        del mapped
    if number % 5:
        gc.collect()
    configure_mappers()

try:
    class Broken(Base):
        id = Column(Integer, primary_key=True)
except exc.InvalidRequestError as error:  # it names no table, and the error keeps the class
    kept = error

class Later(Base):
    __tablename__ = "later"
    id = Column(Integer, primary_key=True)
seed()
"""


def test_classes_that_are_let_go_of_or_never_mapped(tmp_path: Path) -> None:
    """`registry.mappers` fails while a class of it has no mapper."""
    traced = trace(tmp_path, MAPPED_AND_GONE.replace("DISPOSABLE", "hasattr(other, 'registry')"))

    told = [event["entity"] for event in traced.child.of("schema") if "entity" in event]
    assert told.count("Later") == 1
    assert {"Brief0", "Brief6", "Brief12", "Brief18"} <= set(told)  # still there when asked for
    assert "Broken" not in told
