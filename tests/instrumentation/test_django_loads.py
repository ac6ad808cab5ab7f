"""Loads of Django's ORM: what made it emit a SELECT that the line itself does not ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.djangos import Traced, django_version, trace

PROGRAM = """\
from start import *
seed()

author = Author.objects.get(id=1)  # here: get
author.books.all()  # here: not run
list(author.books.all())  # here: reverse
author.books.count()  # here: reverse count
author.books.filter(pages__gt=0).exists()  # here: reverse exists
author.books.filter(id__gt=1).first()  # here: reverse first
author.books.aggregate(Sum("pages"))  # here: reverse aggregate
author.books.order_by("id")[:1].count()  # here: reverse sliced count
author.books.get(title="book 1")  # here: reverse get
author.profile  # here: one to one back
author.profile  # here: loaded
profile = Profile.objects.get(id=10)
profile.author  # here: one to one
book = Book.objects.get(id=5)
book.author  # here: many to one
book.author  # here: loaded again
list(book.tags.all())  # here: many to many
list(Tag.objects.get(id=1).book_set.all())  # here: many to many back
list(book.notes.all())  # here: generic relation
note = Note.objects.all()[0]
note.about  # here: generic
author = Author.objects.defer("biography").get(id=2)
author.biography  # here: deferred
author.biography  # here: deferred loaded
Book.objects.only("title").get(id=3).author  # here: deferred key
author.refresh_from_db()  # here: refresh
for author in Author.objects.prefetch_related("books__tags"):  # here: prefetch
    [list(book.tags.all()) for book in author.books.all()]  # here: prefetched
for author in Author.objects.prefetch_related("books"):
    list(author.books.filter(pages=1))  # here: prefetched and filtered
prefetch_related_objects(list(Note.objects.all()), "about")  # here: prefetch generic
for book in Book.objects.select_related("author"):  # here: joined
    book.author.name  # here: joined used
for book in Book.objects.order_by("id"):
    book.author.name  # here: n plus one
novel = Novel.objects.get(id=20)
novel.author  # here: inherited
novel.book_ptr  # here: parent link
Book.objects.get(id=20).novel  # here: child
try:
    Author.objects.get(id=2).profile  # here: none
except Profile.DoesNotExist:
    pass
author.books.create(title="new")  # here: create
Author.objects.get_or_create(name="author 1")  # here: get or create
Book.objects.in_bulk([1, 2])  # here: in bulk
author.books.update(pages=2)  # here: update
novel.delete()  # here: delete
list(Book.objects.filter(author__in=Author.objects.filter(id=1)))  # here: subquery
"""


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("loads"), PROGRAM)


BOOKS = ("lazy", "Author", "books")


@pytest.mark.parametrize(
    ("mark", "loads"),
    [
        ("get", [("get", "Author", None)]),
        ("not run", []),
        ("reverse", [BOOKS]),
        ("reverse count", [BOOKS]),
        ("reverse exists", [BOOKS]),
        ("reverse first", [BOOKS]),
        ("reverse aggregate", [BOOKS]),
        ("reverse sliced count", [BOOKS]),
        ("reverse get", [("get", "Book", None)]),
        ("one to one back", [("lazy", "Author", "profile")]),
        ("loaded", []),
        ("one to one", [("lazy", "Profile", "author")]),
        ("many to one", [("lazy", "Book", "author")]),
        ("loaded again", []),
        ("many to many", [("lazy", "Book", "tags")]),
        ("many to many back", [("get", "Tag", None), ("lazy", "Tag", "book_set")]),
        ("generic relation", [("lazy", "Book", "notes")]),
        ("generic", [("lazy", "Note", "about")]),
        ("deferred", [("deferred", "Author", "biography")]),
        ("deferred loaded", []),
        (
            "deferred key",
            [("get", "Book", None), ("deferred", "Book", "author_id"), ("lazy", "Book", "author")],
        ),
        ("refresh", [("refresh", "Author", None)]),
        ("prefetch", [None, ("eager", "Book", None), ("eager", "Tag", None)]),
        ("prefetched", []),
        ("prefetched and filtered", [BOOKS] * 3),
        ("prefetch generic", [None, ("eager", "Book", None)]),
        ("joined", [None]),
        ("joined used", []),
        ("n plus one", [("lazy", "Book", "author")] * 7),
        ("inherited", [("lazy", "Novel", "author")]),
        ("parent link", []),
        ("child", [("get", "Book", None), ("lazy", "Book", "novel")]),
        ("none", [("get", "Author", None), ("lazy", "Author", "profile")]),
        ("create", [None]),
        ("get or create", [("get", "Author", None)]),
        ("in bulk", [None]),
        ("update", [None]),
        ("subquery", [None]),
    ],
)
def test_load(traced: Traced, mark: str, loads: list[tuple[str, str, str | None] | None]) -> None:
    assert traced.loads(mark) == loads


@pytest.mark.parametrize(
    ("mark", "parents"),
    [
        ("reverse", [1]),
        ("many to many", [5]),
        ("generic relation", [5]),
        ("many to one", [5]),
        ("one to one back", [1]),
        ("n plus one", [1, 2, 3, 4, 5, 6, 20]),
        ("deferred", [2]),
    ],
)
def test_parent_is_the_key_of_the_instance(traced: Traced, mark: str, parents: list[int]) -> None:
    assert [statement["parent"] for statement in traced.at(mark)] == parents


@pytest.mark.parametrize(
    ("mark", "entities"),
    [
        ("reverse", ["Book"]),
        ("many to one", ["Author"]),
        ("generic", ["Book"]),
        ("prefetch", ["Author", "Book", "Tag"]),
        ("reverse sliced count", ["Book"]),
        ("create", ["Book"]),
        ("update", ["Book"]),
    ],
)
def test_entity_is_the_model_that_is_asked_for(
    traced: Traced, mark: str, entities: list[str]
) -> None:
    assert [statement["entity"] for statement in traced.at(mark)] == entities


def test_deletes_cascade_without_being_loads(traced: Traced) -> None:
    found = traced.at("delete")

    assert len(found) > 2
    assert {statement["orm"] for statement in found} == {"django"}
    assert traced.loads("delete") == [None] * len(found)


FETCH_MODES = """\
from start import *
seed()

for book in Book.objects.fetch_mode(FETCH_PEERS).order_by("id"):
    book.author  # here: peers
for author in Author.objects.fetch_mode(FETCH_PEERS).defer("biography").order_by("id"):
    author.biography  # here: peers deferred
for note in Note.objects.fetch_mode(FETCH_PEERS):
    note.about  # here: peers generic
[alone] = Author.objects.fetch_mode(FETCH_PEERS).filter(id=1).defer("biography")
alone.biography  # here: alone
try:
    Book.objects.fetch_mode(RAISE).first().author  # here: blocked
except FieldFetchBlocked:
    pass
"""


@pytest.mark.skipif(django_version() < (6, 1), reason="fetch modes came with 6.1")
def test_fetch_modes(tmp_path: Path) -> None:
    program = FETCH_MODES.replace("RAISE", "FETCH_RAISE")
    traced = trace(tmp_path, program)

    assert traced.loads("peers") == [("eager", "Author", None)]
    assert traced.loads("peers deferred") == [("eager", "Author", None)]
    assert traced.loads("peers generic") == [("eager", "Book", None)]
    assert traced.loads("alone") == [("deferred", "Author", "biography")]
    error = traced.error("blocked", "FieldFetchBlocked")
    assert (error["entity"], error["attribute"]) == ("Book", "author")


TEMPLATE = """\
from start import *
from django.template import Context, Engine
seed()

template = Engine().from_string(
    "{{ book.author.name }}{% for tag in book.tags.all %}{{ tag.label }}{% endfor %}"
)
context = Context({"book": Book.objects.get(id=1)})
template.render(context)  # here: template
list(Book.objects.get(id=2).tags.all())  # here: plain
"""


def test_who_reads_for_the_app(tmp_path: Path) -> None:
    traced = trace(tmp_path, TEMPLATE)

    assert traced.loads("template") == [("lazy", "Book", "author"), ("lazy", "Book", "tags")]
    found = [statement["serializer"] for statement in traced.at("template")]
    assert found == ["django.template.base:Template.render"] * 2
    assert all("serializer" not in statement for statement in traced.at("plain"))
