"""What instances hold that no statement writes, by ORM: what is told, and what is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.instrumentation import alchemy, djangos, peewees, tortoises
from tests.instrumentation.alchemy import Traced
from tests.instrumentation.traced import INNER

REQUEST = f"""
import importlib
class request:
    def __enter__(self):
        self.scopes = importlib.import_module("_ormprobe.scopes")
        self.entered = self.scopes.enter({INNER}, "request", "GET /x")
    def __exit__(self, *raised):
        self.scopes.leave({INNER}, self.entered, "passed")
"""

PEEWEE = (
    "from models import *\nseed()\n"
    + REQUEST
    + """
class Shelf(Base):
    labels = TextField(default=[])
db.create_tables([Shelf])
def forgotten():
    author = Author.get_by_id(1)
    author.biography = "forgotten"
def left_out():
    author = Author.get_by_id(1)
    author.name, author.biography = "other", "left out"
    author.save(only=[Author.name])  # here: partial
def kept():
    author = Author.get_by_id(2)
    author.biography = "kept"
    author.save()
    author.biography = author.biography
    made = Author.create(name="made")
    made.delete_instance()
    Author.get_by_id(3)
def shared():
    shelf = Shelf()
    shelf.labels.append("spoilt")
    shelf.labels = "x"
    shelf.save()
with request():
    forgotten()
with request():
    left_out()
with request():
    kept()
with request():
    alive = Author.get_by_id(3)
    alive.biography = "alive"
with request():
    shared()
late = Author.get_by_id(1)
late.biography = "outside of any scope"
"""
)

DJANGO = (
    "from start import *\n"
    + REQUEST
    + """
seed()
def forgotten():
    author = Author.objects.get(id=1)
    author.biography = "forgotten"
def left_out():
    author = Author.objects.get(id=1)
    author.name, author.biography = "other", "left out"
    author.save(update_fields=["name"])  # here: partial
def kept():
    author = Author.objects.get(id=2)
    author.biography = "kept"
    author.save()
    author.biography = "refreshed"
    author.refresh_from_db()
    made = Author.objects.create(name="made")
    made.delete()
    list(Author.objects.all())
with request():
    forgotten()
with request():
    left_out()
with request():
    kept()
with request():
    alive = Author.objects.get(id=3)
    alive.biography = "alive"
late = Author.objects.get(id=1)
late.biography = "outside of any scope"
"""
)

TORTOISE = (
    "from start import *\n"
    + REQUEST
    + """
async def forgotten():
    book = await Book.get(id=1)
    book.title = "forgotten"
async def left_out():
    book = await Book.get(id=1)
    book.pages, book.title = 7, "left out"
    await book.save(update_fields=["pages"])  # here: partial
async def kept():
    book = await Book.get(id=2)
    book.title = "kept"
    await book.save()
    made = await Tag.create(label="made")
    await made.delete()
    await Book.all()
async def main():
    global alive
    with request():
        await forgotten()
    with request():
        await left_out()
    with request():
        await kept()
    with request():
        alive = await Book.get(id=3)
        alive.title = "alive"
run(main)
"""
)

ALCHEMY = (
    "from models import *\n"
    + REQUEST
    + """
class Note(Base):
    __tablename__ = "note"
    id = Column(Integer, primary_key=True)
    words = Column(JSON)
    tags = Column(JSON, default=[])
seed()
with make_session() as session:
    session.add(Note(id=1, words={"a": 1}))
    session.commit()
def dropped():
    update(Author).where(Author.id == 1).values(name="x")  # here: dropped
def held():
    kept = delete(Author)  # here: held
with request():
    dropped()
with request():
    held()
with request():
    with make_session() as session:
        session.execute(update(Author).where(Author.id == 1).values(name="y"))
        session.execute(insert(Author).values(name="z"))
        session.commit()
    with engine.begin() as connection:
        connection.execute(delete(Author.__table__).where(Author.__table__.c.id == 99))
    str(update(Author).values(name="shown"))
with request():
    with make_session() as session:
        book = session.get(Book, 1)
        book.title
    book.title = "detached"  # here: detached
with request():
    with make_session() as session:
        note = session.get(Note, 1)
        note.words["b"] = 2
        session.commit()  # here: commit
with request():
    with make_session() as session:
        note = session.get(Note, 1)
        note.words = {"c": 3}
        attributes.flag_modified(note, "words")
        session.commit()
        note.words["shown"] = 4
with request():
    with make_session() as session:
        note = Note(words={})
        session.add(note)
        session.flush()
        note.tags.append("spoilt")
        attributes.flag_modified(note, "tags")
        session.commit()
"""
)


def told(traced: Traced) -> list[tuple[Any, ...]]:
    return [
        (event["why"], event["entity"], *event["values"]) for event in traced.child.of("unwritten")
    ]


def test_peewee(tmp_path: Path) -> None:
    traced = peewees.trace(tmp_path, PEEWEE)

    assert told(traced) == [
        ("unsaved", "Author", "biography"),
        ("omitted", "Author", "biography"),
        ("unsaved", "Author", "biography"),
        ("shared", "Shelf", "labels"),
    ]
    first, partial, alive, shared = traced.child.of("unwritten")
    assert (first["key"], alive["key"]) == (1, 3)
    assert first["was"]["biography"].startswith("s4:")
    assert partial["site"] == traced.only("partial", "unwritten")["site"]
    assert shared["was"] == {"labels": {"#": 0, "of": []}}


HELD = """\
from models import *
seed()
def keep():
    query = Author.update(name="x")  # here: made
keep()
"""


def test_peewee_queries_that_a_name_held(tmp_path: Path) -> None:
    traced = peewees.trace(tmp_path, HELD)

    event = traced.only("made", "unawaited")
    assert (event["kept"], event["table"], list(event["values"])) == (True, "author", ["name"])


def test_django(tmp_path: Path) -> None:
    traced = djangos.trace(tmp_path, DJANGO)

    assert told(traced) == [
        ("unsaved", "Author", "biography"),
        ("omitted", "Author", "biography"),
        ("unsaved", "Author", "biography"),
    ]
    first, partial, _ = traced.child.of("unwritten")
    assert first["key"] == 1
    assert first["since"] <= first["at"]
    assert partial["site"] == traced.only("partial", "unwritten")["site"]


def test_tortoise(tmp_path: Path) -> None:
    traced = tortoises.trace(tmp_path, TORTOISE)

    assert told(traced) == [
        ("unsaved", "Book", "title"),
        ("omitted", "Book", "title"),
        ("unsaved", "Book", "title"),
    ]
    partial = traced.child.of("unwritten")[1]
    assert partial["site"] == traced.only("partial", "unwritten")["site"]


@pytest.fixture(scope="module")
def alchemist(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return alchemy.trace(tmp_path_factory.mktemp("alchemy"), ALCHEMY)


def test_sqlalchemy(alchemist: Traced) -> None:
    assert told(alchemist) == [
        ("detached", "Book", "title"),
        ("mutated", "Note", "words"),
        ("mutated", "Note", "words"),
        ("shared", "Note", "tags"),
    ]
    detached, mutated, shown, shared = alchemist.child.of("unwritten")
    assert detached["site"] == alchemist.only("detached", "unwritten")["site"]
    assert mutated["site"] == alchemist.only("commit", "unwritten")["site"]
    assert "site" not in shown, "no commit passed it by"
    assert shared["was"] == {"tags": {"#": 0, "of": []}}


def test_sqlalchemy_constructs_that_nobody_executed(alchemist: Traced) -> None:
    dropped, held = alchemist.child.of("unawaited")

    assert dropped == alchemist.only("dropped", "unawaited")
    assert (dropped["name"], dropped["table"], dropped.get("kept")) == ("update", "author", None)
    assert list(dropped["values"]) == ["name"]
    assert held == alchemist.only("held", "unawaited")
    assert (held["name"], held["kept"]) == ("delete", True)
