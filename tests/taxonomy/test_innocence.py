"""Outcomes that the data layer has no part in: placed by proof, and never against a finding."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.innocence import placement_of
from ormprobe_taxonomy.signals import AnsweredUnasked, Case, ComputedAfter, Signal
from ormprobe_taxonomy.terms import Category, Certainty, Severity, Subcategory
from tests.taxonomy.made import LINE, finding

COMPUTED = ComputedAfter(at_us=5, scope="GET /fee", rows=1, values=1, place=LINE, events=("1-1:4",))


def answered(status: int, routed: bool = True) -> AnsweredUnasked:
    return AnsweredUnasked(
        at_us=5,
        request="GET /orders",
        status=status,
        wanted=200,
        routed=routed,
        place=LINE if routed else None,
        events=("1-1:4",),
    )


def failing(*signals: Signal) -> Case:
    return Case(outcome="test:a", failing=True, signals=signals)


@pytest.mark.parametrize(
    ("status", "routed", "subcategory"),
    [
        (401, True, Subcategory.AUTH_MISCONFIGURATION),
        (403, True, Subcategory.AUTH_MISCONFIGURATION),
        (405, False, Subcategory.FRAMEWORK_IDIOSYNCRASY),
        (422, True, Subcategory.FRAMEWORK_IDIOSYNCRASY),
        (415, True, Subcategory.FRAMEWORK_IDIOSYNCRASY),
        (307, False, Subcategory.FRAMEWORK_IDIOSYNCRASY),
    ],
)
def test_an_answer_that_asked_for_no_rows(
    status: int, routed: bool, subcategory: Subcategory
) -> None:
    found = placement_of(failing(answered(status, routed)), [])

    assert found is not None
    assert (found.category, found.subcategory) == (Category.LOGIC_ERROR, subcategory)
    assert found.certainty is Certainty.LIKELY
    assert found.evidence[0].events == ("1-1:4",)


def test_a_path_that_nobody_serves_is_not_implemented() -> None:
    found = placement_of(failing(answered(404, False)), [])

    assert found is not None
    assert (found.category, found.subcategory) == (Category.INCOMPLETE_IMPLEMENTATION, None)


@pytest.mark.parametrize(("status", "routed"), [(404, True), (302, True), (400, True), (409, True)])
def test_an_answer_of_the_apps_own_may_mean_anything(status: int, routed: bool) -> None:
    assert placement_of(failing(answered(status, routed)), []) is None


def test_a_value_that_was_computed_after_the_rows_is_the_apps_own_rule() -> None:
    found = placement_of(failing(COMPUTED), [])

    assert found is not None
    assert found.subcategory is Subcategory.BUSINESS_LOGIC_DEFECT
    assert found.place == LINE


@pytest.mark.parametrize("certainty", list(Certainty))
def test_any_finding_is_stronger(certainty: Certainty) -> None:
    other = finding("uncommitted-write", certainty=certainty)

    assert placement_of(failing(COMPUTED), [other]) is None


def test_a_hazard_is_no_finding_about_the_failure() -> None:
    other = finding("n-plus-one-queries", severity=Severity.HAZARD)

    assert placement_of(failing(COMPUTED), [other]) is not None


def test_no_signal_is_no_proof_and_an_outcome_that_passed_needs_none() -> None:
    assert placement_of(failing(), []) is None
    assert placement_of(Case(outcome="test:a", failing=False, signals=(COMPUTED,)), []) is None
