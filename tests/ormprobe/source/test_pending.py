"""Query objects that only `await` runs: what in the source gave the one that was used."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.source import Source
from ormprobe.source.pending import Pending, awaits_queries, condition_at, models, pending_at
from ormprobe.timeline.model import Site

SOURCE = """\
from tortoise.models import Model

class Book(Model):
    pass

class Novel(Book):
    pass

async def titles():
    books = Book.all()
    return [book.title for book in books]

async def card(number):
    book = await Book.get(id=number)
    return book.author.name

async def line(number):
    book = await Book.get(id=number)
    return named(book.author)

def named(person):
    return person.name

async def newest():
    return Novel.all().order_by("-id").first()

async def shown():
    found = await newest()
    return found.title

async def both():
    query = Book.filter(sold=True)
    return query.order_by("id").values("id")

async def listed():
    rows = await both()
    return rows[0]

async def kept(books):
    return books.title

async def free(isbn, wanted=None):
    query = wanted or Book.all()
    if Book.exists(isbn=isbn):
        return False
    taken = Book.filter(isbn=isbn).exists()
    if not taken:
        return True
    return await query.count() > 0 and not await Book.exists(isbn=isbn)
"""


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "shop.py").write_text(SOURCE)
    return Source(tmp_path)


def line_of(text: str) -> int:
    return next(n for n, line in enumerate(SOURCE.splitlines(), 1) if text in line)


def at(text: str, function: str) -> Site:
    return Site("shop.py", line_of(text), function)


def given(source: Source, message: str, *frames: Site) -> Pending | None:
    return pending_at(source, frames, message, frozenset(("author",)))


def test_models_are_known_by_what_they_derive_from(source: Source, tmp_path: Path) -> None:
    assert models(source) == {"Book", "Novel"}
    assert awaits_queries(source)

    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "shop.py").write_text("from django.db.models import Model\n")
    assert not awaits_queries(Source(tmp_path / "other"))


def test_a_query_that_a_name_was_given(source: Source) -> None:
    found = given(source, "'QuerySet' object is not iterable", at("for book in", "titles"))

    assert found == Pending("shop.py", line_of("books = Book.all()"), "all")


def test_a_relation_that_was_not_fetched(source: Source) -> None:
    message = "'QuerySet' object has no attribute 'name'"

    found = given(source, message, at("book.author.name", "card"))

    assert found is not None
    assert (found.relation, found.line) == ("author", line_of("book.author.name"))


def test_a_relation_is_followed_through_the_call_that_handed_it_on(source: Source) -> None:
    frames = at("person.name", "named"), at("named(book.author)", "line")

    found = given(source, "'QuerySet' object has no attribute 'name'", *frames)

    assert found is not None
    assert (found.relation, found.line) == ("author", line_of("named(book.author)"))


def test_a_query_that_an_awaited_function_returned(source: Source) -> None:
    message = "'QuerySet' object has no attribute 'title'"

    found = given(source, message, at("found.title", "shown"))

    assert found == Pending("shop.py", line_of("return Novel.all()"), "first")


def test_a_query_that_goes_on_with_one_of_the_same_function(source: Source) -> None:
    found = given(source, "'ValuesQuery' object is not subscriptable", at("rows[0]", "listed"))

    assert found == Pending("shop.py", line_of('.values("id")'), "values")


def test_a_parameter_whose_caller_is_not_known_is_nothing(source: Source) -> None:
    message = "'QuerySet' object has no attribute 'title'"

    assert given(source, message, at("books.title", "kept")) is None


def test_a_condition_that_is_a_query(source: Source) -> None:
    direct = condition_at(source, "shop.py", line_of("if Book.exists"))
    named = condition_at(source, "shop.py", line_of("if not taken"))

    assert direct == Pending("shop.py", line_of("if Book.exists"), "exists")
    assert named == Pending("shop.py", line_of("taken = "), "exists")


def test_a_question_whether_there_is_a_query_is_none(source: Source) -> None:
    assert condition_at(source, "shop.py", line_of("wanted or Book.all()")) is None
    assert condition_at(source, "shop.py", line_of("await query.count()")) is None
