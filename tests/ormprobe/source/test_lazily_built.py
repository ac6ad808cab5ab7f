"""The line that built what was refused when a framework sent it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.source import Source
from ormprobe.source.lazily_built import built_at

LOOKUP = "contains lookup is not supported on this database backend."
DISTINCT = "DISTINCT ON fields is not supported by this database backend"

BOTH = """\
def tagged(tag):
    return (
        Article.objects.order_by("title")
        .filter(tags__contains=[tag])
    )


def firsts():
    return slugs.distinct(title), Article.objects.distinct("author")
"""


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "queries.py").write_text(BOTH)
    return Source(tmp_path)


def test_a_lookup_is_found_by_its_name(source: Source) -> None:
    found = built_at(source, LOOKUP)

    assert found is not None
    assert (found.file, found.line, found.function) == ("queries.py", 4, "tagged")


def test_distinct_is_found_by_the_fields_that_it_names(source: Source) -> None:
    found = built_at(source, DISTINCT)

    assert found is not None
    assert (found.line, found.function) == (9, "firsts")


def test_two_such_lines_are_no_place(source: Source, tmp_path: Path) -> None:
    (tmp_path / "more.py").write_text("Book.objects.filter(tags__contains=[1])\n")

    assert built_at(source, LOOKUP) is None


def test_another_refusal_has_no_such_line(source: Source) -> None:
    assert built_at(source, "no such table: articles") is None
