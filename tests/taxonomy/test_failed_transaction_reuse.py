"""failed-transaction-reuse."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ormprobe_taxonomy.causes.database_runtime_error.failed_transaction_reuse import (
    ID,
    is_expected,
    rule,
)
from ormprobe_taxonomy.signals import Raised
from ormprobe_taxonomy.terms import Fate, Link
from tests.taxonomy.made import BY_LINK, LINE, OTHER, failing, passing, raised

SESSION = "1-1/4"


def conflict(**fields: object) -> Raised:
    """A unique conflict that the app caught in the session of the refusal."""
    error = raised(
        "integrity-violation",
        facet="unique",
        at_us=5,
        session=SESSION,
        caught=OTHER,
        fate=Fate.SWALLOWED,
        link=Link.NONE,
    )
    return replace(error, **fields)  # type: ignore[arg-type]


def refusal(**fields: object) -> Raised:
    return replace(raised(ID, "e2", session=SESSION, at_us=9), **fields)  # type: ignore[arg-type]


def test_a_caught_conflict_blames_the_line_that_caught_it() -> None:
    first = conflict()

    [found] = rule(failing(first, refusal()))

    assert (found.certainty, found.place, found.needs) == ("certain", OTHER, None)
    assert first in found.evidence


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_certainty_comes_from_the_link(link: Link, certainty: str) -> None:
    [found] = rule(failing(conflict(), refusal(link=link)))

    assert found.certainty == certainty


def test_the_transaction_ties_the_two_as_the_session_does() -> None:
    first = conflict(session=None, transaction="1-1/7")

    [found] = rule(failing(first, refusal(session=None, transaction="1-1/7")))

    assert found.place == OTHER


@pytest.mark.parametrize("fields", [{"session": "1-1/5"}, {"session": None}])
def test_an_error_of_another_session_is_not_its_origin(fields: dict[str, object]) -> None:
    [found] = rule(failing(conflict(**fields), refusal()))

    assert (found.certainty, found.place) == ("likely", LINE)
    assert found.needs == "the error that broke the transaction"


def test_a_later_error_is_not_its_origin() -> None:
    [found] = rule(failing(refusal(), conflict(at_us=20)))

    assert found.certainty == "likely"


def test_the_latest_of_several_errors_is_its_origin() -> None:
    nearer = conflict(key="e0", caught=LINE, at_us=7)

    [found] = rule(failing(conflict(), nearer, refusal()))

    assert found.place == LINE


def test_an_earlier_refusal_is_not_its_origin() -> None:
    again = refusal(key="e3", at_us=12)

    found = list(rule(failing(conflict(), refusal(), again)))

    assert [each.place for each in found] == [OTHER, OTHER]


def test_quiet_where_the_first_error_was_not_expected() -> None:
    first = raised("unresolved-reference", at_us=5, session=SESSION, caught=OTHER)

    assert list(rule(failing(first, refusal()))) == []
    assert list(rule(failing(first, refusal(follows=first.key)))) == []


def test_quiet_where_another_transaction_stands_in_the_way() -> None:
    assert list(rule(failing(conflict(), raised("write-conflict", "e2", session=SESSION)))) == []


def test_quiet_in_an_outcome_that_passed() -> None:
    assert list(rule(passing(conflict(), refusal()))) == []


@pytest.mark.parametrize(
    ("facet", "catches", "expected"),
    [
        ("unique", (), True),
        ("not-null", ("IntegrityError",), True),
        ("not-null", ("UniqueViolation", "OSError"), True),
        ("not-null", ("Exception",), False),
        (None, ("BaseException",), False),
    ],
)
def test_a_conflict_is_expected_by_facet_or_by_name(
    facet: str | None, catches: tuple[str, ...], expected: bool
) -> None:
    error = raised("integrity-violation", facet=facet, caught=OTHER, catches=catches)

    assert is_expected(error) is expected


def test_what_nobody_caught_was_not_expected() -> None:
    assert not is_expected(raised("integrity-violation", facet="unique"))
