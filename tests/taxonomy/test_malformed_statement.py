"""malformed-statement."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.incorrect_query_logic.malformed_statement import ID, rule
from ormprobe_taxonomy.refusals import StatementRefused
from ormprobe_taxonomy.terms import Fate, Link
from tests.taxonomy.made import BY_LINK, HANDLED, LINE, failing, passing, raised

TEXT = "SELECT id FRM orders"


def refused(**fields: object) -> StatementRefused:
    told: dict[str, object] = {"error": "e1", "token": "orders", "system": "sqlite", **fields}
    return StatementRefused(**told)  # type: ignore[arg-type]


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_a_text_that_no_dialect_understands(link: Link, certainty: str) -> None:
    [found] = rule(failing(raised(ID, link=link, statement=TEXT), refused()))

    assert (found.cause, found.certainty, found.place) == (ID, certainty, LINE)


def test_what_the_orm_or_driver_counted_needs_no_token() -> None:
    [found] = rule(failing(raised(ID, type="StatementError")))

    assert (found.certainty, found.needs) == ("certain", None)


@pytest.mark.parametrize(
    ("signal", "needs"),
    [
        (refused(mixed=True), "proof that the text itself is wrong"),
        (refused(function=True), "no such function was to be registered"),
    ],
)
def test_likely_where_a_value_or_a_missing_registration_may_be_meant(
    signal: StatementRefused, needs: str
) -> None:
    [found] = rule(failing(raised(ID, statement=TEXT), signal))

    assert found.certainty == "likely"
    assert needs in (found.needs or "")


def test_likely_where_a_database_refused_a_text_that_is_not_known() -> None:
    [found] = rule(failing(raised(ID, type="OperationalError")))

    assert (found.certainty, found.needs) == ("likely", "the text of the statement")


@pytest.mark.parametrize("other", ["backend-unsupported-operation", "bind-type-mismatch", None])
def test_quiet_for_its_look_alikes(other: str | None) -> None:
    assert list(rule(failing(raised(other), refused()))) == []


@pytest.mark.parametrize("fate", HANDLED)
def test_quiet_where_the_app_dealt_with_it(fate: Fate) -> None:
    assert list(rule(failing(raised(ID, fate=fate), refused()))) == []


def test_quiet_in_an_outcome_that_passed() -> None:
    assert list(rule(passing(raised(ID), refused()))) == []
