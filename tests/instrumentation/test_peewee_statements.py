"""Peewee's statements: text, operation, binds, who sent them and why, the app's own line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import Traced
from tests.instrumentation.peewees import trace

PROGRAM = """\
import time
from models import *

seed()
db.connection().create_function("nap", 1, lambda ms: time.sleep(ms / 1000.0) or 1)
list(Book.select(Book.id).where(Book.title == "book 4"))  # here: select
Author.create(name="new")  # here: insert
Author.insert_many([{"name": "a"}, {"name": "b"}]).execute()  # here: many
Book.update(title="other").where(Book.author == 1).execute()  # here: update
Author.delete().where(Author.name == "b").execute()  # here: delete
a = Author.get(Author.name == "a")  # here: get
a.biography = "short"
a.save()  # here: save
a.delete_instance()  # here: delete instance
list(Author.raw("SELECT * FROM author WHERE name = ?", "author 1"))  # here: model raw
db.execute_sql("SELECT title FROM book WHERE title = 'secret words'").fetchall()  # here: raw
db.execute_sql("SELECT ?", ("bound text",)).fetchall()  # here: raw bind
db.execute_sql("INSERT INTO tag (label) VALUES ('raw')")  # here: raw insert
db.execute_sql("SELECT nap(30)").fetchall()  # here: slow
db.get_columns("book")  # here: introspection
db.pragma("cache_size")  # here: pragma
Book.select().count()  # here: count
Book.select().exists()  # here: exists
Book.select(fn.MAX(Book.id)).scalar()  # here: scalar
table = Table("book").bind(db)
list(table.select(table.c.id))  # here: table
with db.atomic():
    Author.create(name="inside")  # here: inside
Author.insert(name="upsert").on_conflict_ignore().execute()  # here: upsert
Author.get_or_create(name="author 1")  # here: get or create
cte = Author.select(Author.id).cte("few")
list(Book.select().join(cte, on=(Book.author == cte.c.id)).with_cte(cte))  # here: cte

def outer():
    def inner():
        return list(Book.select())  # here: nested
    return inner()
outer()  # here: outer

class Retrying(SqliteDatabase):
    def execute_sql(self, sql, params=None, *args):
        return super().execute_sql(sql, params, *args)  # here: override

other = Retrying("app.db")
with other.bind_ctx(MODELS):
    list(Book.select())  # here: overridden
    other.execute_sql("SELECT 1")  # here: raw overridden

def execute_sql(text):
    return db.execute_sql(text)  # here: helper
execute_sql("SELECT 2")
"""


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("statements"), PROGRAM)


@pytest.mark.parametrize(
    ("mark", "verb"),
    [
        ("select", "SELECT"),
        ("insert", "INSERT"),
        ("many", "INSERT"),
        ("update", "UPDATE"),
        ("delete", "DELETE"),
        ("save", "UPDATE"),
        ("delete instance", "DELETE"),
        ("count", "SELECT"),
        ("table", "SELECT"),
        ("upsert", "INSERT"),
        ("cte", "SELECT"),
        ("raw", "SELECT"),
        ("raw insert", "INSERT"),
    ],
)
def test_operation(traced: Traced, mark: str, verb: str) -> None:
    assert traced.verbs(mark) == [verb]


def test_text_is_what_the_driver_got(traced: Traced) -> None:
    assert traced.texts("select") == [
        'SELECT "t1"."id" FROM "book" AS "t1" WHERE ("t1"."title" = ?)'
    ]


def test_literals_are_digests(traced: Traced) -> None:
    [text] = traced.texts("raw")

    assert text.startswith("SELECT title FROM book WHERE title = '12:")
    assert "secret" not in str(traced.child.events)


def test_binds(traced: Traced) -> None:
    [title] = traced.only("select")["binds"]
    assert title.startswith("s6:")
    assert traced.only("raw bind")["binds"][0].startswith("s10:")
    assert traced.only("raw")["binds"] == []


@pytest.mark.parametrize(
    ("mark", "entity"),
    [
        ("select", "Book"),
        ("insert", "Author"),
        ("many", "Author"),
        ("update", "Book"),
        ("delete", "Author"),
        ("save", "Author"),
        ("model raw", "Author"),
        ("count", "Book"),
        ("scalar", "Book"),
        ("exists", "Book"),
        ("table", None),
        ("cte", "Book"),
    ],
)
def test_statements_of_the_orm(traced: Traced, mark: str, entity: str | None) -> None:
    statement = traced.only(mark)

    assert statement["orm"] == "peewee"
    assert statement.get("entity") == entity
    assert "source" not in statement


@pytest.mark.parametrize("mark", ["raw", "raw bind", "raw insert", "slow", "raw overridden"])
def test_sql_that_the_app_handed_in(traced: Traced, mark: str) -> None:
    statement = traced.only(mark)

    assert statement["source"] == "app"
    assert "orm" not in statement


@pytest.mark.parametrize("mark", ["introspection", "pragma"])
def test_peewees_own_questions(traced: Traced, mark: str) -> None:
    statement = traced.only(mark)

    assert statement["orm"] == "peewee"
    assert "source" not in statement


def test_words_of_control_are_no_statements(traced: Traced) -> None:
    verbs = {event["db.operation.name"] for event in traced.child.of("sql")}

    assert verbs <= {"SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "PRAGMA"}


def test_affected_rows(traced: Traced) -> None:
    assert traced.only("insert")["affected"] == 1
    assert traced.only("many")["affected"] == 2
    assert traced.only("update")["affected"] == 2
    assert traced.only("delete")["affected"] == 1
    assert "affected" not in traced.only("select")


def test_writes_outside_of_transactions_are_durable(traced: Traced) -> None:
    assert traced.only("insert")["durable"] is True
    assert traced.only("insert")["transaction"] is None
    assert traced.only("raw insert")["durable"] is True
    inside = traced.only("inside")
    assert "durable" not in inside
    assert inside["transaction"] is not None


def test_duration(traced: Traced) -> None:
    assert 25_000 <= traced.only("slow")["duration"] < 5_000_000
    assert traced.only("raw")["duration"] < traced.only("slow")["duration"]


def test_numbers_are_consecutive(traced: Traced) -> None:
    numbers = [event["id"] for event in traced.child.of("statement")]

    assert numbers == list(range(1, len(numbers) + 1))


def test_lines_that_led_to_a_statement(traced: Traced) -> None:
    statement = traced.only("nested")
    callers = [traced.child.site(number) for number in statement["callers"]]

    assert traced.child.site(statement["site"])[2] == "inner"
    assert [function for _, _, function in callers] == ["outer", "<module>"]
    assert callers[-1][1] == traced.line("outer")


def test_site_of_a_database_with_its_own_way_to_execute(traced: Traced) -> None:
    assert traced.only("overridden")["orm"] == "peewee"
    assert traced.at("override") == []


def test_a_helper_of_the_same_name_is_the_apps_own_line(traced: Traced) -> None:
    assert traced.only("helper")["source"] == "app"


def test_connections_of_several_databases(traced: Traced) -> None:
    first, second = traced.only("select"), traced.only("overridden")

    assert first["connection"] != second["connection"]


AGAIN = """\
from models import *
seed()
def ask(query):
    return list(query)  # here: ask
for _ in range(3):
    ask(Book.select())  # here: first
ask(Book.select())  # here: second
def deeper():
    ask(Book.select())  # here: third
deeper()
"""


def test_a_way_that_is_known_leads_to_the_same_lines(tmp_path: Path) -> None:
    traced = trace(tmp_path, AGAIN)

    led = [
        [traced.child.site(number)[1] for number in statement["callers"]]
        for statement in traced.at("ask")
    ]
    first, second, third = (traced.line(mark) for mark in ("first", "second", "third"))
    assert led[:4] == [[first], [first], [first], [second]]
    assert led[4][0] == third


SCHEMA = """\
from models import *
class Abstract(Base):
    at = DateTimeField(null=True)
class Event(Abstract):
    kind = CharField(column_name="what", index=True)
seed()
"""


def test_mapped_schema(tmp_path: Path) -> None:
    traced = trace(tmp_path, SCHEMA)

    tables = {event["entity"]: event for event in traced.child.of("schema")}
    assert set(tables) == {"Author", "Book", "Tag", "TagBookThrough", "Loan", "Event"}
    book = {column["name"]: column for column in tables["Book"]["columns"]}
    assert book["author_id"]["foreign_key"] == "author.id"
    assert book["author_id"]["nullable"] is False
    author = {column["name"]: column for column in tables["Author"]["columns"]}
    assert author["id"]["primary_key"] is True
    assert author["name"]["unique"] is True
    assert author["biography"]["nullable"] is True
    assert [column["name"] for column in tables["Event"]["columns"]] == ["id", "at", "what"]
    keys = [column["name"] for column in tables["Loan"]["columns"] if column["primary_key"]]
    assert keys == ["book_id", "member"]
    relations = {
        (entity, relation["name"]): relation
        for entity, table in tables.items()
        for relation in table["relations"]
    }
    assert relations["Book", "author"]["target"] == "Author"
    assert relations["Author", "books"]["uselist"] is True
    assert relations["Tag", "books"]["secondary"] == "tag_book_through"
    assert relations["Book", "tags"]["direction"] == "MANYTOMANY"
