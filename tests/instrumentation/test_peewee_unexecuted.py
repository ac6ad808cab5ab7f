"""Queries of Peewee that write and were dropped before anybody ran them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import Traced
from tests.instrumentation.peewees import trace

PROGRAM = """\
from models import *
seed()
Author.update(name="x").where(Author.id == 1)  # here: update
Author.delete().where(Author.id == 1)  # here: delete
Author.insert(name="new")  # here: insert
Author.insert_many([{"name": "a"}]).on_conflict_ignore()  # here: many

def late():
    Book.delete().where(Book.id == 1).returning(Book)  # here: in a function
late()

# run, embedded, shown, kept, or built on the way to something else: nothing of these is dropped
Author.update(biography="x").where(Author.id == 1).execute()
query = Author.delete().where(Author.id == 99)
query = query.where(Author.name == "nobody")
print(query.execute())
print(Author.update(name="x").sql()[0][:6], str(Author.delete())[:6])
kept = [Author.delete()]
def build():
    return Author.update(biography="y")
build().where(Author.id == 2).execute()
Author.select().where(Author.id == 1)
with db.atomic():
    Author.insert(name="run").execute()
"""


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("unexecuted"), PROGRAM)


@pytest.mark.parametrize(
    ("mark", "name"),
    [
        ("update", "Model.update"),
        ("delete", "Model.delete"),
        ("insert", "Model.insert"),
        ("many", "Model.insert"),
        ("in a function", "Model.delete"),
    ],
)
def test_what_was_dropped(traced: Traced, mark: str, name: str) -> None:
    event = traced.only(mark, "unawaited")

    assert event["name"] == name
    assert (event["module"], event["wants"]) == ("peewee", "execute")
    assert event["frames"][0] == event["site"]


def test_nothing_else_is_told(traced: Traced) -> None:
    assert len(traced.child.of("unawaited")) == 5


TABLES = """\
from models import *
seed()
table = Table("author", ("id", "name")).bind(db)
table.update({table.name: "x"}).where(table.id == 1)  # here: update
table.insert({table.name: "y"}).execute()
"""


def test_tables_without_a_model(tmp_path: Path) -> None:
    traced = trace(tmp_path, TABLES)

    assert traced.only("update", "unawaited")["name"] == "Table.update"
    assert len(traced.child.of("unawaited")) == 1
