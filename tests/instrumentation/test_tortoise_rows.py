"""Rows that Tortoise's queries gave: how many, of which models, by which keys."""

from __future__ import annotations

import pytest

from tests.instrumentation.tortoises import Traced, config_of, trace

PROGRAM = """\
from start import *

async def main():
    await Book.filter(id__lt=4)  # here: list
    await Book.get(id=2)  # here: get
    await Book.get_or_none(id=77)  # here: none
    await Book.first()  # here: first
    try:
        await Book.get(title__startswith="book")  # here: too many
    except MultipleObjectsReturned:
        pass
    await Book.filter(author__id=1).values("id", "title")  # here: values
    await Book.filter(title="book 1").values("title", "tags__label")  # here: values of a join
    await Book.all().values_list("id", "pages")  # here: tuples
    await Book.all().values_list("id", flat=True)  # here: flat
    await Book.filter(id=1).first().values("title")  # here: one value
    await Book.all().count()  # here: count
    await Book.filter(id=1).exists()  # here: exists
    await Author.annotate(n=Count("books")).order_by("id")  # here: annotated
    await Author.annotate(n=Count("books")).group_by("name").values("name", "n")  # here: grouped
    await Book.filter(tags__id__gt=0)  # here: join
    await Book.all().select_related("author__mentor", "author__profile")  # here: related
    await Book.all().only("id", "title")  # here: only
    await Book.raw("SELECT id, title FROM book WHERE id < 3")  # here: model raw
    await connection().execute_query("SELECT title, pages FROM book WHERE id = 1")  # here: raw
    await Book.filter(id=1).update(pages=2)  # here: update
    [book.id async for book in Book.filter(id__lt=3)]  # here: iterated

run(main)
"""


@pytest.fixture(scope="module", params=["sqlite", "asyncpg", "psycopg"])
def traced(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres_server: str
) -> Traced:
    folder = tmp_path_factory.mktemp("rows")
    if request.param == "sqlite":
        return trace(folder, PROGRAM)
    from tests import postgres

    with postgres.database(postgres_server) as url:
        return trace(folder, PROGRAM, config=config_of(url, request.param))


def keys(traced: Traced, mark: str) -> list[object]:
    [rows] = traced.rows(mark)
    return [entity["keys"] for entity in rows["entities"]]


def test_instances_have_their_model_and_keys(traced: Traced) -> None:
    assert traced.entities("list") == [("Book", 3)]
    assert keys(traced, "list") == [[1, 2, 3]]
    [rows] = traced.rows("list")
    assert rows["columns"] == ["id", "title", "pages", "author_id"]
    assert [row[3] for row in rows["values"]] == [1, 1, 2]
    assert traced.entities("get") == [("Book", 1)]
    assert keys(traced, "get") == [[2]]
    assert traced.count("first") == 1
    assert traced.count("iterated") == 2


def test_nothing_and_too_much_are_counted(traced: Traced) -> None:
    assert traced.count("none") == 0
    assert traced.entities("none") == []
    assert traced.count("too many") == 2
    assert traced.entities("too many") == [("Book", 2)]


def test_values_have_columns_and_the_key_where_it_is_asked_for(traced: Traced) -> None:
    [rows] = traced.rows("values")
    assert rows["columns"] == ["id", "title"]
    assert rows["count"] == 2
    assert traced.entities("values") == [("Book", 2)]
    assert traced.count("values of a join") == 2
    assert traced.entities("values of a join") == []  # rows of two tables are no instances
    [rows] = traced.rows("tuples")
    assert rows["columns"] == ["id", "pages"]
    assert traced.entities("tuples") == [("Book", 6)]
    assert keys(traced, "flat") == [[1, 2, 3, 4, 5, 6]]
    assert traced.count("one value") == 1


def test_counts_are_numbers(traced: Traced) -> None:
    [rows] = traced.rows("count")
    assert rows["values"] == [[6]]
    assert traced.count("exists") == 1


def test_annotations_are_columns(traced: Traced) -> None:
    [rows] = traced.rows("annotated")
    assert rows["columns"][-1] == "n"
    assert [row[-1] for row in rows["values"]] == [2, 2, 2]
    [rows] = traced.rows("grouped")
    assert [row[1] for row in rows["values"]] == [2, 2, 2]


def test_rows_that_a_join_repeats_are_seen(traced: Traced) -> None:
    assert traced.count("join") == 2
    assert traced.entities("join") == [("Book", 1)]


def test_related_instances_are_entities_too(traced: Traced) -> None:
    assert sorted(traced.entities("related")) == [("Author", 3), ("Book", 6), ("Profile", 3)] or (
        sorted(traced.entities("related")) == [("Book", 6), ("Profile", 3)]
    )
    assert ("Profile", 3) in traced.entities("related")


def test_a_part_of_an_instance_shows_what_it_holds(traced: Traced) -> None:
    [rows] = traced.rows("only")
    assert rows["columns"] == ["id", "title"]
    assert traced.entities("only") == [("Book", 6)]
    [rows] = traced.rows("model raw")
    assert rows["columns"] == ["id", "title"]
    assert traced.entities("model raw") == [("Book", 2)]


def test_raw_rows_are_counted_without_a_model(traced: Traced) -> None:
    [rows] = traced.rows("raw")
    assert (rows["count"], rows["columns"], rows["entities"]) == (1, ["title", "pages"], [])


def test_a_write_gives_no_rows(traced: Traced) -> None:
    assert traced.rows("update") == []
