"""Lists that requests read without a limit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ormprobe.signals import unbounded_results
from ormprobe.timeline.model import EntityRows, Load, Response, Rows, Site, Statement
from ormprobe_taxonomy.signals import RowsUnbounded
from tests.ormprobe.signals.made import TEST, failed_test, known_of, process_scope, request
from tests.ormprobe.signals.made import statement as made

LIST = "SELECT boats.id, boats.name FROM boats WHERE boats.gone = ? ORDER BY boats.id"


def listed(text: str = LIST, count: int = 1200, **fields: Any) -> Statement:
    rows = Rows("1-1:9", count, fields.pop("entities", ()))
    return made(text, 5, *fields.pop("binds", (False,)), rows=rows, **fields)


def found(
    folder: Path, statement: Statement, content_type: str | None = "application/json", **told: Any
) -> list[RowsUnbounded]:
    response = Response("1-1:8", 200, content_type)
    scope = request(statements=[statement], response=response, **told)
    return list(unbounded_results.detect(failed_test(scope), known_of(folder)))


def test_a_whole_table_in_an_answer(tmp_path: Path) -> None:
    [signal] = found(tmp_path, listed())

    assert (signal.rows, signal.tables, signal.place.line) == (1200, ("boats",), 7)
    assert signal.says == "POST /orders read 1200 rows of boats without a limit"


@pytest.mark.parametrize(
    "statement",
    [
        listed(count=999),
        listed(LIST + " LIMIT ?", binds=(False, 5000)),
        listed("SELECT * FROM (SELECT id FROM boats LIMIT 2000) AS b"),
        listed("SELECT id FROM boats WHERE id IN (?, ?, ?)"),
        listed("SELECT town, count(*) FROM boats GROUP BY town"),
        listed("SELECT name FROM sqlite_master"),
        listed("SELECT id FROM boats ((("),
        listed(load=Load("eager", "Boat", "logs")),
        listed(site=TEST),
        listed(site=None),
        listed(entities=(EntityRows("Boat", 20, ()),)),  # a joined collection
    ],
)
def test_quiet_for_what_is_bounded_or_not_the_apps(tmp_path: Path, statement: Statement) -> None:
    assert found(tmp_path, statement) == []


@pytest.mark.parametrize("content_type", ["text/csv", "application/octet-stream", None])
def test_quiet_for_a_file(tmp_path: Path, content_type: str | None) -> None:
    assert found(tmp_path, listed(), content_type) == []


def test_quiet_where_no_page_was_answered(tmp_path: Path) -> None:
    assert found(tmp_path, listed(), status=500) == []
    scope = process_scope(statements=[listed()])
    assert list(unbounded_results.detect(scope, known_of(tmp_path))) == []


def test_a_line_is_told_once(tmp_path: Path) -> None:
    response = Response("1-1:8", 200, "text/html")
    pages = [request(n, statements=[listed()], response=response) for n in (2, 3)]
    pages.append(request(4, statements=[listed(site=Site("shop/x.py", 3, "x"))], response=response))

    signals = list(unbounded_results.detect(failed_test(*pages), known_of(tmp_path)))

    assert [signal.place.line for signal in signals] == [7, 3]
