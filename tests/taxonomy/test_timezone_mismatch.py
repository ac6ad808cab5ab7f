"""timezone-mismatch."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.database_runtime_error.timezone_mismatch import ID, rule
from ormprobe_taxonomy.refusals import DatetimeMixed
from ormprobe_taxonomy.terms import Fate, Link
from tests.taxonomy.made import BY_LINK, HANDLED, LINE, failing, passing, raised

INSERT = "INSERT INTO orders (paid) VALUES ($1)"


def mixed(attribute: str | None = "paid") -> DatetimeMixed:
    table = "orders" if attribute else None
    return DatetimeMixed(error="e1", attribute=attribute, table=table, read=True)


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_a_bound_datetime_that_the_driver_refused(link: Link, certainty: str) -> None:
    [found] = rule(failing(raised(ID, link=link, statement=INSERT)))

    assert (found.cause, found.certainty, found.place) == (ID, certainty, LINE)


def test_a_column_of_a_row_that_was_read_before() -> None:
    [found] = rule(failing(raised(ID, type="TypeError"), mixed()))

    assert (found.certainty, found.needs) == ("certain", None)


def test_suspected_where_rows_were_read_and_the_line_names_no_column() -> None:
    [found] = rule(failing(raised(ID, type="TypeError"), mixed(None)))

    assert (found.certainty, found.needs) == (
        "suspected",
        "proof that one of the two came from a row",
    )


def test_quiet_for_plain_python() -> None:
    assert list(rule(failing(raised(ID, type="TypeError")))) == []


@pytest.mark.parametrize("other", ["bind-type-mismatch", "data-layer-code-error", None])
def test_quiet_for_its_look_alikes(other: str | None) -> None:
    assert list(rule(failing(raised(other), mixed()))) == []


@pytest.mark.parametrize("fate", HANDLED)
def test_quiet_where_the_app_dealt_with_it(fate: Fate) -> None:
    assert list(rule(failing(raised(ID, fate=fate, statement=INSERT)))) == []


def test_quiet_in_an_outcome_that_passed() -> None:
    assert list(rule(passing(raised(ID), mixed()))) == []
