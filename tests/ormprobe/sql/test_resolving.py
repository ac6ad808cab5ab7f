"""Bare names against the schema, and joins that can multiply rows."""

from __future__ import annotations

import pytest

from ormprobe.sql.asking import Asking
from ormprobe.sql.model import Column
from ormprobe.sql.resolving import Schema, resolved, schema_of, to_many
from ormprobe.sql.statements import statement_facts
from ormprobe.sql.tables import TableShape, shape_made, unique_index
from ormprobe.timeline import run as facts_of_run
from ormprobe.timeline.run import CreatedTable, Run, Table
from tests.ormprobe.signals.made import statement


def shape(columns: str, *keys: str) -> TableShape:
    return TableShape(frozenset(columns.split()), frozenset(frozenset(key.split()) for key in keys))


SCHEMA = Schema(
    {
        "boats": shape("id name harbour_id", "id"),
        "harbours": shape("id town", "id"),
        "crew": shape("boat_id sailor_id", "boat_id sailor_id"),
        "papers": shape("id boat_id", "id", "boat_id"),
    }
)


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("SELECT 1 FROM boats, harbours WHERE town = ?", "harbours"),
        ("SELECT 1 FROM boats, harbours WHERE id = ?", None),  # both have one
        ("SELECT 1 FROM boats, harbours WHERE depth = ?", None),  # none has
        ("SELECT 1 FROM boats b JOIN harbours h ON b.harbour_id = h.id WHERE name = ?", "boats"),
        ("SELECT 1 FROM boats WHERE depth = ?", "boats"),  # the only one there is
        ("SELECT 1 FROM boats WHERE id IN (SELECT boat_id FROM crew WHERE name = ?)", "boats"),
        ("SELECT 1 FROM boats WHERE id IN (SELECT boat_id FROM logs WHERE name = ?)", "logs"),
    ],
)
def test_a_bare_column_gets_its_table(text: str, table: str | None) -> None:
    facts = resolved(statement_facts(text, "sqlite"), SCHEMA)

    found = next(each for each in facts.predicates if each.binds)
    assert found.column.table == table


def test_a_qualified_column_keeps_its_table() -> None:
    facts = resolved(statement_facts("SELECT b.town FROM boats b, harbours", "sqlite"), SCHEMA)

    assert facts.selected == (Column("boats", "town", "b"),)


def test_a_natural_join_gets_its_pairs() -> None:
    facts = resolved(statement_facts("SELECT * FROM crew NATURAL JOIN papers", "sqlite"), SCHEMA)

    [join] = facts.joins
    assert [(one.table, one.name, other.table) for one, other in join.on] == [
        ("papers", "boat_id", "crew")
    ]


@pytest.mark.parametrize(
    ("joined", "many"),
    [
        ("harbours h ON h.id = boats.harbour_id", False),
        ("papers p ON p.boat_id = boats.id", False),
        ("crew ON crew.boat_id = boats.id", True),
        ("crew ON crew.boat_id = boats.id AND crew.sailor_id = boats.harbour_id", False),
        ("harbours h ON h.town = boats.name", True),
        ("harbours ON true", True),
        ("logs ON logs.boat_id = boats.id", None),
    ],
)
def test_whether_a_join_can_multiply_rows(joined: str, many: bool | None) -> None:
    facts = resolved(statement_facts(f"SELECT * FROM boats JOIN {joined}", "sqlite"), SCHEMA)

    assert to_many(facts.joins[0], SCHEMA) is many


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "CREATE TABLE a (id INTEGER NOT NULL, x TEXT UNIQUE, y INT, z INT, PRIMARY KEY (id), "
            "UNIQUE (y, z), FOREIGN KEY(y) REFERENCES k (id))",
            shape("id x y z", "id", "x", "y z"),
        ),
        (
            'CREATE TABLE "a" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "p_id" bigint NOT '
            'NULL REFERENCES "p" ("id"), CONSTRAINT "u" UNIQUE ("id", "p_id"))',
            shape("id p_id", "id", "id p_id"),
        ),
        (
            "CREATE TABLE `t` (`id` INT NOT NULL AUTO_INCREMENT PRIMARY KEY, `a` INT, "
            "UNIQUE KEY `x` (`a`), KEY `y` (`id`)) ENGINE=InnoDB",
            shape("id a", "id", "a"),
        ),
        ("CREATE TABLE a (", shape("")),
    ],
)
def test_what_a_create_table_makes(text: str, expected: TableShape) -> None:
    assert shape_made(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('CREATE UNIQUE INDEX "i" ON "shop"."T" ("a", "b" DESC)', ("t", {"a", "b"})),
        ("CREATE UNIQUE INDEX IF NOT EXISTS i ON t USING btree (a)", ("t", {"a"})),
        ("CREATE INDEX i ON t (a)", None),
        ("CREATE UNIQUE INDEX i ON t (a) WHERE gone", None),
        ("CREATE UNIQUE INDEX i ON t (lower(a))", None),
    ],
)
def test_what_a_unique_index_is_about(text: str, expected: tuple[str, set[str]] | None) -> None:
    assert unique_index(text) == expected


def test_the_schema_of_a_run_is_that_of_mappings_and_statements() -> None:
    run = Run()
    columns = (
        facts_of_run.Column("id", primary_key=True),
        facts_of_run.Column("Name", unique=True),
    )
    run.tables["boats"] = Table("1-1:1", "boats", "Boat", columns)
    text = "CREATE TABLE crew (boat_id INT, sailor_id INT)"
    run.created_tables["crew"] = CreatedTable("1-1:2", "1-1", "crew", 1, None, text)
    run.unique_indexes["crew"] = {frozenset(("boat_id", "sailor_id"))}

    schema = schema_of(run)

    assert schema.tables["boats"] == shape("id name", "id", "name")
    assert schema.tables["crew"] == shape("boat_id sailor_id", "boat_id sailor_id")


def test_what_is_asked_is_resolved_anew_when_the_schema_has_grown() -> None:
    run, asking = Run(), Asking()
    asks = statement("SELECT 1 FROM boats, harbours WHERE town = ?", 1, "s4:aaaaaaaaaaaaaaaa")
    assert asking.facts(asks, run).predicates[0].column.table is None

    columns = (facts_of_run.Column("town"),)
    run.tables["harbours"] = Table("1-1:1", "harbours", "Harbour", columns)

    assert asking.facts(asks, run).predicates[0].column.table == "harbours"
    assert asking.facts(asks, run) is asking.facts(asks, run)


def test_positions_are_those_of_named_binds() -> None:
    asks = statement("SELECT 1 FROM boats WHERE name = %(x)s LIMIT %(n)s", 1)
    asks.binds = {"n": 3, "x": "s4:aaaaaaaaaaaaaaaa"}

    facts = Asking().facts(asks, Run())

    assert asks.bind_values[facts.predicates[0].binds[0]] == "s4:aaaaaaaaaaaaaaaa"
    assert facts.limit is not None
    assert facts.limit.limit_bind == 0
