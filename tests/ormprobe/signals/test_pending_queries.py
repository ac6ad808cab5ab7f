"""Queries that no await ran: as an exception tells of them, and as a condition."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ormprobe.signals import implicit_access, never_awaited
from ormprobe.signals.errors import reading_of
from ormprobe.signals.known import Known
from ormprobe.signals.pending_queries import used_pending
from ormprobe.source import Source
from ormprobe.timeline.model import Error, Failure, Link, Site, Unawaited
from ormprobe.timeline.run import Relation, Table
from tests.ormprobe.signals.made import failed_test

SOURCE = """\
from tortoise.models import Model

class Book(Model):
    pass

async def sold():
    books = Book.filter(sold=True)
    return [book.title for book in books]

async def byline(number):
    book = await Book.get(id=number)
    return book.author.name

async def free(isbn):
    if Book.exists(isbn=isbn):
        return False
    return True

def pick(query=None):
    return query or None
"""

LACKS = "'QuerySet' object has no attribute 'name'"


@pytest.fixture
def known(known: Known, tmp_path: Path) -> Known:
    (tmp_path / "shop.py").write_text(SOURCE)
    books = Table("1-1:9", "book", "Book", (), (Relation("author", "Author"),))
    known.run.tables["book"] = books
    return replace(known, source=Source(tmp_path))


def line_of(text: str) -> int:
    return next(n for n, line in enumerate(SOURCE.splitlines(), 1) if text in line)


def at(text: str) -> Site:
    return Site("shop.py", line_of(text), "f")


def failure(message: str, site: Site, kind: str = "AttributeError") -> Failure:
    link = Link(type=kind, mro=(kind, "Exception"), message=message, frames=(site,))
    return Failure("1-1:70", 70, "call", (link,))


def test_a_relation_is_an_implicit_access(known: Known) -> None:
    scope = failed_test(failures=[failure(LACKS, at("book.author.name"))])

    [found] = implicit_access.detect(scope, known)

    assert (found.kind, found.attribute, found.error) == (
        "relation-not-fetched",
        "author",
        "1-1:70",
    )
    assert list(never_awaited.detect(scope, known)) == []


def test_a_query_is_an_unawaited_call(known: Known) -> None:
    message = "object of type 'QuerySet' has no len()"
    scope = failed_test(failures=[failure(message, at("for book in"), "TypeError")])

    [found] = never_awaited.detect(scope, known)

    assert found.place is not None
    assert (found.known, found.query, found.place.line) == (True, True, line_of("books = "))
    assert list(implicit_access.detect(scope, known)) == []


def test_a_query_set_of_another_library_is_left_alone(known: Known, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(SOURCE.replace("tortoise", "django.db"))
    other = replace(known, source=Source(tmp_path))

    assert used_pending(other, failure(LACKS, at("book.author.name"))) is None


def test_a_test_that_misuses_a_query_is_left_alone(known: Known) -> None:
    site = Site("tests/test_shop.py", 4, "test_books")

    assert used_pending(known, failure(LACKS, site)) is None


@pytest.mark.parametrize(
    ("attribute", "cause"), [("author", "async-implicit-io"), (None, "unawaited-db-call")]
)
def test_an_error_that_the_recorder_told_of(attribute: str | None, cause: str) -> None:
    error = Error(7, "1-1:70", 1, 70, "AttributeError", "builtins", message=LACKS, entity="Book")
    error.attribute, error.access = attribute, "lazy" if attribute else None

    reading = reading_of(error)

    assert reading is not None
    assert reading.cause == cause


def test_a_condition_that_is_a_query_is_always_true(known: Known) -> None:
    asked = Unawaited("1-1:40", 40, "ExistsQuery.bool", "tortoise.queryset", at("if Book.exists"))

    [found] = never_awaited.detect(failed_test(unawaited=[asked]), known)

    assert (found.effect, found.known, found.name) == ("truth", True, "exists")


def test_whether_there_is_a_query_may_be_asked(known: Known) -> None:
    asked = Unawaited("1-1:40", 40, "QuerySet.bool", "tortoise.queryset", at("query or None"))

    assert list(never_awaited.detect(failed_test(unawaited=[asked]), known)) == []


def test_a_wait_that_was_given_up_while_all_connections_were_out() -> None:
    from ormprobe.timeline.model import Held

    error = Error(7, "1-1:70", 1, 70, "CancelledError", "asyncio.exceptions")
    assert reading_of(error) is None

    error.held = (Held(3, 10),)
    reading = reading_of(error)
    assert reading is not None
    assert reading.cause == "connection-pool-exhaustion"
