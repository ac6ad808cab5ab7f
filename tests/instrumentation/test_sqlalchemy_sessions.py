"""Sessions: what they drop when they end, and instances that outlive them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.instrumentation.alchemy import Traced, trace
from tests.instrumentation.traced import Event

PROGRAM = """\
import contextlib, gc
from models import *
seed()

def attempt(function):
    try:
        function()
    except exc.SQLAlchemyError:  # here: caught
        pass

s = make_session()
author, loan = s.get(Author, 1), s.get(Loan, (1, "bob"))
s.add(Author(name="new"))
author.name = "changed"
s.delete(loan)
s.close()  # here: dropped

s = make_session()
s.add(Author(name="new"))
s.expunge_all()  # here: expunged all
s.close()

def forget():
    s = make_session()
    s.add(Author(name="new"))
forget()
gc.collect()

def forget_change():
    s = make_session()
    s.get(Author, 1).name = "never written"
    s.rollback()
    s.get(Author, 1).name = "never written"
forget_change()
gc.collect()

s = make_session()
s.query(Author).all()
s.close()  # here: nothing dropped

with make_session() as s:  # here: books
    books = s.query(Book).all()
attempt(lambda: books[0].author)  # here: detached lazy

def read():
    with make_session() as s:  # here: with
        author = s.get(Author, 2)
    return author
author = read()
attempt(lambda: author.books)  # here: detached by with
attempt(lambda: author.biography)  # here: detached deferred

@contextlib.contextmanager
def session_scope():
    s = make_session()
    try:
        yield s
        s.commit()
    finally:
        s.close()  # here: in the helper

def through_helper():
    with session_scope() as s:  # here: callers with
        author = s.get(Author, 3)
    return author
author = through_helper()
attempt(lambda: author.name)  # here: detached expired

s = make_session()
author = s.get(Author, 1)
s.expunge(author)  # here: expunged
attempt(lambda: author.books)  # here: detached by expunge
s.close()

one, two = make_session(), make_session()
author = one.get(Author, 1)
attempt(lambda: two.add(author))  # here: attached elsewhere
attempt(lambda: two.refresh(author))  # here: refresh elsewhere
attempt(lambda: one.refresh(Author(name="transient")))  # here: refresh transient
attempt(lambda: one.delete(Author(name="transient")))  # here: delete transient
one.close(), two.close()

registry = scoped_session(make_session)
author = registry.get(Author, 1)
registry.remove()  # here: removed
attempt(lambda: author.books)  # here: detached by remove

s = make_session()
author = s.get(Author, 1)
s.commit()
del s
gc.collect()
attempt(lambda: author.name)  # here: session gone
"""


ADDED = """\
from models import *
seed()

def put(session):
    session.add(Author(name="helped"))  # here: in a helper

s = make_session()
s.add(Author(name="one"))  # here: added
s.close()  # here: dropped add

s = make_session()
s.add_all([Author(name="one"), Author(name="two")])  # here: added all
s.close()  # here: dropped add_all

s = make_session()
put(s)
s.close()  # here: dropped in a helper

s = make_session()
s.add(Author(name="first"))  # here: first
s.add(Book(title="last", author_id=1))  # here: last
s.close()  # here: dropped two

s = make_session()
author = s.get(Author, 1)
author.books.append(Book(title="by cascade"))  # here: cascaded
s.close()  # here: dropped by cascade

s = make_session()
s.add(Author(name="written"))
s.rollback()
s.get(Author, 1).name = "changed"
s.close()  # here: only changed

def forget():
    s = make_session()
    s.add(Author(name="forgotten"))  # here: forgotten
forget()

try:
    with make_session() as s:
        s.add(Author(name="one"))
        raise KeyError("amid")
except KeyError:
    pass

with make_session() as s:  # here: left in order
    s.add(Author(name="one"))

try:
    raise KeyError("outer")
except KeyError:
    pass
with make_session() as s:  # here: after a handler
    s.add(Author(name="one"))
"""


@pytest.fixture(scope="module")
def adding(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("adding"), ADDED)


@pytest.mark.parametrize(
    ("mark", "added"),
    [
        ("dropped add", "added"),
        ("dropped add_all", "added all"),
        ("dropped in a helper", "in a helper"),
        ("dropped two", "last"),
        ("dropped by cascade", "cascaded"),
    ],
)
def test_the_line_that_put_the_last_instance_in(adding: Traced, mark: str, added: str) -> None:
    event = adding.only(mark, "session")

    assert event["added"] in adding.site(added)


def test_the_line_that_put_an_instance_into_a_forgotten_session(adding: Traced) -> None:
    event = adding.child.one("session", end="gc")

    assert event["added"] in adding.site("forgotten")
    assert "site" not in event


def test_a_session_that_drops_only_changes_was_added_nothing(adding: Traced) -> None:
    event = adding.only("only changed", "session")

    assert event["dirty"] == ["Author.name"]
    assert "added" not in event


def test_a_with_block_that_an_exception_left(adding: Traced) -> None:
    event = adding.child.one("session", end="exception")

    assert event["new"] == ["Author"]
    assert adding.only("left in order", "session")["end"] == "close"
    assert adding.only("after a handler", "session")["end"] == "close"


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("sessions"), PROGRAM)


def test_a_close_names_what_it_drops(traced: Traced) -> None:
    event = traced.only("dropped", "session")

    assert event["end"] == "close"
    assert event["new"] == ["Author"]
    assert event["dirty"] == ["Author.name"]
    assert event["deleted"] == ["Loan"]


def test_expunge_all_drops_too(traced: Traced) -> None:
    assert traced.only("expunged all", "session")["new"] == ["Author"]


def test_a_forgotten_session_drops_its_new_instances(traced: Traced) -> None:
    first, *_ = traced.child.of("session", end="gc")

    assert first["new"] == ["Author"]


def test_a_forgotten_session_drops_its_changes(traced: Traced) -> None:
    assert [event["dirty"] for event in traced.child.of("session", end="gc")][1:] == [
        ["Author.name"]
    ]


def test_a_clean_close_is_no_event(traced: Traced) -> None:
    assert traced.at("nothing dropped", "session") == []


def closing_site(traced: Traced, error: Event) -> tuple[str, int, str]:
    detached: Any = error["detached"]
    return traced.child.site(detached["site"])


@pytest.mark.parametrize(
    ("mark", "entity", "attribute", "parent", "closed"),
    [
        ("detached lazy", "Book", "author", 1, "books"),
        ("detached by with", "Author", "books", 2, "with"),
        ("detached deferred", "Author", "biography", 2, "with"),
        ("detached expired", "Author", "name", 3, "callers with"),
        ("detached by expunge", "Author", "books", 1, "expunged"),
        ("detached by remove", "Author", "books", 1, "removed"),
    ],
)
def test_a_detached_instance(
    traced: Traced, mark: str, entity: str, attribute: str, parent: int, closed: str
) -> None:
    error = traced.error(mark, "DetachedInstanceError")

    assert (error["entity"], error["attribute"], error["parent"]) == (entity, attribute, parent)
    assert error["detached"]["session"] > 0
    path, line, _ = closing_site(traced, error)
    assert path == "program.py"
    assert line in traced.lines(closed)


def test_a_detached_instance_whose_session_was_forgotten(traced: Traced) -> None:
    error = traced.error("session gone", "DetachedInstanceError")

    assert (error["entity"], error["attribute"]) == ("Author", "name")


@pytest.mark.parametrize(
    "mark",
    ["attached elsewhere", "refresh elsewhere", "refresh transient", "delete transient"],
)
def test_an_instance_and_a_session_that_do_not_match(traced: Traced, mark: str) -> None:
    error = traced.error(mark, "InvalidRequestError")

    assert error["entity"] == "Author"
    assert error["session"] > 0
    assert traced.fate(error) == ("caught", traced.line("caught") - 1)


def test_the_session_that_an_instance_belongs_to(traced: Traced) -> None:
    error = traced.error("attached elsewhere", "InvalidRequestError")

    assert error["detached"]["session"] != error["session"]
    assert error["parent"] == 1
