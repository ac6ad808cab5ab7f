"""Two sets of runs beside each other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from ormprobe.errors import UnreadableError, UsageError
from ormprobe.report.text import show
from ormprobe.tables.comparing import Change, Comparison, as_json, compare
from ormprobe.tables.comparing_text import as_markdown, points, render
from ormprobe.tables.sides import compare_sides
from ormprobe.tables.writing import write_report
from tests.ormprobe.tables.made import failed, run

BEFORE = [failed(f"run_{n}") if n < 8 else run(f"run_{n}") for n in range(20)]
AFTER = [
    failed(f"run_{n}", cause="write-conflict") if n < 2 else run(f"run_{n}") for n in range(20)
]


def change(comparison: Comparison, kind: str, name: str) -> Change:
    return next(each for each in comparison.changes if (each.kind, each.name) == (kind, name))


def test_the_same_runs_are_compared_in_pairs() -> None:
    comparison = compare(iter(BEFORE), iter(AFTER))

    assert comparison.paired == 20
    found = change(comparison, "category", "logic_error")
    assert (found.before, found.after) == (8, 2)
    assert (found.before_share, found.after_share, found.change) == (0.4, 0.1, -0.3)
    assert found.low < -0.3 < found.high < 0
    assert found.sure
    assert found.p == pytest.approx(2 / 2**6)
    assert change(comparison, "cause", "write-conflict").after == 2


def test_other_runs_are_independent_samples() -> None:
    comparison = compare(BEFORE, AFTER[:-1])

    assert comparison.paired is None
    found = change(comparison, "ending", "failed")
    assert (found.before, found.after, found.after_share) == (8, 2, round(2 / 19, 6))
    assert any("independent" in note for note in comparison.notes)
    pairs = change(compare(BEFORE, AFTER), "ending", "failed")
    assert found.high - found.low > pairs.high - pairs.low


def test_models_are_paired_by_task_and_run() -> None:
    other = [failed(f"run_{n}", model="other", date="2026-02-02") for n in range(20)]

    assert compare(BEFORE, other).paired == 20


def test_runs_of_several_models_are_paired_by_model_too() -> None:
    models = [failed(f"run_{n}", model=model) for n in range(5) for model in ("a", "b")]

    assert compare(models, models[::-1]).paired == 10
    assert compare(models, [*models[1:], models[1]]).paired is None


def test_pairs_of_which_one_was_not_judged_are_left_out_and_told() -> None:
    after = [run("run_0", status=None, error="unreadable"), *AFTER[1:]]

    comparison = compare(BEFORE, after, ("old", "new"))

    assert comparison.paired == 19
    assert comparison.after.left_out == 1
    assert comparison.notes[0] == "new: 1 of 20 runs were not judged and are left out."
    assert change(comparison, "ending", "failed").before == 7


def test_where_nothing_passed_shares_are_of_the_failed_runs() -> None:
    comparison = compare([failed()], [failed("run_1", category="other")])

    assert comparison.of == "failed runs"
    assert {each.kind for each in comparison.changes}.isdisjoint({"ending"})
    assert compare(BEFORE, AFTER).of == "judged runs"


def test_every_word_is_there_once() -> None:
    comparison = compare([failed(cause=None, subcategory=None, category=None)], [failed()])
    names = [(each.kind, each.name) for each in comparison.changes]

    assert len(names) == len(set(names))
    assert names[-1] == ("cause", "no cause named")


@pytest.mark.parametrize("runs", [[], [run(status=None, error="x")]])
def test_a_side_without_judged_runs_is_refused(runs: list[object]) -> None:
    with pytest.raises(UsageError, match="nothing can be compared"):
        compare(BEFORE, runs)  # type: ignore[arg-type]


def test_sides_are_folders_files_or_values_of_a_key(tmp_path: Path) -> None:
    write_report([*BEFORE, *(failed(f"run_{n}", model="x", level=2) for n in range(20))], tmp_path)

    by_model = compare_sides("model=model", "model=x", tmp_path)
    assert (by_model.before.name, by_model.after.name) == ("model=model", "model=x")
    assert (by_model.before.judged, by_model.after.judged) == (20, 20)
    assert compare_sides("level=L1", "level=2", tmp_path).after.judged == 20
    same = compare_sides(str(tmp_path), str(tmp_path / "labels.jsonl"))
    assert same.paired == 40
    assert not any(each.change for each in same.changes)


def test_sides_that_cannot_be_are_refused(tmp_path: Path) -> None:
    write_report(BEFORE, tmp_path)

    with pytest.raises(UsageError, match="must be named"):
        compare_sides("model=a", "model=b")
    with pytest.raises(UnreadableError):
        compare_sides(str(tmp_path), "colour=red")
    with pytest.raises(UsageError, match="model=nobody"):
        compare_sides("model=model", "model=nobody", tmp_path)


def test_lines_that_are_no_labels_are_told_once(tmp_path: Path) -> None:
    write_report([*BEFORE, run(model="x")], tmp_path)
    with (tmp_path / "labels.jsonl").open("a") as labels:
        labels.write("not json\n")

    notes = compare_sides("model=model", "model=x", tmp_path).notes

    assert ["line 22" in note for note in notes].count(True) == 1


def test_it_is_shown_as_text_markdown_and_json() -> None:
    comparison = compare(BEFORE, AFTER, ("old|<b>", "new\x1b[31m"))

    text = show(render(comparison), Console(width=120, color_system=None))
    assert "-30.0" in text
    assert "\x1b" not in text
    assert "compared in 20 pairs" in text
    markdown = as_markdown(comparison)
    assert "old\\|\\<b\\>" in markdown
    assert "**-30.0**" in markdown
    document = json.loads(as_json(comparison))
    assert document["paired"] == 20
    assert document["changes"][0]["kind"] == "ending"


def test_points() -> None:
    assert [points(each) for each in (0.1234, -0.05, 0.0001, -0.0001)] == [
        "+12.3", "-5.0", "0.0", "0.0",
    ]  # fmt: skip
