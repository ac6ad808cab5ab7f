"""A server of MariaDB or MySQL for the tests: the one that a variable names, else none.

There is no wheel of one, so nothing is started here; `.ci/run` starts one where it can. Each test
gets a database of its own.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

VARIABLE = "ORMPROBE_TEST_MARIADB"
MISSING = f"{VARIABLE} names no server: mysql://user:password@host:port/"


def server() -> str | None:
    """The URL of a server, `mysql://...`, without a database."""
    return os.environ.get(VARIABLE) or None


@contextmanager
def database(server: str) -> Iterator[str]:
    """The URL of a new database on a server, dropped afterwards."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    execute(server, f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
    try:
        yield named(server, name)
    finally:
        execute(server, f"DROP DATABASE IF EXISTS `{name}`")


def execute(url: str, *statements: str) -> None:
    """Run statements, each committed."""
    import pymysql

    connection = pymysql.connect(**arguments(url), autocommit=True)
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()


def arguments(url: str) -> dict[str, Any]:
    """What the drivers' `connect` takes: host, port, user, password, and the database if named."""
    parts = urlsplit(url)
    found: dict[str, Any] = {
        "host": parts.hostname or "127.0.0.1",
        "port": parts.port or 3306,
        "user": unquote(parts.username or "root"),
        "password": unquote(parts.password or ""),
    }
    name = parts.path.strip("/")
    return {**found, "database": name} if name else found


def named(url: str, name: str) -> str:
    """The same server's URL with another database."""
    return re.sub(r"^(\w+://[^/]*).*", rf"\g<1>/{name}", url)


def with_driver(url: str, driver: str) -> str:
    """SQLAlchemy's form of a URL: `mysql+pymysql://...`."""
    return re.sub(r"^\w+://", f"mysql+{driver}://", url)
