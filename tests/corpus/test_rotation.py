"""The rotation: the contract's apps each day, every other case in turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.cases import Case, cases
from tests.corpus.rotation import EVERY, VARIABLE, chosen, params, runs_each_day, today

CASES = cases()
HEALTHY = {case.id for case in CASES if case.fault is None and runs_each_day(case)}
GROUPS = {(case.orm, case.fault.cause) for case in CASES if case.fault is not None}


def test_each_day_takes_the_contracts_apps_and_a_case_for_each_cause() -> None:
    for day in (1, 60, 366):
        found = chosen(CASES, "", day)
        faulty = [case for case in CASES if case.fault is not None and case.id in found]

        assert found >= HEALTHY
        assert {case.fault.cause for case in faulty if case.fault} == {cause for _, cause in GROUPS}


def test_two_days_take_one_case_for_each_cause_and_orm() -> None:
    for day in (1, 60, 365):
        found = [chosen(CASES, "", each) for each in (day, day + 1)]
        pairs = [
            (case.orm, case.fault.cause)
            for turn in found
            for case in CASES
            if case.fault is not None and case.id in turn
        ]

        assert set(pairs) == GROUPS
        assert max(sum(pair == other for other in pairs) for pair in GROUPS) <= 2


def test_a_healthy_app_runs_on_its_other_databases_every_third_day(tmp_path: Path) -> None:
    found = written(tmp_path)

    days = [chosen(found, "", day) - {"shop:healthy"} for day in range(1, 4)]

    assert sorted(map(len, days)) == [1, 1, 2]
    assert sum("shop:healthy@postgresql" in day for day in days) == 1


def test_a_case_for_each_database_that_fixture_and_fault_name(tmp_path: Path) -> None:
    found = written(tmp_path)

    assert [case.id for case in found] == [
        "shop:healthy",
        "shop:healthy@postgresql",
        "shop:timezone-mismatch@postgresql",
    ]
    assert [case.url for case in found] == [
        "sqlite:///{folder}/app.db",
        *2 * ["postgresql+psycopg"],
    ]


def written(folder: Path) -> tuple[Case, ...]:
    """The cases of a fixture on two databases, with a fault on one of them."""
    (folder / "shop" / "faults").mkdir(parents=True)
    (folder / "shop" / "fixture.toml").write_text(
        'orm = "sqlalchemy"\nabout = ""\nhazards = []\ndatabases = ["sqlite", "postgresql"]\n'
        '[urls]\nsqlite = "sqlite:///{folder}/app.db"\npostgresql = "postgresql+psycopg"\n'
    )
    (folder / "shop" / "faults" / "timezone-mismatch.toml").write_text(
        'cause = "timezone-mismatch"\nseverity = "failure"\nbreaks = ["process"]\n'
        'certainty = "certain"\ndatabases = ["postgresql"]\nculprit = []\n'
    )
    return cases(folder)


def test_every_case_has_its_turn() -> None:
    largest = max(
        sum(1 for case in CASES if case.fault and (case.orm, case.fault.cause) == group)
        for group in GROUPS
    )

    turns = [chosen(CASES, "", day) for day in range(1, max(2 * largest, EVERY) + 2)]

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
