"""What tests of every package share: servers of PostgreSQL and MariaDB, and databases on them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import mariadb as mariadb_server
from tests import postgres


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server's maintenance database; the workers of one run share the server."""
    folder = tmp_path_factory.getbasetemp()
    if folder.name.startswith("popen-"):  # a worker's own folder, inside the run's
        folder = folder.parent
    with postgres.server(postgres.folder_of(folder)) as url:
        yield url


@pytest.fixture
def database(postgres_server: str) -> Iterator[str]:
    """The URL of a new, empty database: `postgresql://...`."""
    with postgres.database(postgres_server) as url:
        yield url


@pytest.fixture
def mariadb() -> Iterator[str]:
    """The URL of a new, empty database of MariaDB or MySQL: `mysql://...`."""
    server = mariadb_server.server()
    if server is None:
        pytest.skip(mariadb_server.MISSING)
    with mariadb_server.database(server) as url:
        yield url
