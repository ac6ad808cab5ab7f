"""Loads: foreign keys read lazily, relations from their other side, rows by key, prefetches."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import Traced
from tests.instrumentation.peewees import peewee_version, trace

PROGRAM = """\
import peewee
from models import *
seed()
for book in Book.select():
    book.author.name  # here: lazy
    book.author.name
book = Book.get_by_id(3)
book.author_id  # here: id alone
with_author = Book.select(Book, Author).join(Author).where(Book.id == 3).get()
with_author.author.name  # here: joined
for author in Author.select():
    [b.title for b in author.books]  # here: backref
author = Author.get(Author.name == "author 2")  # here: get
author.books.count()  # here: backref count
author.books.exists()  # here: backref exists
author.books.where(Book.title == "book 3").order_by(Book.id).first()  # here: backref refined
len(author.books)  # here: backref len
Author.get_by_id(1)  # here: by id
Author.get_or_none(Author.id == 99)  # here: or none
Author[2]  # here: index
Author.select().where(Author.id == 1).get()  # here: query get
for tag in Tag.select():
    [b.title for b in tag.books]  # here: many
book.tags.count()  # here: many count
for author in Author.select().prefetch(Book):  # here: prefetch
    [b.title for b in author.books]  # here: prefetched
for author in prefetch(Author.select(), Book.select()):  # here: function
    [b.author.name for b in author.books]  # here: prefetched both ways
list(Book.select().where(Book.author << Author.select()))  # here: subquery
author = Author.get_by_id(2)
list(Author.select().where(Author.id.in_(author.books.select(Book.author))))  # here: within
Loan.select().first().book.title  # here: composite
book.author = 1
book.save()  # here: save
author.books.select(fn.COUNT(Book.id)).scalar()  # here: backref select
if hasattr(peewee, "Load"):
    for author in Author.select().with_related(Author.books):  # here: with related
        [b.title for b in author.books]
"""


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("loads"), PROGRAM)


@pytest.mark.parametrize(
    ("mark", "loads"),
    [
        ("lazy", [("lazy", "Book", "author")] * 6),
        ("backref", [("lazy", "Author", "books")] * 3),
        ("backref count", [("lazy", "Author", "books")]),
        ("backref exists", [("lazy", "Author", "books")]),
        ("backref refined", [("lazy", "Author", "books")]),
        ("backref len", [("lazy", "Author", "books")]),
        ("backref select", [("lazy", "Author", "books")]),
        ("many", [("lazy", "Tag", "books")] * 2),
        ("many count", [("lazy", "Book", "tags")]),
        ("get", [("get", "Author", None)]),
        ("by id", [("get", "Author", None)]),
        ("or none", [("get", "Author", None)]),
        ("index", [("get", "Author", None)]),
        ("query get", [("get", "Author", None)]),
        ("prefetch", [("eager", "Book", None), ("eager", "Author", None)]),
        ("function", [("eager", "Book", None), ("eager", "Author", None)]),
        ("subquery", [None]),
        ("within", [None]),
        ("composite", [None, ("lazy", "Loan", "book")]),
        ("save", [None]),
    ],
)
def test_loads(traced: Traced, mark: str, loads: list[tuple[str, str, str | None] | None]) -> None:
    assert traced.loads(mark) == loads


@pytest.mark.parametrize("mark", ["id alone", "joined", "prefetched", "prefetched both ways"])
def test_what_is_there_is_not_loaded(traced: Traced, mark: str) -> None:
    assert traced.at(mark) == []


def test_the_instances_that_loads_are_for(traced: Traced) -> None:
    def parents(mark: str) -> list[object]:
        return [statement["parent"] for statement in traced.at(mark)]

    assert parents("lazy") == [1, 2, 3, 4, 5, 6]
    assert parents("backref") == [1, 2, 3]
    assert parents("backref count") == [2]
    [book, member] = traced.at("composite")[1]["parent"]
    assert book == 1
    assert member.startswith("s3:")


def test_a_load_by_key_has_no_parent(traced: Traced) -> None:
    assert "parent" not in traced.only("by id")


@pytest.mark.skipif(peewee_version() < (4, 0), reason="4.x brought with_related()")
def test_relations_loaded_with_the_query(traced: Traced) -> None:
    assert traced.loads("with related") == [None, ("eager", "Book", None)]


SERIALIZED = """\
import json, os
from jinja2 import Environment, FileSystemLoader
from models import *
seed()
pages = Environment(loader=FileSystemLoader(os.path.join(os.path.dirname(__file__), "pages")))
print(pages.get_template("books.html").render(books=Book.select()))
"""


def test_site_in_a_template_is_the_templates_line(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    page = "<ul>\n{% for book in books %}\n  <li>{{ book.author.name }}\n{% endfor %}\n"
    (tmp_path / "pages" / "books.html").write_text(page)

    traced = trace(tmp_path, SERIALIZED)

    loads = [event for event in traced.child.of("statement") if "parent" in event]
    sites = [traced.child.one("site", id=event["site"]) for event in loads]
    assert len(loads) == 6
    assert {(site["code.file.path"], site["code.line.number"]) for site in sites} == {
        ("pages/books.html", 3)
    }


CLONES = """\
from models import *
seed()
author = Author.get_by_id(1)
query = author.books
same = query.clone()
print(type(query).__name__, query is not same, same.sql() == query.sql())
print(sorted(name for name in vars(query) if "probe" not in name) ==
      sorted(name for name in vars(Book.select().where(Book.author == author))
             if "probe" not in name))
tag = Tag.get_by_id("red")
print(type(tag.books).__name__, tag.books.count())
tag.books.remove([1])
print(tag.books.count(), Author.books.field.name, Tag.books.name)
"""


def test_queries_of_relations_are_what_they_were(tmp_path: Path) -> None:
    traced = trace(tmp_path, CLONES)

    assert traced.child.stdout.splitlines() == [
        "ModelSelect True True",
        "True",
        "ManyToManyQuery 3",
        "2 author books",
    ]
