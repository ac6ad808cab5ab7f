"""Every case of the corpus, traced end to end as a user would: the verdict is the label."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.cases import Case, cases
from tests.corpus.databases import Environment
from tests.corpus.rotation import params
from tests.corpus.tracing import Traced, trace

CASES = cases()
# Of the faults, the silent one: the driver must read back what it wrote to see it.
SERVED = [
    case
    for case in CASES
    if case.exercise.serve and (case.fault is None or case.fault.name == "uncommitted-write")
]
HEALTHY = [case for case in CASES if case.fault is None]
BROKEN = [case for case in CASES if case.fault is not None and case.fault.severity == "failure"]
OURS = [case for case in BROKEN if case.fault and case.fault.cause != "not-data-layer"]
OTHERS = [case for case in BROKEN if case.fault and case.fault.cause == "not-data-layer"]
DEFECTS = [case for case in CASES if case.fault is not None and case.fault.severity == "defect"]
SLOW = [case for case in CASES if case.fault is not None and case.fault.severity == "hazard"]


def hazards(traced: Traced) -> list[dict[str, Any]]:
    return [label for label in traced.report["labels"] if label["severity"] == "hazard"]


def only_known_hazards(traced: Traced) -> bool:
    """Whether each hazard is a cause that the fixture names for itself."""
    return {label["cause"] for label in hazards(traced)} <= set(traced.case.hazards)


@pytest.mark.parametrize("case", params(HEALTHY))
def test_a_healthy_app_passes(case: Case, tmp_path: Path, database_of: Environment) -> None:
    traced = trace(case, tmp_path, database_of(case, tmp_path))

    assert (traced.status, traced.exit_status) == ("passed", 0), traced.stderr
    assert traced.primary == {}
    assert traced.causes("failure") == traced.causes("defect") == []
    assert only_known_hazards(traced)
    assert traced.report["run"]["observed"] == "full"
    assert traced.report["run"]["counts"]["statements"]


@pytest.mark.parametrize("case", params(OURS))
def test_the_planted_cause_is_the_verdict(
    case: Case, tmp_path: Path, database_of: Environment, request: pytest.FixtureRequest
) -> None:
    assert case.fault is not None
    if case.fault.missed:
        request.applymarker(pytest.mark.xfail(reason=case.fault.missed, strict=True))

    traced = trace(case, tmp_path, database_of(case, tmp_path))

    assert traced.exit_status == 1, traced.stderr
    assert (traced.status, traced.primary.get("cause")) == ("failed", case.fault.cause)
    assert traced.place_is_right(), traced.where
    accepted = ("certain",) if case.fault.certainty == "certain" else ("certain", "likely")
    assert traced.primary["certainty"] in accepted


@pytest.mark.parametrize("case", params(OTHERS))
def test_what_is_not_of_the_data_layer_gets_no_label(
    case: Case, tmp_path: Path, database_of: Environment
) -> None:
    traced = trace(case, tmp_path, database_of(case, tmp_path))

    assert traced.exit_status == 1, traced.stderr
    assert traced.status in ("undetermined", "not-data-layer")
    assert traced.causes("failure") == traced.causes("defect") == []


@pytest.mark.parametrize("case", params(SLOW))
def test_a_hazard_is_named_and_fails_nothing(
    case: Case, tmp_path: Path, database_of: Environment
) -> None:
    assert case.fault is not None

    traced = trace(case, tmp_path, database_of(case, tmp_path))

    assert (traced.status, traced.exit_status) == ("passed", 0), traced.stderr
    found = [label for label in hazards(traced) if label["cause"] == case.fault.cause]
    assert any(traced.is_at(label["where"] or {}) for label in found), found
    assert traced.causes("failure") == traced.causes("defect") == []


@pytest.mark.parametrize("case", params(DEFECTS))
def test_a_defect_is_named_though_nothing_failed(
    case: Case, tmp_path: Path, database_of: Environment
) -> None:
    assert case.fault is not None

    traced = trace(case, tmp_path, database_of(case, tmp_path))

    assert traced.exit_status == 1, traced.stderr
    assert (traced.status, traced.primary.get("cause")) == ("defective", case.fault.cause)
    assert traced.place_is_right(), traced.where


@pytest.mark.parametrize("case", params(SERVED))
def test_a_real_server_and_its_driver(case: Case, tmp_path: Path, database_of: Environment) -> None:
    served = replace(case, exercise=replace(case.exercise, command=()))

    traced = trace(served, tmp_path, database_of(served, tmp_path))

    if case.fault is None:
        assert (traced.status, traced.exit_status) == ("passed", 0), traced.stderr
        assert traced.causes("failure") == traced.causes("defect") == []
    else:
        assert traced.exit_status == 1, traced.stderr
        assert (traced.status, traced.primary.get("cause")) == ("failed", case.fault.cause)
        assert traced.place_is_right(), traced.where
    kinds = {outcome["kind"] for outcome in traced.report["outcomes"]}
    assert {"request", "process"} <= kinds
