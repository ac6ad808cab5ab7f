"""Queries of Tortoise whose truth was asked for as if it were that of their result."""

from __future__ import annotations

from pathlib import Path

from tests.instrumentation.tortoises import trace

PROGRAM = """\
from start import *

async def main():
    for _ in range(3):
        if Book.exists(id=404):  # here: condition
            pass
    taken = Author.filter(name="nobody").first()
    if not taken:  # here: name
        raise LookupError
    print(bool(Book.all()), not Book.all().count())  # here: twice on a line
    if await Book.exists(id=404):
        raise LookupError
    if Book.all() is None:
        raise LookupError
    assert Book.filter(id=1).update(pages=2)

run(main)
"""


def test_the_line_that_asked_is_told_once_and_the_query_stays_true(tmp_path: Path) -> None:
    traced = trace(tmp_path, PROGRAM)

    assert traced.child.stdout == "True False\n"
    told = [event for event in traced.child.of("unawaited") if event["name"].endswith(".bool")]
    assert [event["name"] for event in told] == [
        "ExistsQuery.bool",
        "QuerySet.bool",
        "QuerySet.bool",
    ]
    condition = traced.only("condition", "unawaited")
    assert condition["module"] == "tortoise.queryset"
    assert condition["frames"][0] == condition["site"]
    assert [event["name"] for event in traced.at("name", "unawaited")] == ["QuerySet.bool"]
