"""Right apps under wrong checks: no cause is the right label.

Assertions of healthy apps are changed by program, one of each test at a time. A label that names a
cause is a lie; such a lie is never certain but once over all of them, and likely in one of twenty.
"""

from __future__ import annotations

import ast
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.corpus import tracing
from tests.corpus.cases import SQLITE, Case, cases
from tests.corpus.databases import Environment
from tests.corpus.mutants import Mutant, mutate, other_than
from tests.corpus.rotation import VARIABLE, day_of_year
from tests.corpus.tracing import Traced, trace

ROUNDS = 3
"""Assertions of one test of a large app that are changed, one after the other."""

FEWEST = 200
MOST_CERTAIN = 1
MOST_LIKELY = 0.05

HEALTHY = [case for case in cases() if case.fault is None and case.database == SQLITE]
TESTED = [case for case in HEALTHY if any((case.folder / "app").rglob("test*.py"))]
SUITES = [
    (case, number)
    for case in TESTED
    for number in range(1 if case.fixture.startswith("small/") else ROUNDS)
]


@dataclass
class Told:
    """What was said of all mutants so far. lies: by outcome, the cause and how sure."""

    mutants: int = 0
    lies: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])

    def take(self, traced: Traced, mutants: list[Mutant]) -> list[str]:
        """Count a run; the certainties of its lies."""
        labels = {label["id"]: label for label in traced.report["labels"]}
        found: list[str] = []
        for outcome in traced.report["outcomes"]:
            if outcome["kind"] != "test" or outcome["status"] not in ("failed", "error"):
                continue
            self.mutants += 1
            for name in outcome["labels"]:
                label = labels[name]
                if label["cause"] is not None and outcome["id"] in label["explains"]:
                    where = f"{traced.case.fixture} {outcome['id']} {mutants}"
                    self.lies[where] = (label["cause"], label["certainty"])
                    found.append(label["certainty"])
        return found


ALL = Told()


def suites() -> Iterator[object]:
    """One suite each day, or those that are asked for."""
    wanted = os.environ.get(VARIABLE, "")
    for index, (case, number) in enumerate(SUITES):
        turn = index == day_of_year() % len(SUITES)
        if wanted:
            turn = wanted == "all" or wanted in case.id
        reason = f"not its turn; {VARIABLE}=all runs it"
        marks = () if turn else (pytest.mark.skip(reason=reason),)
        yield pytest.param(case, number, id=f"{case.fixture}-{number}", marks=marks)


@pytest.mark.parametrize(("case", "number"), list(suites()))
def test_a_wrong_check_is_no_defect_of_the_data_layer(
    case: Case,
    number: int,
    tmp_path: Path,
    database_of: Environment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mutants: list[Mutant] = []
    original = tracing.materialise

    def mutated(found: Case, into: Path) -> Path:
        app = original(found, into)
        mutants.extend(mutate(app, number))
        return app

    monkeypatch.setattr(tracing, "materialise", mutated)
    traced = trace(case, tmp_path, database_of(case, tmp_path))

    failed = ALL.mutants
    lies = Counter(ALL.take(traced, mutants))
    failed = ALL.mutants - failed
    assert bool(failed) == bool(mutants), (traced.stderr, mutants)
    assert traced.causes("defect") == []
    assert lies["certain"] <= MOST_CERTAIN, ALL.lies
    # of the few of one suite, a lie or two is no more than one of twenty may be
    assert lies["likely"] <= 2 + failed * MOST_LIKELY, ALL.lies


@pytest.mark.skipif(os.environ.get(VARIABLE) != "all", reason="of all mutants alone")
def test_lies_over_all_mutants_are_few() -> None:
    certainties = Counter(certainty for _, certainty in ALL.lies.values())

    assert ALL.mutants >= FEWEST
    assert certainties["certain"] <= MOST_CERTAIN, ALL.lies
    assert certainties["likely"] <= ALL.mutants * MOST_LIKELY, ALL.lies


@pytest.mark.parametrize("turn", range(12))
@pytest.mark.parametrize(
    "value",
    [
        3,
        2.5,
        True,
        None,
        "",
        "word",
        b"x",
        [1, 2, 3],
        ["one"],
        [],
        (200, "x"),
        {1},
        {"a": 1, "b": []},
    ],
)
def test_a_changed_value_is_another_one(value: object, turn: int) -> None:
    changed = other_than(value, turn)

    assert changed != value
    assert ast.literal_eval(repr(changed)) == changed


def test_only_literals_of_assertions_are_changed(tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text(
        "def test_x():\n    found = 3\n    assert found == 4\n    assert len('ab') == 2\n"
        "    assert found == other\n",
        "utf-8",
    )

    first, second, third = (mutate(tmp_path, number) for number in range(3))

    assert [(each.test, each.line, each.before) for each in first] == [("test_x", 3, "4")]
    assert [(each.line, each.before) for each in second] == [(4, "2")]
    assert third == []
    assert "assert found == 4\n" not in (tmp_path / "test_app.py").read_text("utf-8")
