"""unawaited-db-call."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ormprobe_taxonomy.causes import BY_ID
from ormprobe_taxonomy.causes.database_runtime_error.unawaited_db_call import ID, rule
from ormprobe_taxonomy.causes.state_propagation_failure import uncommitted_write
from ormprobe_taxonomy.signals.connections import NeverAwaited
from ormprobe_taxonomy.terms import Link
from ormprobe_taxonomy.upstream import rank
from tests.taxonomy.made import BY_LINK, OTHER, failing, lost, passing, raised

DROPPED = NeverAwaited(
    name="AsyncSession.commit", effect="settle", place=OTHER, at_us=20, known=True
)
USED = replace(DROPPED, name="AsyncSession.execute", effect="read", error="e1")


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_a_coroutine_used_as_its_result(link: Link, certainty: str) -> None:
    [found] = rule(failing(raised(ID, link=link), USED))

    assert (found.certainty, found.variant, found.place) == (certainty, "used-as-result", OTHER)


@pytest.mark.parametrize("signals", [(), (replace(USED, known=False),)])
def test_only_suspected_of_an_unknown_coroutine(signals: tuple[NeverAwaited, ...]) -> None:
    [found] = rule(failing(raised(ID), *signals))

    assert found.certainty == "suspected"
    assert found.needs


@pytest.mark.parametrize("effect", ["write", "settle"])
def test_a_dropped_write_fails_the_outcome(effect: str) -> None:
    [found] = rule(failing(replace(DROPPED, effect=effect, felt=True)))

    assert (found.severity, found.certainty, found.variant) == ("failure", "certain", "dropped")


def test_a_dropped_write_that_nothing_read_after_is_likely() -> None:
    [found] = rule(failing(DROPPED))

    assert (found.severity, found.certainty) == ("failure", "likely")


def test_likely_beside_an_error_that_may_explain_the_failure() -> None:
    [found] = rule(failing(raised("integrity-violation"), DROPPED))

    assert found.certainty == "likely"


def test_suspected_where_a_read_was_dropped() -> None:
    [found] = rule(failing(replace(DROPPED, effect="read")))

    assert found.certainty == "suspected"


def test_quiet_for_what_was_dropped_after_the_failure() -> None:
    case = replace(failing(DROPPED), failed_us=10)

    assert list(rule(case)) == []


def test_a_dropped_write_is_a_defect_where_nothing_failed() -> None:
    [found] = rule(passing(DROPPED))

    assert (found.severity, found.certainty) == ("defect", "certain")


@pytest.mark.parametrize(
    "signal",
    [
        replace(DROPPED, effect="read"),
        replace(DROPPED, effect="release"),
        replace(DROPPED, known=False),
        replace(DROPPED, expected=True),
    ],
)
def test_quiet_where_nothing_failed_and_nothing_was_to_be_written(signal: NeverAwaited) -> None:
    assert list(rule(passing(signal))) == []


def test_the_write_that_a_dropped_commit_lost_is_its_effect() -> None:
    written = lost(transaction="1-1/20")
    case = failing(written, DROPPED)
    findings = [*uncommitted_write.rule(case), *rule(case)]

    ranked = rank(findings, lambda finding: BY_ID[finding.cause].layer)

    assert ranked.primary is not None
    assert ranked.primary.cause == ID
    assert [found.cause for found in ranked.findings] == [ID, uncommitted_write.ID]
    assert ranked.causes == ((), (0,))


CONDITION = replace(DROPPED, name="exists", effect="truth", query=True)


def test_a_condition_that_is_a_query_is_a_defect_and_likely_what_failed() -> None:
    [defect] = rule(passing(CONDITION))
    [failure] = rule(failing(CONDITION))

    assert (defect.severity, defect.certainty) == ("defect", "certain")
    assert (failure.severity, failure.certainty) == ("failure", "likely")
    assert "always true" in CONDITION.says


def test_a_condition_beside_an_error_explains_nothing() -> None:
    found = list(rule(failing(raised("integrity-violation", key="e7"), CONDITION)))

    assert [each.certainty for each in found] == ["suspected"] or found == []
