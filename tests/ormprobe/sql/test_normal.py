"""Digests: the same for statements that differ in values, lists, aliases and rows alone."""

from __future__ import annotations

import pytest

from ormprobe.sql.statements import statement_facts


def digest(text: str, system: str = "sqlite") -> str:
    return statement_facts(text, system).digest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT id FROM boats WHERE name = 'a'", "select  id\nfrom boats where name='b'"),
        ("SELECT id FROM boats WHERE id = 3", "SELECT id FROM boats WHERE id = ?"),
        ("SELECT id FROM boats WHERE id IN (?)", "SELECT id FROM boats WHERE id IN (?, ?, 3)"),
        ("SELECT id FROM boats WHERE id NOT IN (?, ?)", "SELECT id FROM boats WHERE id NOT IN (?)"),
        ("SELECT b.id FROM boats b WHERE b.id = ?",
         'SELECT "x"."id" AS "x_id" FROM "boats" AS "x" WHERE "x"."id" = ?'),
        ("SELECT boats.id FROM boats", "SELECT k.id FROM boats AS k"),
        ("INSERT INTO boats (a, b) VALUES (?, ?)",
         "INSERT INTO boats (a, b) VALUES (?, ?), (?, 3), (?, ?)"),
        ("INSERT INTO boats (a) VALUES (?)", "INSERT INTO boats (a) VALUES (?), (?)"),
        ("SELECT a.id FROM boats a JOIN boats b ON a.id = b.id",
         "SELECT x.id FROM boats x JOIN boats y ON x.id = y.id"),
        ("SELECT id FROM boats LIMIT 5", "SELECT id FROM boats LIMIT 10"),
        ("SELECT id FROM boats -- one\n", "SELECT id FROM boats /* two */"),
        ("RELEASE SAVEPOINT a_1", "RELEASE SAVEPOINT a_1"),
    ],
)  # fmt: skip
def test_are_the_same(one: str, other: str) -> None:
    assert digest(one) == digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT id FROM boats WHERE id = ?", "SELECT id FROM boats WHERE id > ?"),
        ("SELECT id FROM boats WHERE id IN (?)", "SELECT id FROM boats WHERE id NOT IN (?)"),
        ("SELECT id FROM boats", "SELECT id FROM boats LIMIT 5"),
        ("SELECT id FROM boats", "SELECT name FROM boats"),
        ("SELECT id FROM boats ORDER BY id", "SELECT id FROM boats ORDER BY name"),
        ("SELECT a.id FROM boats a JOIN boats b ON a.id = b.boss",
         "SELECT b.id FROM boats a JOIN boats b ON a.id = b.boss"),
        ("INSERT INTO boats (a) VALUES (?)", "INSERT INTO boats (b) VALUES (?)"),
        ("UPDATE boats SET a = ? WHERE id = ?", "UPDATE boats SET a = ? WHERE name = ?"),
        ("SELECT id FROM a WHERE x = ? AND y = ?", "SELECT id FROM a WHERE x = ? OR y = ?"),
    ],
)  # fmt: skip
def test_differ(one: str, other: str) -> None:
    assert digest(one) != digest(other)


def test_do_not_depend_on_the_driver() -> None:
    text = "SELECT id FROM boats WHERE name = {} LIMIT {}"

    found = {
        digest(text.format("?", "?"), "sqlite"),
        digest(text.format("%s", "%s"), "mysql"),
        digest(text.format("%(name_1)s", "%(param_1)s"), "postgresql"),
        digest(text.format("$1", "$2"), "postgresql"),
    }

    assert len(found) == 1
