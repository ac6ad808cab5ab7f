"""What the tests of the corpus share: a new database for each run of a case."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.corpus.databases import Environment, variables


@pytest.fixture
def database_of(request: pytest.FixtureRequest) -> Iterator[Environment]:
    """Makes a new database at each call, dropped with the test."""
    with ExitStack() as made:
        yield lambda case, folder: made.enter_context(
            variables(case, folder, lambda: request.getfixturevalue("postgres_server"))
        )
