"""The rotation: every healthy case each day, every faulty one in its turn."""

from __future__ import annotations

import pytest

from tests.corpus.cases import cases
from tests.corpus.rotation import VARIABLE, chosen, params, today

CASES = cases()
HEALTHY = {case.id for case in CASES if case.fault is None}
GROUPS = {(case.orm, case.fault.cause) for case in CASES if case.fault is not None}


def test_each_day_takes_every_healthy_case_and_one_for_each_cause_and_orm() -> None:
    for day in (1, 60, 366):
        found = chosen(CASES, "", day)
        faulty = [case for case in CASES if case.fault is not None and case.id in found]

        assert found >= HEALTHY
        assert len(faulty) == len(GROUPS)
        assert {(case.orm, case.fault.cause) for case in faulty if case.fault} == GROUPS


def test_every_case_has_its_turn() -> None:
    largest = max(
        sum(1 for case in CASES if case.fault and (case.orm, case.fault.cause) == group)
        for group in GROUPS
    )

    turns = [chosen(CASES, "", day) for day in range(1, largest + 1)]

    assert frozenset().union(*turns) == {case.id for case in CASES}
    assert turns[0] != turns[1]


def test_all_and_a_part_of_the_ids_override_the_day() -> None:
    assert chosen(CASES, "all", 7) == {case.id for case in CASES}
    found = chosen(CASES, "clinic", 7)
    assert found
    assert all("clinic" in each for each in found)


def test_the_variable_decides_what_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "clinic:healthy")

    assert today(CASES) == {"small/clinic:healthy"}
    assert len(params(CASES)) == len(CASES)
