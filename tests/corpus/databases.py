"""The database of a case: a new one for each run, named to the app as DATABASE_URL."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import mariadb, postgres
from tests.corpus.cases import MARIADB, SQLITE, Case

Environment = Callable[[Case, Path], dict[str, str]]
"""A case and the folder of its app -> the variables of a run, on a database of its own."""


@contextmanager
def variables(case: Case, folder: Path, server: Callable[[], str]) -> Iterator[dict[str, str]]:
    """What the environment says to a case whose app lies in `folder`, about a new database.

    `server` tells the URL of PostgreSQL's maintenance database, and is asked only for such a case.
    """
    if not case.url:
        assert case.database == SQLITE, f"{case.fixture} names no url for {case.database}"
        yield {}
    elif case.database == SQLITE:
        yield {"DATABASE_URL": case.url.format(folder=folder)}
    elif case.database == MARIADB:
        named = mariadb.server()
        if named is None:
            pytest.skip(mariadb.MISSING)
        with mariadb.database(named) as url:
            yield {"DATABASE_URL": re.sub(r"^\w+(?=://)", case.url, url)}
    else:
        with postgres.database(server()) as url:
            yield {"DATABASE_URL": re.sub(r"^\w+(?=://)", case.url, url)}
