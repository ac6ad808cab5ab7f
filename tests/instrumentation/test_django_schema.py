"""The models of Django: tables, columns, keys and relations."""

from __future__ import annotations

from typing import Any

import pytest

from tests.instrumentation.djangos import Traced, trace


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    program = "from start import *\ncreate()\nAuthor.objects.count()\n"
    return trace(tmp_path_factory.mktemp("schema"), program)


def schema(traced: Traced, entity: str) -> dict[str, Any]:
    return traced.child.one("schema", entity=entity)


def test_each_model_is_told_once(traced: Traced) -> None:
    names = [event["entity"] for event in traced.child.of("schema")]

    assert {"Author", "Profile", "Tag", "Note", "Book", "Novel", "Ticket", "ContentType"} < {*names}
    assert "Book_tags" in names
    assert len(names) == len(set(names))


def test_columns(traced: Traced) -> None:
    found = schema(traced, "Book")

    assert found["db.collection.name"] == "library_book"
    columns = {column["name"]: column for column in found["columns"]}
    assert list(columns) == ["id", "title", "author_id", "pages"]
    assert columns["id"]["primary_key"] is True
    assert columns["title"]["type"] == "CharField"
    assert columns["author_id"]["foreign_key"] == "library_author.id"
    assert columns["author_id"]["nullable"] is False
    names = {column["name"]: column for column in schema(traced, "Author")["columns"]}
    assert names["name"]["unique"] is True


@pytest.mark.parametrize(
    ("entity", "name", "target", "direction", "many", "secondary"),
    [
        ("Book", "author", "Author", "MANYTOONE", False, None),
        ("Author", "books", "Book", "ONETOMANY", True, None),
        ("Author", "profile", "Profile", "ONETOMANY", False, None),
        ("Profile", "author", "Author", "MANYTOONE", False, None),
        ("Book", "tags", "Tag", "MANYTOMANY", True, "library_book_tags"),
        ("Tag", "book_set", "Book", "MANYTOMANY", True, "library_book_tags"),
        ("Book", "notes", "Note", "ONETOMANY", True, None),
        ("Novel", "author", "Author", "MANYTOONE", False, None),
        ("Novel", "book_ptr", "Book", "MANYTOONE", False, None),
        ("Book", "novel", "Novel", "ONETOMANY", False, None),
    ],
)
def test_relation(
    traced: Traced,
    entity: str,
    name: str,
    target: str,
    direction: str,
    many: bool,
    secondary: str | None,
) -> None:
    relations = {relation["name"]: relation for relation in schema(traced, entity)["relations"]}

    found = relations[name]
    assert (found["target"], found["direction"], found["uselist"]) == (target, direction, many)
    assert found.get("secondary") == secondary
