"""Which errors an outcome's failure is blamed on."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.blame import blamed, certainty_of, finding, weaker
from ormprobe_taxonomy.terms import Certainty, Fate, Link, Severity
from tests.taxonomy.made import BY_LINK, HANDLED, LINE, OTHER, failing, passing, raised

CAUSE = "integrity-violation"


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_certainty_comes_from_the_link(link: Link, certainty: str) -> None:
    error = raised(CAUSE, link=link)

    assert list(blamed(failing(error), CAUSE)) == [error]
    assert certainty_of(error) == certainty


def test_an_error_tied_to_nothing_is_not_blamed() -> None:
    assert list(blamed(failing(raised(CAUSE, link=Link.NONE)), CAUSE)) == []


@pytest.mark.parametrize("fate", HANDLED)
def test_a_handled_error_is_not_blamed(fate: Fate) -> None:
    assert list(blamed(failing(raised(CAUSE, fate=fate)), CAUSE)) == []


@pytest.mark.parametrize("fate", [Fate.SURFACED, Fate.TRANSLATED, Fate.ANSWERED, Fate.SWALLOWED])
def test_any_other_fate_is_blamed(fate: Fate) -> None:
    assert len(list(blamed(failing(raised(CAUSE, fate=fate)), CAUSE))) == 1


def test_a_passing_outcome_blames_nothing() -> None:
    assert list(blamed(passing(raised(CAUSE)), CAUSE)) == []


@pytest.mark.parametrize("reading", [None, "write-conflict"])
def test_what_reads_as_something_else_is_another_rules(reading: str | None) -> None:
    assert list(blamed(failing(raised(reading)), CAUSE)) == []


def test_an_echo_is_not_blamed_and_its_first_error_takes_it_along() -> None:
    first, echo = raised(CAUSE), raised("failed-transaction-reuse", "e2", follows="e1")
    case = failing(first, echo)

    assert list(blamed(case, "failed-transaction-reuse")) == []
    assert finding(case, first).echoes == ("e2",)


def test_a_finding_carries_what_the_error_carried() -> None:
    error = raised(
        CAUSE, facet="check", transaction="1-1/3", session="1-1/4", reads=("a",), at_us=5
    )

    found = finding(failing(error), error, None)

    assert (found.cause, found.facet, found.errors) == (CAUSE, "check", ("e1",))
    assert (found.severity, found.place, found.at_us) == (Severity.FAILURE, LINE, 5)
    assert (found.transaction, found.session, found.reads) == ("1-1/3", "1-1/4", ("a",))
    assert found.evidence == (error,)
    assert found.needs is None


def test_a_finding_may_be_elsewhere_and_weaker() -> None:
    error = raised(CAUSE)

    found = finding(failing(error), error, place=OTHER, at_most=Certainty.LIKELY, variant="v")

    assert (found.place, found.certainty, found.variant) == (OTHER, "likely", "v")


@pytest.mark.parametrize("link", [Link.EARLIER, Link.LINE])
def test_a_likely_finding_says_what_it_needs(link: Link) -> None:
    error = raised(CAUSE, link=link)

    assert finding(failing(error), error).needs


def test_the_weaker_of_two_certainties() -> None:
    assert weaker(Certainty.CERTAIN, Certainty.LIKELY) is Certainty.LIKELY
    assert weaker(Certainty.SUSPECTED, Certainty.LIKELY) is Certainty.SUSPECTED
