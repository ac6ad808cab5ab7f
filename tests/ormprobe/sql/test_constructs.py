"""Constructs and functions that belong to some database systems and not to others."""

from __future__ import annotations

import pytest

from ormprobe.sql.constructs import foreign
from ormprobe.sql.facts import columns_made, is_nested, sql_facts
from ormprobe.sql.functions import homes_of

FOREIGN = [
    ("sqlite", "ILIKE", "SELECT id FROM k WHERE n ILIKE ?", "ILIKE", "postgres"),
    ("sqlite", ":", "SELECT id FROM k WHERE id::text = ?", "::", "postgres"),
    ("sqlite", "@", "SELECT id FROM k WHERE tags @> ?", "@>", "postgres"),
    ("sqlite", "~", "SELECT id FROM k WHERE n ~ 'a'", "~", "postgres"),
    ("sqlite", "ON", "SELECT DISTINCT ON (n) id FROM k", "DISTINCT ON", "postgres"),
    ("sqlite", "UPDATE", "SELECT id FROM k FOR UPDATE", "FOR UPDATE", "postgres"),
    ("sqlite", "TRUNCATE", "TRUNCATE TABLE k", "TRUNCATE", "postgres"),
    ("sqlite", "ALTER", "ALTER TABLE k ALTER COLUMN n TYPE TEXT", "ALTER COLUMN", "postgres"),
    ("sqlite", "ARRAY", "SELECT ARRAY[1, 2]", "ARRAY[]", "postgres"),
    ("sqlite", "5", "SELECT TOP 5 id FROM k", "TOP", "tsql"),
    (
        "sqlite", "DUPLICATE", "INSERT INTO k (id) VALUES (1) ON DUPLICATE KEY UPDATE id = 2",
        "ON DUPLICATE KEY", "mysql",
    ),
    ("postgresql", "OR", "INSERT OR IGNORE INTO k (id) VALUES (1)", "INSERT OR REPLACE", "sqlite"),
    ("postgresql", "PRAGMA", "PRAGMA foreign_keys", "PRAGMA", "sqlite"),
    ("postgresql", "GLOB", "SELECT id FROM k WHERE n GLOB 'a*'", "GLOB", "sqlite"),
    ("postgresql", "`", "SELECT `id` FROM k", "backticks", "mysql"),
    ("postgresql", "#,#", "SELECT id FROM k LIMIT 1, 2", "LIMIT #,#", "mysql"),
    (
        "postgresql", "AUTOINCREMENT", "CREATE TABLE k (id INTEGER PRIMARY KEY AUTOINCREMENT)",
        "AUTOINCREMENT", "sqlite",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("system", "token", "text", "name", "dialect"), FOREIGN)
def test_a_construct_of_another_system(
    system: str, token: str, text: str, name: str, dialect: str
) -> None:
    found = foreign(text, system, token)

    assert found is not None
    assert (found.name, found.dialect, found.whole) == (name, dialect, True)


@pytest.mark.parametrize(
    ("system", "token", "text"),
    [
        ("sqlite", "SELEC", "SELEC id FROM k"),
        ("sqlite", "FROM", "SELECT id, FROM k"),
        ("sqlite", "WERE", "SELECT id FROM k WERE n = 1"),
        ("sqlite", "FROM", "SELECT id, FROM k WHERE n ILIKE ?"),  # stopped before the ILIKE
        ("sqlite", "x", "SELECT 'ILIKE' x y FROM k"),  # a word in a literal is none
        ("postgresql", "ILIKE", "SELECT id FROM k WHERE ILIKE n"),  # its own
        (None, "ILIKE", "SELECT id FROM k WHERE n ILIKE ?"),
    ],
)
def test_a_slip(system: str | None, token: str, text: str) -> None:
    assert foreign(text, system, token) is None


def test_a_construct_in_a_statement_that_nobody_understands() -> None:
    found = foreign("SELECT id FROM k WHERE n ILIKE ? AND AND", "sqlite", "ILIKE")

    assert found is not None
    assert not found.whole


def test_a_token_that_was_scrubbed_may_be_any_construct() -> None:
    found = foreign("SELECT id FROM k WHERE n ILIKE ?", "sqlite", None)

    assert found is not None
    assert found.name == "ILIKE"


@pytest.mark.parametrize(
    ("function", "homes"),
    [
        ("NOW", ("postgresql", "mysql")),
        ("date_trunc", ("postgresql",)),
        ("strftime", ("sqlite",)),
        ("group_concat", ("sqlite", "mysql")),
        ("getdate", ("other",)),
        ("lower", ("postgresql", "sqlite", "mysql", "other")[:3]),
        ("cuont", ()),
    ],
)
def test_where_a_function_is_at_home(function: str, homes: tuple[str, ...]) -> None:
    assert homes_of(function) == homes


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("CREATE TABLE k (id INTEGER, Name TEXT NOT NULL)", {"id", "name"}),
        ('CREATE TABLE "k" (\n\tid INTEGER NOT NULL, \n\tPRIMARY KEY (id)\n)', {"id"}),
        ("CREATE TABLE IF NOT EXISTS k (id INTEGER)", None),
        ("CREATE INDEX i ON k (id)", None),
        ("CREATE TABLE k (", None),
    ],
)
def test_the_columns_that_a_create_makes(text: str, columns: set[str] | None) -> None:
    assert columns_made(text) == columns


def test_a_statement_in_a_statement() -> None:
    assert is_nested("SELECT a FROM (SELECT b FROM k) x")
    assert not is_nested("SELECT a FROM k")


def test_mariadb_speaks_as_mysql() -> None:
    text = "SELECT id FROM k WHERE name ILIKE %s"

    assert foreign(text, "mariadb", "ILIKE") == foreign(text, "mysql", "ILIKE")
    assert foreign("INSERT IGNORE INTO k (id) VALUES (%s)", "mariadb", "IGNORE") is None


def test_names_in_backticks() -> None:
    text = "CREATE TABLE `k` (`id` INTEGER NOT NULL AUTO_INCREMENT PRIMARY KEY, `name` TEXT)"

    assert columns_made(text) == {"id", "name"}
    facts = sql_facts("SELECT `j`.`id` FROM `k` AS `j` WHERE `j`.`id` = %s LIMIT %s", "mariadb")
    assert (facts.reads, facts.sources, facts.parsed) == ({"k"}, (("j", "k"),), True)
