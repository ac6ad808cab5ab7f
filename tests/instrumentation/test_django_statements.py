"""Statements of Django's ORM, and those that the app sends through Django by itself."""

from __future__ import annotations

import pytest

from tests.instrumentation.djangos import Traced, trace

PROGRAM = """\
from start import *
create()  # here: create

def helper(query):
    return list(query)  # here: helper

def outer(query):
    return helper(query)  # here: outer

author = Author.objects.create(name="ann")  # here: insert
author.name = "bob"
author.save()  # here: save
Author.objects.filter(name="bob").update(name="carl")  # here: update
Author.objects.filter(name="nobody").update(name="carl")  # here: update none
books = [Book(title="a", author=author), Book(title="b", author=author)]
Book.objects.bulk_create(books)  # here: bulk
Book.objects.filter(title="a").delete()  # here: delete
outer(Book.objects.all())
list(Book.objects.raw("SELECT * FROM library_book WHERE pages = %s", [1]))  # here: raw query
list(Book.objects.extra(where=["pages > 0"]))  # here: extra
with connection.cursor() as cursor:
    cursor.execute("SELECT title FROM library_book WHERE pages = %s", [1])  # here: app
    cursor.fetchall()
    cursor.execute("UPDATE library_book SET pages = 2")  # here: app write
    pages = "UPDATE library_book SET pages = %s WHERE id = %s"
    cursor.executemany(pages, [(3, 1), (4, 2)])  # here: many
    cursor.executemany(pages, iter([(3, 1)]))  # here: iterated
connection.ensure_connection()
connection.connection.execute("DELETE FROM library_book WHERE id = 99")  # here: driver
connection.introspection.table_names()  # here: introspection
Book.objects.none().count()  # here: nothing sent
Ticket.objects.create(id="12345678123456781234567812345678")  # here: uuid

def logging(execute, sql, params, many, context):
    return execute(sql, params, many, context)  # here: wrapper

with connection.execute_wrapper(logging):
    Book.objects.count()  # here: wrapped
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")  # here: app wrapped

from django.db.backends.utils import CursorWrapper

class Counting(CursorWrapper):
    def execute(self, sql, params=None):
        return super().execute(sql, params)  # here: stand-in

cursor = Counting(connection.cursor().cursor, connection)
cursor.execute("SELECT 2")  # here: through a stand-in

def several():
    for number in range(3):
        Book.objects.filter(id=number).first()  # here: loop

several()
"""


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("statements"), PROGRAM)


@pytest.mark.parametrize(
    ("mark", "verbs", "affected"),
    [
        ("insert", ["INSERT"], [1]),
        ("save", ["UPDATE"], [1]),
        ("update", ["UPDATE"], [1]),
        ("update none", ["UPDATE"], [0]),
        ("bulk", ["INSERT"], [2]),
        ("app write", ["UPDATE"], [1]),
        ("many", ["UPDATE"], [1]),
        ("iterated", ["UPDATE"], [0]),
        ("driver", ["DELETE"], [0]),
        ("loop", ["SELECT"] * 3, [None] * 3),
        ("nothing sent", [], []),
        ("introspection", ["SELECT"], [None]),
        ("uuid", ["INSERT"], [1]),
    ],
)
def test_verb_and_affected_rows(
    traced: Traced, mark: str, verbs: list[str], affected: list[int | None]
) -> None:
    assert traced.verbs(mark) == verbs
    assert [statement.get("affected") for statement in traced.at(mark)] == affected


@pytest.mark.parametrize(
    ("mark", "orm", "source", "entity", "via"),
    [
        ("insert", "django", None, "Author", None),
        ("save", "django", None, "Author", None),
        ("helper", "django", None, "Book", None),
        ("raw query", "django", None, "Book", "raw"),
        ("extra", "django", None, "Book", "extra"),
        ("app", None, "app", None, None),
        ("app write", None, "app", None, None),
        ("many", None, "app", None, None),
        ("driver", None, "app", None, None),
        ("introspection", "django", None, None, None),
        ("wrapped", "django", None, "Book", None),
        ("app wrapped", None, "app", None, None),
        ("through a stand-in", None, "app", None, None),
    ],
)
def test_who_sent_it(
    traced: Traced,
    mark: str,
    orm: str | None,
    source: str | None,
    entity: str | None,
    via: str | None,
) -> None:
    [found] = traced.at(mark)

    assert found.get("orm") == orm
    assert found.get("source") == source
    assert found.get("entity") == entity
    assert found.get("via") == via


def test_functions_around_a_statement_are_not_its_line(traced: Traced) -> None:
    assert traced.at("wrapper") == []
    assert traced.at("stand-in") == []


def test_what_django_does_by_itself_is_not_the_apps(traced: Traced) -> None:
    assert {statement.get("source") for statement in traced.at("create")} <= {None}
    assert {statement.get("source") for statement in traced.child.of("statement")} == {None, "app"}


def test_lines_that_led_there(traced: Traced) -> None:
    found = traced.only("helper")

    callers = [traced.child.site(number)[1] for number in found["callers"]]
    assert callers[0] == traced.line("outer")
    assert len(callers) == 2


def test_same_line_again(traced: Traced) -> None:
    found = traced.at("loop")

    assert [statement["binds"] for statement in found] == [[0], [1], [2]]
    assert len({statement["sql"] for statement in found}) == 1


def test_sets_of_binds(traced: Traced) -> None:
    assert (traced.only("many")["many"], traced.only("many")["binds"]) == (2, [3, 1])
    assert (traced.only("iterated")["many"], traced.only("iterated")["binds"]) == (1, [3, 1])
    assert "many" not in traced.only("bulk")


def test_writes_outside_a_transaction_last(traced: Traced) -> None:
    assert traced.only("insert")["durable"] is True
    assert traced.only("app write")["durable"] is True
    assert traced.only("driver")["durable"] is True


def test_one_connection(traced: Traced) -> None:
    assert {statement["connection"] for statement in traced.child.of("statement")} == {
        traced.child.one("connection", action="open")["id"]
    }


def test_library_is_named(traced: Traced) -> None:
    assert traced.child.one("library", name="django")["role"] == "orm"


THREADS = """\
import threading
from start import *
create()

def work():
    Author.objects.create(name="worker")  # here: worker
    connection.close()  # here: close

thread = threading.Thread(target=work)
thread.start()
thread.join()
Author.objects.count()  # here: main
connection.close()
Author.objects.count()  # here: anew
"""


def test_connections_of_threads(tmp_path_factory: pytest.TempPathFactory) -> None:
    traced = trace(tmp_path_factory.mktemp("threads"), THREADS)

    opened = traced.child.of("connection", action="open")
    assert len(opened) == 3
    assert len({connection["thread"] for connection in opened}) == 2
    assert len({connection["namespace"] for connection in opened}) == 1
    assert {connection["db.system.name"] for connection in opened} == {"sqlite"}
    numbers = [traced.only(mark)["connection"] for mark in ("main", "worker", "anew")]
    assert numbers == [connection["id"] for connection in opened]
    closed = [event["id"] for event in traced.child.of("connection", action="close")]
    assert closed == [numbers[1], numbers[0]]
