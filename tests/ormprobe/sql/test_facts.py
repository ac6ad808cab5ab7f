"""Facts of a statement: what it reads and writes."""

from __future__ import annotations

import pytest

from ormprobe.sql.facts import sql_facts


@pytest.mark.parametrize(
    ("text", "reads", "writes"),
    [
        ("SELECT 1", "", ""),
        ("SELECT id FROM orders", "orders", ""),
        ('SELECT o.id FROM "Orders" AS o', "orders", ""),
        ("SELECT * FROM shop.orders JOIN buyers ON true", "buyers orders", ""),
        ("SELECT * FROM a LEFT OUTER JOIN b ON a.id = b.id WHERE a.x IN (SELECT y FROM c)",
         "a b c", ""),
        ("WITH recent AS (SELECT id FROM orders) SELECT * FROM recent", "orders", ""),
        ("INSERT INTO orders (id) VALUES (?)", "", "orders"),
        ("INSERT INTO orders (id) SELECT id FROM drafts", "drafts", "orders"),
        ("UPDATE orders SET note = ? WHERE id = ?", "", "orders"),
        ("DELETE FROM orders WHERE id IN (SELECT id FROM drafts)", "drafts", "orders"),
        ("SELECT id FROM orders WHERE id = %(id_1)s", "orders", ""),
        ("SELECT id FROM orders WHERE id = %s LIMIT %s", "orders", ""),
        ("INSERT INTO orders (id) VALUES (%(id)s) RETURNING orders.id", "", "orders"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("system", ["sqlite", "postgresql", None])
def test_tables_of_a_statement(text: str, reads: str, writes: str, system: str | None) -> None:
    found = sql_facts(text, system)

    assert (found.reads, found.writes) == (frozenset(reads.split()), frozenset(writes.split()))
    assert found.parsed


def test_aliases_lead_to_their_tables() -> None:
    found = sql_facts("SELECT * FROM orders AS o, buyers", "sqlite")

    assert found.sources == (("o", "orders"), ("buyers", "buyers"))


def test_one_table_twice_has_two_sources() -> None:
    found = sql_facts("SELECT * FROM users AS a JOIN users AS b ON a.id = b.boss", "sqlite")

    assert found.sources == (("a", "users"), ("b", "users"))
    assert found.reads == {"users"}


def test_a_dialects_own_quotes() -> None:
    assert sql_facts("SELECT `id` FROM `orders`", "mysql").reads == {"orders"}
    assert sql_facts("SELECT id FROM orders WHERE id = $1::VARCHAR", "postgresql").parsed


@pytest.mark.parametrize(
    ("text", "reads", "writes"),
    [
        ("SELECT FROM WHERE FROM orders o (", {"orders", "where"}, set[str]()),
        ("INSERT INTO shop.orders VALUES (((", set[str](), {"orders"}),
        ("UPDATE orders SET = = JOIN [buyers]", {"buyers"}, {"orders"}),
    ],
)
def test_what_the_parser_refuses_is_searched(text: str, reads: set[str], writes: set[str]) -> None:
    found = sql_facts(text, "sqlite")

    assert not found.parsed
    assert found.writes == writes
    assert found.reads >= reads - {"where"}


def test_a_text_is_parsed_once_and_refusals_are_remembered() -> None:
    before = sql_facts.cache_info().hits
    for _ in range(3):
        sql_facts("SELECT ((( nonsense", "sqlite")

    assert sql_facts.cache_info().hits >= before + 2
    assert sql_facts.cache_info().maxsize is not None


def test_a_system_that_the_parser_does_not_know_is_no_error() -> None:
    assert sql_facts("SELECT id FROM orders", "no-such-database").reads == {"orders"}
