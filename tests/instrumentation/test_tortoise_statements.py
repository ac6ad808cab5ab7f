"""Tortoise's statements: model, binds, rows written, the app's line; raw SQL of the app."""

from __future__ import annotations

import pytest

from tests.instrumentation.tortoises import Traced, config_of, tortoise_version, trace

PROGRAM = """\
from start import *

class Shelf:
    async def find(self, number):
        return await Book.get(id=number)  # here: find

async def service():
    return await Shelf().find(2)  # here: service

async def signalled(*_):
    await Tag.filter(id=1).exists()  # here: in a signal

async def main():
    await service()  # here: caller
    ann = await Author.create(name="ann")  # here: create
    ann.name = "anne"
    await ann.save()  # here: save
    await Book.filter(pages=1).update(pages=2)  # here: update
    await Book.filter(id=99).update(pages=2)  # here: update of none
    await ann.delete()  # here: delete one
    await Tag.filter(id=99).delete()  # here: delete
    await Author.bulk_create([Author(name="x"), Author(name="y")])  # here: bulk
    await Book.filter(id=1).exists()  # here: exists
    await Book.get_or_none(id=77)  # here: none
    await Tag.get_or_create(label="new")  # here: get or create
    first, second = await asyncio.gather(Author.all(), Book.get(id=1))  # here: gathered
    await asyncio.create_task(service())  # here: as a task
    await asyncio.wait_for(Book.all().count(), 5)  # here: waited for
    book, tag = await Book.get(id=2), await Tag.get(id=2)
    await book.tags.add(tag)  # here: add
    await book.tags.remove(tag)  # here: remove
    async for found in Book.filter(id__lt=3):  # here: iterated
        pass
    db = connection()
    await db.execute_query("SELECT 1 AS one")  # here: raw
    await db.execute_query_dict("SELECT 2 AS two")  # here: raw dict
    await db.execute_script("UPDATE tag SET label = 'z' WHERE 1 = 0")  # here: script
    await asyncio.gather(db.execute_query("SELECT 3 AS three"))  # here: raw gathered
    await Book.raw("SELECT * FROM book WHERE id = 2")  # here: model raw
    Tag.register_listener(tortoise.signals.Signals.post_save, signalled)
    await Tag.create(label="t")  # here: with a signal

run(main)
"""


@pytest.fixture(scope="module", params=["sqlite", "asyncpg", "psycopg"])
def traced(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres_server: str
) -> Traced:
    folder = tmp_path_factory.mktemp("statements")
    if request.param == "sqlite":
        return trace(folder, PROGRAM)
    from tests import postgres

    with postgres.database(postgres_server) as url:
        return trace(folder, PROGRAM, config=config_of(url, request.param))


def test_a_statement_says_its_orm_its_model_and_its_line(traced: Traced) -> None:
    found, _ = traced.at("find")
    assert (found["orm"], found["entity"]) == ("tortoise", "Book")
    assert found["transaction"] is None
    assert "source" not in found
    if tortoise_version() >= (0, 22):  # 0.20 writes values into the SQL
        assert found["binds"][0] == 2
    callers = [traced.child.site(number)[1] for number in found["callers"]]
    assert callers[:2] == [traced.line("service"), traced.line("caller")]


def test_a_write_outside_of_a_transaction_is_durable_and_counts_its_rows(traced: Traced) -> None:
    for mark, affected in (
        ("create", 1), ("save", 1), ("update", 6), ("update of none", 0), ("delete one", 1),
        ("delete", 0),
    ):  # fmt: skip
        found = traced.only(mark)
        assert (found["affected"], found.get("durable")) == (affected, True), mark
    assert traced.only("create")["entity"] == "Author"
    assert traced.only("delete")["entity"] == "Tag"
    bulk = traced.only("bulk")
    assert (bulk["many"], bulk["affected"], bulk["entity"]) == (2, 2, "Author")
    assert len(bulk["binds"]) == 2


def test_what_tortoise_asks_on_the_way_has_the_apps_line(traced: Traced) -> None:
    assert traced.verbs("get or create") == ["SELECT", "INSERT"]
    assert {found["entity"] for found in traced.at("get or create")} == {"Tag"}
    assert traced.verbs("with a signal") == ["INSERT"]
    assert traced.only("in a signal")["entity"] == "Tag"


def test_a_query_that_is_handed_to_a_task_has_the_line_that_waits(traced: Traced) -> None:
    assert sorted(found["entity"] for found in traced.at("gathered")) == ["Author", "Book"]
    assert traced.only("waited for")["entity"] == "Book"
    _, in_a_task = traced.at("find")
    callers = [traced.child.site(number)[1] for number in in_a_task["callers"]]
    assert callers == [traced.line("service")]


def test_a_table_between_models_is_of_no_model(traced: Traced) -> None:
    assert traced.verbs("add") == ["SELECT", "INSERT"]
    assert traced.verbs("remove") == ["DELETE"]
    assert not any("entity" in found for found in (*traced.at("add"), *traced.at("remove")))


def test_raw_sql_of_the_app_is_told_apart(traced: Traced) -> None:
    for mark in ("raw", "raw dict", "raw gathered"):
        found = traced.only(mark)
        assert (found["source"], found.get("orm")) == ("app", None), mark
        assert traced.count(mark) == 1
    assert traced.only("script")["source"] == "app"
    model = traced.only("model raw")
    assert (model["orm"], model["entity"]) == ("tortoise", "Book")
    assert "source" not in model


def test_nothing_is_told_twice_by_the_drivers_shim(traced: Traced) -> None:
    sent = [found for found in traced.child.of("statement") if "source" in found]
    assert len(sent) == 4
    assert len(traced.at("update")) == 1
    assert len({found["id"] for found in traced.child.of("statement")}) == len(
        traced.child.of("statement")
    )


def test_the_schema_is_made_by_tortoise(traced: Traced) -> None:
    made = [
        found
        for found in traced.child.of("statement")
        if traced.sql(found).lstrip().startswith("CREATE")
    ]
    assert made
    assert all(found["orm"] == "tortoise" for found in made)


def test_the_models_are_told_of(traced: Traced) -> None:
    book = traced.child.one("schema", entity="Book")
    columns = {column["name"]: column for column in book["columns"]}
    assert book["db.collection.name"] == "book"
    assert columns["author_id"]["foreign_key"] == "author.id"
    assert columns["id"]["primary_key"]
    assert not columns["title"]["nullable"]
    relations = {found["name"]: found for found in book["relations"]}
    assert relations["author"] == {
        "name": "author", "target": "Author", "direction": "MANYTOONE", "uselist": False,
    }  # fmt: skip
    assert relations["tags"]["secondary"] == "book_tag"
    author = traced.child.one("schema", entity="Author")
    relations = {found["name"]: found for found in author["relations"]}
    assert relations["books"]["uselist"]
    assert not relations["profile"]["uselist"]
    assert next(c for c in author["columns"] if c["name"] == "name")["unique"]
    [through] = traced.child.of("schema", **{"db.collection.name": "book_tag"})
    assert {c["foreign_key"] for c in through["columns"]} == {"book.id", "tag.id"}
