"""What the causes of states have in common: errors come first, and nothing is said of a pass."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes import BY_ID
from ormprobe_taxonomy.signals import Signal
from ormprobe_taxonomy.terms import Fate, Link, Severity
from tests.taxonomy.made import LINE, failing, passing, raised
from tests.taxonomy.states import half, overwritten, stale, taken, unset

PROVEN: dict[str, Signal] = {
    "identifier-not-propagated": unset(),
    "partial-write": half(),
    "lost-update": overwritten(),
    "stale-state-after-write": stale(),
    "cascade-misconfiguration": taken(),
}

every = pytest.mark.parametrize(("cause", "signal"), PROVEN.items(), ids=list(PROVEN))


@every
def test_a_proof_is_certain_and_at_its_line(cause: str, signal: Signal) -> None:
    [found] = BY_ID[cause].rule(failing(signal))

    assert (found.cause, found.certainty, found.severity) == (cause, "certain", Severity.FAILURE)
    assert (found.place, found.evidence, found.needs) == (LINE, (signal,), None)
    assert signal.says


@every
def test_nothing_is_said_of_an_outcome_that_passed(cause: str, signal: Signal) -> None:
    assert list(BY_ID[cause].rule(passing(signal))) == []


@every
@pytest.mark.parametrize("link", [Link.CHAIN, Link.ANSWER])
def test_an_error_that_ended_the_outcome_comes_first(
    cause: str, signal: Signal, link: Link
) -> None:
    error = raised("integrity-violation", link=link)

    assert list(BY_ID[cause].rule(failing(error, signal))) == []


@every
@pytest.mark.parametrize("link", [Link.EARLIER, Link.LINE])
def test_an_error_on_the_way_leaves_a_suspicion(cause: str, signal: Signal, link: Link) -> None:
    error = raised("integrity-violation", link=link, fate=Fate.SWALLOWED)

    [found] = BY_ID[cause].rule(failing(error, signal))

    assert found.certainty == "suspected"


@every
@pytest.mark.parametrize(
    "fields",
    [
        {"fate": Fate.EXPECTED},
        {"fate": Fate.RECOVERED},
        {"link": Link.NONE},
        {"follows": "e0"},
    ],
    ids=["expected", "recovered", "not tied", "an echo"],
)
def test_errors_that_explain_nothing_are_passed_over(
    cause: str, signal: Signal, fields: dict[str, object]
) -> None:
    error = raised("integrity-violation", **fields)  # type: ignore[arg-type]

    assert [f.certainty for f in BY_ID[cause].rule(failing(error, signal))] == ["certain"]


@every
def test_a_row_that_was_not_there_is_what_they_lead_to(cause: str, signal: Signal) -> None:
    error = raised("result-cardinality-mismatch")

    assert [f.certainty for f in BY_ID[cause].rule(failing(error, signal))] == ["certain"]
