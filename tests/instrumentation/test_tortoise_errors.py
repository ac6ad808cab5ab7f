"""Tortoise's errors, swallowed ones too: statement, model, the driver's exception beneath."""

from __future__ import annotations

import pytest

from tests.instrumentation.tortoises import (
    Traced,
    config_of,
    python_version,
    tortoise_version,
    trace,
)
from tests.instrumentation.traced import Event

PROGRAM = """\
from start import *

async def main():
    ann = await Author.get(id=1)
    try:
        await Author.create(name="author 1")  # here: twice
    except IntegrityError:
        pass
    try:
        await Book.create(title="x", author_id=99)  # here: no parent
    except IntegrityError:
        pass
    try:
        Author(name=None)  # here: null
    except ValueError:
        pass
    try:
        await Author.create(name="a" * 50)  # here: long
    except ValidationError:
        pass
    try:
        await Author.get(id=99)  # here: none
    except DoesNotExist:
        pass
    try:
        await Author.get(name__startswith="a")  # here: many
    except MultipleObjectsReturned:
        pass
    try:
        list(ann.books)  # here: not fetched
    except NoValuesFetched:
        pass
    try:
        len((await Book.get(id=1)).tags)  # here: tags not fetched
    except NoValuesFetched:
        pass
    try:
        await Author.filter(nickname="x")  # here: unknown
    except FieldError:
        pass
    try:
        await Author.all().prefetch_related("pets")  # here: unknown relation
    except (FieldError, OperationalError):
        pass
    try:
        await Author.all().order_by("size")  # here: unknown order
    except FieldError:
        pass
    try:
        await connection().execute_query("SELECT absent FROM author")  # here: column
    except Exception:  # by psycopg it comes as it is
        pass
    try:
        await connection().execute_query("SELECT * FROM nowhere")  # here: table
    except OperationalError:
        pass
    try:
        await Author(name="new").delete()  # here: unsaved
    except OperationalError:
        pass
    try:
        await Author(name="new").books.all()  # here: unsaved relation
    except OperationalError:
        pass
    part = await Author.filter(id=1).only("id").first()
    try:
        await part.save()  # here: incomplete
    except IncompleteInstanceError:
        pass
    try:
        async with in_transaction() as own:
            await own.commit()
            await own.commit()  # here: finalised
    except TransactionManagementError:
        pass
    try:
        async with in_transaction() as own:  # here: block
            await Tag.create(label="lost")
            await Author.create(name="author 2")  # here: inside
    except IntegrityError:
        pass
    try:
        await asyncio.gather(Author.create(name="author 3"))  # here: gathered
    except IntegrityError:
        pass
    try:
        await connection().execute_query("SELECT ?", [1, 2, 3])  # here: binds
    except Exception:
        pass

run(main)
"""


@pytest.fixture(scope="module", params=["sqlite", "asyncpg", "psycopg"])
def traced(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres_server: str
) -> Traced:
    folder = tmp_path_factory.mktemp("errors")
    if request.param == "sqlite":
        return trace(folder, PROGRAM)
    from tests import postgres

    with postgres.database(postgres_server) as url:
        return trace(folder, PROGRAM, config=config_of(url, request.param))


def is_sqlite(traced: Traced) -> bool:
    return bool(traced.child.of("engine", **{"db.system.name": "sqlite"}))


def beneath(error: Event) -> Event:
    [inner] = error["chain"]
    return inner


def of(traced: Traced, mark: str) -> Event:
    """The only error of a line, of whatever type."""
    sites = traced.site(mark)
    [error] = [e for e in traced.child.of("error") if sites & set(e.get("frames", ()))]
    return error


def test_a_refused_write_names_its_statement_and_what_the_driver_said(traced: Traced) -> None:
    error = traced.error("twice", "IntegrityError")
    assert error["module"] == "tortoise.exceptions"
    assert error["entity"] == "Author"
    assert traced.sql({"sql": error["statement"]}).startswith('INSERT INTO "author"')
    assert error["connection"]
    assert error.get("transaction") is None
    if not is_sqlite(traced) or python_version() >= (3, 11):  # sqlite3 had no codes before
        code = error["db.response.status_code"]
        assert code in ("SQLITE_CONSTRAINT_UNIQUE", "23505")
    assert "author" in error["message"]
    assert "author 1" not in error["message"]
    assert beneath(error)["message"] == error["message"]
    assert traced.fate(error)[0] == "caught"
    error = traced.error("no parent", "IntegrityError")
    assert error["entity"] == "Book"


def test_an_error_in_a_transaction_names_it(traced: Traced) -> None:
    error = traced.error("inside", "IntegrityError")
    end = traced.child.one("transaction", id=error["transaction"])
    assert (end["end"], end["by"]) == ("rollback", "exception")
    assert error["connection"] == end["connection"]


def test_a_look_up_names_its_model(traced: Traced) -> None:
    none, many = (
        traced.error("none", "DoesNotExist"),
        traced.error("many", "MultipleObjectsReturned"),
    )
    assert (none["entity"], many["entity"]) == ("Author", "Author")
    if tortoise_version() >= (0, 22):
        assert none["message"] == 'Object "Author" does not exist'
    assert none["origin"] == "queryset.py:_execute"


def test_a_relation_that_was_not_fetched_names_instance_and_attribute(traced: Traced) -> None:
    error = traced.error("not fetched", "NoValuesFetched")
    assert (error["entity"], error["attribute"], error["parent"]) == ("Author", "books", 1)
    assert "No values were fetched" in error["message"]
    error = traced.error("tags not fetched", "NoValuesFetched")
    assert (error["entity"], error["attribute"], error["parent"]) == ("Book", "tags", 1)


def test_unknown_names_are_errors_of_the_model(traced: Traced) -> None:
    error = traced.error("unknown", "FieldError")
    assert error["entity"] == "Author"
    assert error["message"].startswith("Unknown filter param")
    assert "nickname" in error["message"] or "<" in error["message"]
    assert traced.error("unknown order", "FieldError")["entity"] == "Author"


def test_sql_that_the_database_refuses_has_its_code(traced: Traced) -> None:
    column = of(traced, "column")
    table = traced.error("table", "OperationalError")
    if is_sqlite(traced):
        assert "no such column" in column["message"]
        assert "no such table" in table["message"]
    else:
        assert column["db.response.status_code"] == "42703"
        assert table["db.response.status_code"] == "42P01"
    assert "nowhere" in table["message"]  # its own SQL names it


def test_misused_instances_are_errors_too(traced: Traced) -> None:
    assert traced.error("unsaved", "OperationalError")["entity"] == "Author"
    assert traced.error("unsaved relation", "OperationalError")["entity"] == "Author"
    assert traced.error("incomplete", "IncompleteInstanceError")["entity"] == "Author"
    assert "finalised" in traced.error("finalised", "TransactionManagementError")["message"]
    sites = traced.site("long")
    refused = [e for e in traced.child.of("error", type="ValidationError") if e["site"] in sites]
    assert {(error["entity"], error["attribute"]) for error in refused} == {("Author", "name")}


def test_an_error_in_a_task_has_the_line_that_waits(traced: Traced) -> None:
    assert traced.error("gathered", "IntegrityError")["entity"] == "Author"


def test_what_tortoise_does_not_translate_is_recorded_as_it_is(traced: Traced) -> None:
    error = of(traced, "binds")
    assert error["statement"]
    assert error["connection"]
