"""A case gets a database of its own, new for each run, in the form its app wants."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from tests.corpus.cases import Case, cases
from tests.corpus.databases import Environment, variables

CASE = cases()[0]


def on(database: str, url: str) -> Case:
    return replace(CASE, databases=(database,), database=database, url=url)


def test_each_call_makes_a_new_database_of_postgresql(
    database_of: Environment, tmp_path: Path
) -> None:
    case = on("postgresql", "postgresql+asyncpg")

    first, second = (database_of(case, tmp_path)["DATABASE_URL"] for _ in range(2))

    assert first != second
    assert first.startswith("postgresql+asyncpg://")
    with psycopg.connect(first.replace("+asyncpg", "")) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_file_of_sqlite_lies_in_the_folder_given(tmp_path: Path) -> None:
    with variables(on("sqlite", "sqlite:///{folder}/app.db"), tmp_path, pytest.fail) as found:
        assert found == {"DATABASE_URL": f"sqlite:///{tmp_path}/app.db"}


def test_an_app_that_names_no_url_gets_none(tmp_path: Path) -> None:
    with variables(on("sqlite", ""), tmp_path, pytest.fail) as found:
        assert found == {}
    with pytest.raises(AssertionError, match="names no url"):
        variables(on("postgresql", ""), tmp_path, pytest.fail).__enter__()
