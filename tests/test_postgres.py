"""The tests' own server: each test has a database of its own."""

from __future__ import annotations

import psycopg

from tests.postgres import named, with_driver


def test_a_new_database_is_empty_and_speaks_sql(database: str) -> None:
    with psycopg.connect(database) as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert found.fetchone() == (0,)


def test_urls_keep_what_is_not_replaced() -> None:
    url = "postgresql://postgres:@/postgres?host=/tmp/socket"

    assert named(url, "shop") == "postgresql://postgres:@/shop?host=/tmp/socket"
    assert (
        with_driver(url, "asyncpg") == "postgresql+asyncpg://postgres:@/postgres?host=/tmp/socket"
    )
