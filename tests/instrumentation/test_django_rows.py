"""What Django's statements gave: how many rows, which models and keys, which values."""

from __future__ import annotations

from typing import Any

import pytest

from tests.instrumentation.djangos import Traced, django_version, trace

PROGRAM = """\
from start import *
seed()

list(Book.objects.order_by("id"))  # here: all
Book.objects.get(id=2)  # here: get
list(Book.objects.filter(id=99))  # here: none
Book.objects.filter(id=99).first()  # here: first of none
list(Book.objects.filter(tags__in=[1, 2], id__lte=2))  # here: fanned out
Book.objects.count()  # here: count
Book.objects.exists()  # here: exists
Book.objects.filter(id=99).exists()  # here: exists not
Book.objects.aggregate(most=Max("pages"), all=Sum("pages"))  # here: aggregate
list(Book.objects.order_by("id").values("title", "author_id")[:2])  # here: values
list(Book.objects.order_by("id").values_list("id", "title")[:2])  # here: values list
list(Book.objects.order_by("id").values_list("title", flat=True)[:2])  # here: flat
list(Book.objects.order_by("id").values_list("pk", flat=True)[:2])  # here: flat keys
list(Book.objects.order_by("id").values_list(named=True)[:1])  # here: named
list(Book.objects.values("author").annotate(n=Count("id")).order_by("author"))  # here: grouped
for book in Book.objects.order_by("id").iterator():  # here: iterator
    pass
for book in Book.objects.order_by("id").iterator(chunk_size=2):  # here: abandoned
    break
del book
list(Author.objects.raw("SELECT id, name FROM library_author ORDER BY id"))  # here: raw
list(Novel.objects.all())  # here: inherited
books = Book.objects.order_by("id")
len(books), bool(books), list(books)  # here: once
list(Author.objects.prefetch_related("books").order_by("id"))  # here: prefetch
list(Author.objects.annotate(n=Count("books")).order_by("id"))  # here: annotated
list(Book.objects.filter(id=1).union(Book.objects.filter(id=2)))  # here: union
list(Book.objects.dates("author__id", "day")) if False else None
Ticket.objects.create(id="12345678123456781234567812345678")
list(Ticket.objects.all())  # here: uuid
"""


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("rows"), PROGRAM)


@pytest.mark.parametrize(
    ("mark", "counts"),
    [
        ("all", [7]),
        ("get", [1]),
        ("none", [0]),
        ("first of none", [0]),
        ("fanned out", [4]),
        ("count", [1]),
        ("exists", [1]),
        ("exists not", [0]),
        ("aggregate", [1]),
        ("values", [2]),
        ("values list", [2]),
        ("flat", [2]),
        ("named", [1]),
        ("grouped", [3]),
        ("iterator", [7]),
        ("abandoned", [1]),
        ("raw", [3]),
        ("inherited", [1]),
        ("once", [7]),
        ("prefetch", [3, 7]),
        ("annotated", [3]),
        ("union", [2]),
        ("uuid", [1]),
    ],
)
def test_count(traced: Traced, mark: str, counts: list[int]) -> None:
    assert [rows["count"] for rows in traced.rows(mark)] == counts


@pytest.mark.parametrize(
    ("mark", "entities"),
    [
        ("all", [("Book", 7, [1, 2, 3, 4, 5, 6, 20])]),
        ("get", [("Book", 1, [2])]),
        ("fanned out", [("Book", 2, [1, 2, 1, 2])]),
        ("values", []),
        ("values list", [("Book", 2, [1, 2])]),
        ("flat keys", [("Book", 2, [1, 2])]),
        ("iterator", [("Book", 7, [1, 2, 3, 4, 5, 6, 20])]),
        ("abandoned", [("Book", 1, [1])]),
        ("raw", [("Author", 3, [1, 2, 3])]),
        ("inherited", [("Novel", 1, [20])]),
        ("prefetch", [("Author", 3, [1, 2, 3]), ("Book", 7, [1, 2, 3, 4, 5, 6, 20])]),
    ],
)
def test_entities_and_keys(
    traced: Traced, mark: str, entities: list[tuple[str, int, list[int]]]
) -> None:
    found = [
        (entity["entity"], entity["distinct"], sorted(entity["keys"]))
        for rows in traced.rows(mark)
        for entity in rows["entities"]
    ]

    assert found == [(name, count, sorted(keys)) for name, count, keys in entities]


@pytest.mark.parametrize(
    ("mark", "columns"),
    [
        ("all", ["id", "title", "author_id", "pages"]),
        ("values", ["title", "author_id"]),
        ("values list", ["id", "title"]),
        ("flat", ["title"]),
        ("grouped", ["author", "n"]),
        ("aggregate", ["most", "all"]),
        ("count", ["__count"]),
        ("raw", ["id", "name"]),
    ],
)
def test_columns(traced: Traced, mark: str, columns: list[str]) -> None:
    [rows] = traced.rows(mark)

    assert rows["columns"] == columns


@pytest.mark.parametrize(
    ("mark", "values"),
    [
        ("count", [[7]]),
        ("aggregate", [[1, 7]]),
        ("grouped", [[1, 3], [2, 2], [3, 2]]),
        ("flat keys", [[1], [2]]),
    ],
)
def test_values(traced: Traced, mark: str, values: list[list[Any]]) -> None:
    [rows] = traced.rows(mark)

    assert rows["values"] == values


def test_values_of_instances_are_digests(traced: Traced) -> None:
    [rows] = traced.rows("all")

    assert len(rows["values"]) == 5
    first = rows["values"][0]
    assert (first[0], first[2], first[3]) == (1, 1, 1)
    assert first[1].startswith("s6:")


def test_a_key_is_what_the_app_sees(traced: Traced) -> None:
    [rows] = traced.rows("uuid")

    assert rows["values"][0][0].startswith("u36:")


STREAMED = """\
import gc, weakref
from start import *
seed()

kept = []
for book in Book.objects.order_by("id").iterator():  # here: changed
    kept.append(weakref.ref(book))
    book.pages = 99
    if len(kept) > 2:
        del book
        gc.collect()
        print([found() is None for found in kept][:2])
        break
"""


def test_rows_of_an_iterator_are_neither_kept_nor_read_late(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    traced = trace(tmp_path_factory.mktemp("streamed"), STREAMED)

    [rows] = traced.rows("changed")
    assert [row[3] for row in rows["values"]] == [1, 1, 1]
    assert traced.child.stdout == "[True, True]\n"


COMPOSITE = """\
from start import *

class Seat(models.Model):
    pk = CompositePrimaryKey("row", "number")
    row = models.IntegerField()
    number = models.IntegerField()
    class Meta:
        app_label = "library"

create()
with connection.schema_editor() as editor:
    editor.create_model(Seat)
Seat.objects.create(row=1, number=2)
Seat.objects.create(row=1, number=3)
list(Seat.objects.order_by("number"))  # here: all
Seat.objects.defer("number")
"""


@pytest.mark.skipif(django_version() < (5, 2), reason="composite keys came with 5.2")
def test_composite_keys(tmp_path_factory: pytest.TempPathFactory) -> None:
    traced = trace(tmp_path_factory.mktemp("composite"), COMPOSITE)

    [rows] = traced.rows("all")
    assert rows["entities"] == [{"entity": "Seat", "distinct": 2, "keys": [[1, 2], [1, 3]]}]
