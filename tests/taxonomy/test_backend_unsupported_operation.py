"""backend-unsupported-operation."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.incorrect_query_logic.backend_unsupported_operation import ID, rule
from ormprobe_taxonomy.refusals import MappingDeclared, StatementRefused
from ormprobe_taxonomy.terms import Fate, Link
from tests.taxonomy.made import BY_LINK, HANDLED, LINE, OTHER, failing, passing, raised

TEXT = "SELECT id FROM orders WHERE note ILIKE ?"


def refused(whole: bool = True, mixed: bool = False) -> StatementRefused:
    return StatementRefused(
        error="e1", token="ILIKE", system="sqlite", construct="ILIKE", dialect="postgres",
        whole=whole, mixed=mixed,
    )  # fmt: skip


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_a_construct_of_another_dialect(link: Link, certainty: str) -> None:
    [found] = rule(failing(raised(ID, link=link, statement=TEXT), refused()))

    assert (found.cause, found.certainty, found.place) == (ID, certainty, LINE)


@pytest.mark.parametrize("signal", [refused(whole=False), refused(mixed=True)])
def test_likely_where_no_dialect_understands_it_all(signal: StatementRefused) -> None:
    [found] = rule(failing(raised(ID, statement=TEXT), signal))

    assert found.certainty == "likely"
    assert found.needs


def test_likely_where_the_statement_is_not_known() -> None:
    [found] = rule(failing(raised(ID, type="ProgrammingError")))

    assert found.certainty == "likely"


def test_a_column_that_the_dialect_cannot_say_is_wrong_where_it_is_declared() -> None:
    declared = MappingDeclared(error="e1", entity="orders", attribute="tags", place=OTHER)

    [found] = rule(failing(raised(ID, type="CompileError"), declared))

    assert (found.certainty, found.place) == ("certain", OTHER)


@pytest.mark.parametrize("other", ["malformed-statement", "bind-type-mismatch", None])
def test_quiet_for_its_look_alikes(other: str | None) -> None:
    assert list(rule(failing(raised(other), refused()))) == []


@pytest.mark.parametrize("fate", HANDLED)
def test_quiet_for_a_feature_probe(fate: Fate) -> None:
    assert list(rule(failing(raised(ID, fate=fate), refused()))) == []


def test_quiet_in_an_outcome_that_passed() -> None:
    assert list(rule(passing(raised(ID), refused()))) == []
