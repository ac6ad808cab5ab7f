"""Statements as four ORMs emit them for three database systems: all are understood.

`emitted.jsonl` holds one a line: ORM, system, how many binds it has, text.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ormprobe.sql.model import StatementFacts
from ormprobe.sql.resolving import Schema, resolved
from ormprobe.sql.statements import statement_facts

EMITTED: list[tuple[str, str, int, str]] = [
    tuple(json.loads(line))
    for line in (Path(__file__).parent / "emitted.jsonl").read_text("utf-8").splitlines()
]
SYSTEMS = ("sqlite", "postgresql", "mysql", "mariadb", None, "no-such-system")
WORDS = sorted({word for *_, text in EMITTED for word in text.split()})[:400]


def test_there_are_many() -> None:
    orms = Counter(orm for orm, *_ in EMITTED)

    assert sum(orms.values()) > 800
    assert set(orms) == {"sqlalchemy", "django", "peewee", "tortoise"}


def test_all_are_parsed_with_every_bind_and_table() -> None:
    wrong: list[str] = []
    for _, system, binds, text in EMITTED:
        facts = statement_facts(text, system)
        if not facts.parsed or facts.binds != binds or not _is_sound(facts):
            wrong.append(text)

    assert wrong == []


def _is_sound(facts: StatementFacts) -> bool:
    """Whether positions and names lead to something."""
    aliases = {alias for alias, _ in facts.sources}
    positions = [bind for predicate in facts.predicates for bind in predicate.binds]
    positions += [bind for _, binds in facts.assigned for bind in binds]
    tables = {table for _, table in facts.sources} | {None}
    named = [predicate.column.table for predicate in facts.predicates]
    return (
        all(0 <= position < facts.binds for position in positions)
        and set(named) <= tables
        and (facts.target is None or facts.target in aliases)
    )


def test_each_condition_of_a_simple_look_up_is_found() -> None:
    """A text with one WHERE, only ANDs and `=` has a predicate for every bind."""
    looked = 0
    for _, system, binds, text in EMITTED:
        head, _, where = text.partition("WHERE ")
        simple = where and where.replace("AND", "").isascii() and "(" not in where
        words = ("*", "OR ", "LIKE", "LIMIT", "BETWEEN", "CASE", "RETURNING", "SELECT", "UNION")
        bound = any(mark in head for mark in ("?", "%s", "%(", "$"))
        if simple and not bound and not any(word in where for word in words):
            facts = statement_facts(text, system)
            found = {bind for predicate in facts.predicates for bind in predicate.binds}
            assert found == set(range(binds)), text
            looked += 1

    assert looked > 40


@given(st.text(max_size=200), st.sampled_from(SYSTEMS))
def test_any_text_has_facts(text: str, system: str | None) -> None:
    facts = statement_facts(text, system)

    assert resolved(facts, Schema()).digest == facts.digest


@given(st.lists(st.sampled_from(WORDS), max_size=14), st.sampled_from(SYSTEMS))
def test_any_words_of_sql_have_facts(words: list[str], system: str | None) -> None:
    facts = statement_facts("SELECT " + " ".join(words), system)

    assert facts.verb == "SELECT"


@given(st.sampled_from(EMITTED), st.integers(0, 400), st.integers(0, 30), st.sampled_from(SYSTEMS))
def test_a_torn_statement_has_facts(
    emitted: tuple[str, str, int, str], at: int, gone: int, system: str | None
) -> None:
    text = emitted[3]

    facts = statement_facts(text[:at] + text[at + gone :], system)

    assert resolved(facts, Schema()).digest == facts.digest
