"""Errors of Django: recorded as they are made, also where the app swallows them."""

from __future__ import annotations

import pytest

from tests.instrumentation.djangos import Traced, trace

PROGRAM = """\
import asyncio
from start import *
seed()

try:
    Author.objects.get(id=99)  # here: missing
except Author.DoesNotExist:  # here: caught
    pass
try:
    Book.objects.get(pages=1)  # here: several
except Book.MultipleObjectsReturned:
    pass
try:
    Author.objects.get(id=2).profile  # here: no profile
except ObjectDoesNotExist:
    pass
hasattr(Author.objects.get(id=3), "profile")  # here: asked for
try:
    Author.objects.create(name="author 1")  # here: integrity
except IntegrityError:
    pass
try:
    with transaction.atomic():
        try:
            Author.objects.create(name="author 1")  # here: first
        except IntegrityError:
            pass
        Author.objects.count()
except Error:
    pass
try:
    with transaction.atomic():
        try:
            with transaction.atomic(savepoint=False):
                Author.objects.create(name="author 1")
        except IntegrityError:
            pass
        Author.objects.count()  # here: broken
except Error:
    pass
try:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM nowhere")  # here: no table
except OperationalError:
    pass
try:
    Author.objects.filter(nmae="x")  # here: field
except FieldError:
    pass
try:
    Author.objects.only("nmae").get(id=1)  # here: unknown field
except (FieldError, FieldDoesNotExist):
    pass
Author.objects.filter(books__title__in=["x"]).count()
Author.objects.get_or_create(name="created")  # here: library

a_book, an_author = Book.objects.get(id=5), Author.objects.get(id=1)

async def main():
    Author.objects.count()  # here: synchronous

async def forward():
    a_book.author  # here: forward

async def back():
    list(an_author.books.all())  # here: back

for work in (main, forward, back):
    try:
        asyncio.run(work())
    except SynchronousOnlyOperation:
        pass
try:
    connections["other"]  # here: no such alias
except Exception as error:
    print(type(error).__name__)
with transaction.atomic():
    Author.objects.update(biography="")
    try:
        Book.objects.get(id=77)  # here: inside
    except Book.DoesNotExist:
        pass
with connection.cursor() as cursor:
    try:
        cursor.execute("SELECT %s, %s", [1])  # here: too few
    except Exception as error:
        print(type(error).__name__)
try:
    transaction.atomic().__enter__()
    transaction.commit()  # here: forbidden
except Error:
    pass
"""


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("errors"), PROGRAM)


@pytest.mark.parametrize(
    ("mark", "kind", "entity", "attribute"),
    [
        ("missing", "Author.DoesNotExist", "Author", None),
        ("several", "Book.MultipleObjectsReturned", "Book", None),
        ("no profile", "Author.profile.RelatedObjectDoesNotExist", "Author", "profile"),
        ("integrity", "IntegrityError", "Author", None),
        ("field", "FieldError", "Author", None),
        ("synchronous", "SynchronousOnlyOperation", None, None),
        ("forward", "SynchronousOnlyOperation", "Book", "author"),
        ("back", "SynchronousOnlyOperation", "Author", "books"),
        ("broken", "TransactionManagementError", "Author", None),
        ("no table", "OperationalError", None, None),
        ("forbidden", "TransactionManagementError", None, None),
    ],
)
def test_error(
    traced: Traced, mark: str, kind: str, entity: str | None, attribute: str | None
) -> None:
    error = traced.error(mark, kind)

    if entity is not None:
        assert error["entity"] == entity
    assert error.get("attribute") == attribute
    assert traced.child.site(error["site"])[1] == traced.line(mark)


def test_which_instance_was_read(traced: Traced) -> None:
    forward = traced.error("forward", "SynchronousOnlyOperation")
    back = traced.error("back", "SynchronousOnlyOperation")

    assert (forward["access"], forward["parent"]) == ("lazy", 5)
    assert (back["access"], back["parent"]) == ("lazy", 1)


def test_names_of_the_model_in_the_message(traced: Traced) -> None:
    error = traced.error("missing", "Author.DoesNotExist")

    assert error["message"] == "Author matching query does not exist."
    assert (
        "Choices are: biography, books, id, name" in traced.error("field", "FieldError")["message"]
    )


def test_swallowed(traced: Traced) -> None:
    error = traced.error("missing", "Author.DoesNotExist")

    assert traced.fate(error) == ("caught", traced.line("missing"))


def test_caught_by_django_itself(traced: Traced) -> None:
    error = traced.error("library", "Author.DoesNotExist")

    assert traced.fate(error)[0] == "library"


def test_statement_and_driver_beneath(traced: Traced) -> None:
    error = traced.error("integrity", "IntegrityError")

    text = traced.child.one("sql", id=error["statement"])["db.query.text"]
    assert text.startswith('INSERT INTO "library_author"')
    assert error["module"] == "django.db.utils"
    [beneath] = error["chain"]
    assert (beneath["type"], beneath["module"]) == ("IntegrityError", "sqlite3")
    assert error["message"] == "UNIQUE constraint failed: library_author.name"
    assert "connection" in error
    assert traced.at("integrity") == []  # what failed is no statement


def test_the_transaction_that_it_broke(traced: Traced) -> None:
    first = traced.error("first", "IntegrityError")

    assert "transaction" in first
    assert "transaction" not in traced.error("integrity", "IntegrityError")


def test_lookups_are_no_errors(traced: Traced) -> None:
    assert [error["site"] for error in traced.child.of("error", type="FieldDoesNotExist")] in (
        [],
        [traced.error("unknown field", "FieldDoesNotExist")["site"]],
    )


def test_the_last_statement_of_what_was_not_found(traced: Traced) -> None:
    error = traced.error("missing", "Author.DoesNotExist")

    text = traced.child.one("sql", id=error["statement"])["db.query.text"]
    assert text.endswith('WHERE "library_author"."id" = %s LIMIT 21')


def test_an_error_inside_a_transaction_names_it(traced: Traced) -> None:
    error = traced.error("inside", "Book.DoesNotExist")

    assert error["transaction"] == traced.only("inside")["transaction"]


UNCONFIGURED = """\
from django.core.exceptions import AppRegistryNotReady, ImproperlyConfigured
from django.conf import settings
try:
    settings.DATABASES  # here: settings
except ImproperlyConfigured:
    pass
settings.configure()
from django.db import models
try:
    class Thing(models.Model):  # here: apps
        pass
except AppRegistryNotReady:
    pass
"""


def test_before_django_is_set_up(tmp_path_factory: pytest.TempPathFactory) -> None:
    traced = trace(tmp_path_factory.mktemp("unconfigured"), UNCONFIGURED)

    assert traced.error("settings", "ImproperlyConfigured")["module"] == "django.core.exceptions"
    assert traced.error("apps", "AppRegistryNotReady")["mro"][0] == "AppRegistryNotReady"
