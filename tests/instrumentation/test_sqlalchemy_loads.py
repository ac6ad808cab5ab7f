"""Loads: what made the ORM emit a SELECT that the line itself does not ask for."""

from __future__ import annotations

import pytest

from tests.instrumentation.alchemy import Traced, trace

PROGRAM = """\
from models import *
seed()

with make_session() as s:
    author = s.query(Author).filter_by(id=1).one()
    author.books  # here: one to many
    author.books  # here: loaded
    author.biography  # here: deferred
    book = s.query(Book).filter_by(id=5).one()
    book.author  # here: many to one
    book = s.query(Book).filter_by(id=1).one()
    book.author  # here: identity
with make_session() as s:
    author = s.query(Author).filter_by(id=2).one()
    s.expire(author, ["name"])
    author.name  # here: expired one
    s.commit()
    author.name  # here: expired all
    author.id  # here: loaded again
    s.commit()
    author.books  # here: expired then lazy
    s.refresh(author)  # here: refresh
    loan = s.query(Loan).filter_by(member="ann").one()
    s.commit()
    loan.days  # here: composite
with make_session() as s:
    kept = s.get(Author, 3)  # here: get
    s.get(Author, 3)  # here: get again
    s.get(Author, 30)  # here: get none
    s.query(Author).all()
    s.query(Book).options(joinedload(Book.author)).all()  # here: joined
with make_session() as s:
    for author in s.query(Author).options(selectinload(Author.books)):  # here: selectin
        author.books, [book.author for book in author.books]  # here: selectin used
with make_session() as s:
    for author in s.query(Author).options(subqueryload(Author.books)).all():  # here: subquery
        author.books  # here: subquery used
with make_session() as s:
    s.get(Author, 1, options=[selectinload(Author.books)])  # here: get and selectin
with make_session() as s:
    books = s.query(Book).all()
    for book in books:
        book.author.name  # here: n plus one
with make_session() as s:
    [author.books for author in s.query(Author)]  # here: in a comprehension
with make_session() as s:
    book = s.query(Book).first()
    s.add(Author(name="pending"))
    book.author  # here: autoflush
    s.rollback()
with make_session() as s:
    author = s.get(Author, 1)
    s.execute(select(Book).where(with_parent(author, Author.books))).all()  # here: asked for
    author.books = []  # here: replaced
    s.rollback()
    s.delete(s.get(Author, 2))  # here: cascade
    s.rollback()
"""


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("loads"), PROGRAM)


@pytest.mark.parametrize(
    ("mark", "loads"),
    [
        ("one to many", [("lazy", "Author", "books")]),
        ("many to one", [("lazy", "Book", "author")]),
        ("deferred", [("deferred", "Author", "biography")]),
        ("expired one", [("expired", "Author", "name")]),
        ("expired all", [("expired", "Author", "name")]),
        ("composite", [("expired", "Loan", "days")]),
        ("get", [("get", "Author", None)]),
        ("get none", [("get", "Author", None)]),
        ("refresh", [("refresh", "Author", None)]),
        ("in a comprehension", [None] + [("lazy", "Author", "books")] * 3),
        ("n plus one", [("lazy", "Book", "author")] * 3),
        ("replaced", [("lazy", "Author", "books")]),
        ("asked for", [None]),
        ("joined", [None]),
    ],
)
def test_loads(traced: Traced, mark: str, loads: list[object]) -> None:
    assert traced.loads(mark) == loads


@pytest.mark.parametrize(
    "mark",
    ["loaded", "identity", "loaded again", "get again", "selectin used", "subquery used"],
)
def test_what_is_loaded_stays_silent(traced: Traced, mark: str) -> None:
    assert traced.at(mark) == []


@pytest.mark.parametrize("mark", ["selectin", "subquery"])
def test_eager_loads_are_not_lazy(traced: Traced, mark: str) -> None:
    first, second = traced.loads(mark)

    assert first is None
    assert second is not None
    assert second[0] == "eager"


def test_an_eager_load_of_a_get(traced: Traced) -> None:
    found = [load and load[0] for load in traced.loads("get and selectin")]

    assert found == ["get", "eager"]


def test_an_expired_owner_is_loaded_before_its_relation(traced: Traced) -> None:
    loads = traced.loads("expired then lazy")

    assert ("lazy", "Author", "books") in loads
    assert {load[0] for load in loads if load} <= {"lazy", "expired"}


def test_the_key_of_the_owner(traced: Traced) -> None:
    assert traced.only("one to many")["parent"] == 1
    assert traced.only("expired all")["parent"] == 2
    assert [event["parent"] for event in traced.at("n plus one")] == [1, 3, 5]
    number, member = traced.only("composite")["parent"]
    assert number == 1
    assert member.startswith("s3:")


def test_autoflush_on_the_way_is_no_load(traced: Traced) -> None:
    insert, load = traced.at("autoflush")

    assert insert["via"] == "autoflush"
    assert "load" not in insert
    assert "via" not in load
    assert traced.loads("autoflush")[1] == ("lazy", "Book", "author")


def test_rows_of_a_lazy_load(traced: Traced) -> None:
    assert traced.count("one to many") == 2
    assert traced.entities("one to many") == [("Book", 2)]
    assert traced.count("get none") == 0
