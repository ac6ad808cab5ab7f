"""Rows of Peewee's results: how many, which entities and keys, the first values."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import Traced
from tests.instrumentation.peewees import peewee_version, trace

PROGRAM = """\
from models import *
seed()
list(Book.select())  # here: models
for book in Book.select():  # here: loop
    pass
for book in Book.select():  # here: changed
    book.title = "not what was read"
for book in Book.select():  # here: broken
    if book.id == 2:
        break
try:
    for book in Book.select():  # here: failed
        raise ValueError
except ValueError:
    pass
Book.select().get()  # here: get
Book.get_or_none(Book.id == 99)  # here: none
Book.select().first()  # here: first
Book.select()[1:3]  # here: slice
query = Book.select()
query[0]  # here: one by one
list(query)
len(Book.select())  # here: len
list(Book.select().dicts())  # here: dicts
list(Book.select().tuples())  # here: tuples
list(Book.select(Book.id, Book.title).namedtuples())  # here: namedtuples
list(Book.select().objects())  # here: objects
Book.select().count()  # here: count
Book.select(fn.MAX(Book.title)).scalar()  # here: scalar
list(Book.select(Book.title))  # here: without key
list(Book.select(Book.title).objects())  # here: objects without key
list(Book.select(Book, Author).join(Author))  # here: joined
list(Book.select(Book, Loan).join(Loan, JOIN.LEFT_OUTER))  # here: outer
list(Author.select().join(Book))  # here: repeated
list(Loan.select())  # here: composite
written = Author.select(Author, fn.COUNT(Book.id).alias("written"))
list(written.join(Book).group_by(Author))  # here: alias
for book in Book.select().iterator():  # here: stream
    pass
for book in Book.select().iterator():  # here: left stream
    break
list(Book.select().where(Book.id > 100))  # here: empty
Book.select()  # here: never
list(Book.select().where(Book.id == 1) | Book.select().where(Book.id == 2))  # here: union
list(Book.raw("SELECT id, title FROM book"))  # here: raw
Writer = Author.alias()
by = (Book.author == Writer.id).alias("writer")
list(Book.select(Book, Writer).join(Writer, on=by))  # here: aliased
class Car(Base):
    model = CharField()
db.create_tables([Car])
Car.create(model="T")
list(Car.select())  # here: field named model
for number in range(250):
    Car.create(model=str(number))
for car in Car.select().iterator():  # here: long stream
    pass
list(Car.select())  # here: long
"""


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("rows"), PROGRAM)


@pytest.mark.parametrize(
    ("mark", "count"),
    [
        ("models", 6),
        ("loop", 6),
        ("changed", 6),
        ("broken", 2),
        ("failed", 1),
        ("get", 1),
        ("none", 0),
        ("first", 1),
        ("slice", 4),
        ("one by one", 6),
        ("len", 6),
        ("dicts", 6),
        ("tuples", 6),
        ("namedtuples", 6),
        ("objects", 6),
        ("joined", 6),
        ("outer", 7),
        ("repeated", 6),
        ("stream", 6),
        ("left stream", 1),
        ("empty", 0),
        ("union", 2),
        ("raw", 6),
        ("long stream", 251),
        ("long", 251),
    ],
)
def test_count_is_what_was_fetched(traced: Traced, mark: str, count: int) -> None:
    assert traced.rows(mark), "nothing was told"
    assert traced.count(mark) == count


def test_a_query_that_nobody_ran(traced: Traced) -> None:
    assert traced.at("never") == []


@pytest.mark.parametrize(
    ("mark", "entities"),
    [
        ("models", [("Book", 6)]),
        ("objects", [("Book", 6)]),
        ("joined", [("Book", 6), ("Author", 3)]),
        ("repeated", [("Author", 3)]),
        ("composite", [("Loan", 2)]),
        ("dicts", []),
        ("tuples", []),
        ("union", [("Book", 2)]),
        ("raw", [("Book", 6)]),
        ("aliased", [("Book", 6), ("Author", 3)]),
        ("field named model", [("Car", 1)]),
    ],
)
def test_entities_and_their_keys(
    traced: Traced, mark: str, entities: list[tuple[str, int]]
) -> None:
    assert traced.entities(mark) == entities


def test_keys(traced: Traced) -> None:
    [rows] = traced.rows("models")
    [composite] = traced.rows("composite")
    [long] = traced.rows("long")

    assert rows["entities"][0]["keys"] == [1, 2, 3, 4, 5, 6]
    assert [key[0] for key in composite["entities"][0]["keys"]] == [1, 1]
    assert all(key[1].startswith("s3:") for key in composite["entities"][0]["keys"])
    assert long["entities"][0]["distinct"] == 251
    assert len(long["entities"][0]["keys"]) == 100


def test_instances_without_their_key(traced: Traced) -> None:
    for mark in ("without key", "objects without key"):
        [rows] = traced.rows(mark)
        assert rows["entities"] == [{"entity": "Book"}]
        assert rows["columns"] == ["title"]


def test_an_outer_join_without_a_match(traced: Traced) -> None:
    [rows] = traced.rows("outer")

    names = [entity["entity"] for entity in rows["entities"]]
    assert names == ["Book", "Loan"]
    assert len(rows["entities"][1]["keys"]) == 2


def test_columns_and_values(traced: Traced) -> None:
    [models] = traced.rows("models")
    [dicts] = traced.rows("dicts")
    [named] = traced.rows("namedtuples")
    [joined] = traced.rows("joined")

    assert models["columns"] == ["id", "title", "author_id"]
    assert len(models["values"]) == 5
    assert models["values"][0][0] == 1
    assert models["values"][0][1].startswith("s6:")
    assert dicts["columns"] == ["id", "title", "author_id"]
    assert dicts["values"] == models["values"]
    assert named["columns"] == ["id", "title"]
    assert joined["columns"] == ["id", "title", "author_id", "id", "name", "biography"]
    assert joined["values"][2][3] == 2
    assert joined["values"][2][4].startswith("s8:")


def test_values_are_those_that_were_read(traced: Traced) -> None:
    [rows] = traced.rows("changed")
    [unchanged] = traced.rows("models")

    assert rows["values"] == unchanged["values"]


def test_values_of_expressions(traced: Traced) -> None:
    [count] = traced.rows("count")
    [alias] = traced.rows("alias")

    assert count["values"] == [[6]]
    assert alias["columns"][-1] == "written"
    assert [row[-1] for row in alias["values"]] == [2, 2, 2]


def test_rows_are_told_before_the_next_statement(traced: Traced) -> None:
    statement = traced.only("models")
    kinds = [(event["kind"], event.get("id")) for event in traced.child.events]
    at = kinds.index(("statement", statement["id"]))

    assert traced.child.events[at + 1]["kind"] == "rows"


STREAM = """\
import gc, weakref
from models import *
seed()
class Row(Base):
    title = CharField()
    class Meta:
        table_name = "book"
first = None
for number, row in enumerate(Row.select().iterator()):
    if not number:
        first = weakref.ref(row)
    del row
print(first() is None)

query = Book.select().where(Book.id < 3)
wrapper = weakref.ref(query.execute())
list(query)
gc.disable()
del query
print(wrapper() is None)

def of_a_moment():
    class Passing(Base):
        title = CharField()
        class Meta:
            table_name = "book"
    list(Passing.select())
    return weakref.ref(Passing)
passing = of_a_moment()
gc.collect()
print(passing() is None)

rows = Book.select().iterator()
print(type(rows).__name__, rows.__name__, next(rows).id)
rows.close()
print(isinstance(iter(Book.select()), ResultIterator) if "ResultIterator" in globals() else True)
"""


def test_nothing_is_kept_alive(tmp_path: Path) -> None:
    traced = trace(tmp_path, STREAM)

    assert traced.child.stdout.splitlines() == [*["True"] * 3, "generator iterator 1", "True"]


RETURNING = """\
from models import *
db = SqliteDatabase("app.db", returning_clause=True)
for model in MODELS:
    model._meta.set_database(db)
db.create_tables(MODELS)
list(Author.insert_many([{"name": "a"}, {"name": "b"}]).returning(Author))  # here: returning
Author.create(name="c")  # here: create
"""


@pytest.mark.skipif(peewee_version() < (3, 15), reason="no RETURNING on SQLite")
def test_rows_of_a_returning_write(tmp_path: Path) -> None:
    traced = trace(tmp_path, RETURNING)

    assert traced.count("returning") == 2
    assert traced.entities("returning") == [("Author", 2)]
    assert traced.rows("create")[0]["values"] == [[3]]
    assert traced.only("returning")["affected"] == -1
