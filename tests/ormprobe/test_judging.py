"""Judging: findings of single outcomes become labels that span the run."""

from __future__ import annotations

import pytest

from ormprobe import judging
from ormprobe.judging import Judge, Key, key_of, order_of
from ormprobe_taxonomy.signals import (
    Case,
    LeftUndone,
    Place,
    Signal,
    SoughtInVain,
    TableMissing,
)
from ormprobe_taxonomy.terms import Certainty, Fate, Link, Severity
from tests.taxonomy.made import LINE, OTHER, finding, lost, raised

INTEGRITY: Key = ("integrity-violation", Severity.FAILURE, LINE.file, LINE.line)
REUSE, WRITE = "failed-transaction-reuse", "uncommitted-write"


def judged(*cases: Case) -> Judge:
    judge = Judge()
    for case in cases:
        judge.take(case)
    return judge


def failing(outcome: str, *signals: Signal) -> Case:
    return Case(outcome=outcome, failing=True, signals=signals)


def passing(outcome: str, *signals: Signal) -> Case:
    return Case(outcome=outcome, failing=False, signals=signals)


def causes(judge: Judge) -> list[str]:
    return [label.best.cause for label in sorted(judge.labels.values(), key=order_of)]


def suspected(judge: Judge) -> dict[str, str]:
    return {suspicion.cause: suspicion.needs for suspicion in judge.suspicions}


def test_one_cause_at_one_place_is_one_label_over_all_outcomes() -> None:
    judge = judged(
        failing("test:a", raised("integrity-violation", facet="unique")),
        failing("test:b", raised("integrity-violation", facet="not-null")),
    )

    [label] = judge.labels.values()
    assert key_of(label.best) == INTEGRITY
    assert list(label.explains) == list(label.seen) == ["test:a", "test:b"]


def test_other_places_severities_and_causes_are_other_labels() -> None:
    judge = judged(
        failing("test:a", raised("integrity-violation")),
        failing("test:b", raised("integrity-violation", place=OTHER)),
        failing("test:c", raised("schema-not-created")),
        failing("test:d", lost()),
        passing("test:e", lost()),
    )

    assert len(judge.labels) == 5


def test_a_place_may_be_unknown() -> None:
    assert key_of(finding(WRITE, place=None)) == (WRITE, Severity.FAILURE, None, None)


def test_the_strongest_finding_stands_for_a_label() -> None:
    judge = judged(
        failing("test:a", raised("integrity-violation", link=Link.EARLIER)),
        failing("test:b", raised("integrity-violation", link=Link.CHAIN)),
        failing("test:c", raised("integrity-violation", link=Link.LINE)),
    )

    [label] = judge.labels.values()
    assert (label.best.certainty, label.best.outcome) == (Certainty.CERTAIN, "test:b")


def test_what_is_only_suspected_is_a_candidate_and_no_label() -> None:
    judge = judged(failing("test:a", lost(read=())))

    assert judge.labels == {}
    assert list(suspected(judge)) == [WRITE]
    assert "a failing check" in suspected(judge)[WRITE]


def test_a_cause_without_a_rule_is_a_candidate() -> None:
    judge = judged(failing("test:a", raised("no-cause-of-ours", type="AssertionError")))

    assert judge.labels == {}
    assert suspected(judge) == {"no-cause-of-ours": "a rule of its own; AssertionError was raised"}


def test_a_rule_that_held_back_leaves_a_candidate() -> None:
    judge = judged(failing("test:a", raised("result-cardinality-mismatch")))

    assert judge.labels == {}
    assert "excludes its look-alikes" in suspected(judge)["result-cardinality-mismatch"]


def test_an_error_that_another_cause_accounts_for_leaves_none() -> None:
    refused = raised("integrity-violation", facet="foreign-key", operation="DELETE")

    judge = judged(failing("test:a", refused))

    assert [label.best.cause for label in judge.labels.values()] == ["cascade-misconfiguration"]
    assert judge.suspicions == {}


@pytest.mark.parametrize(
    "case",
    [
        passing("test:a", raised("no-cause-of-ours")),
        failing("test:a", raised("write-conflict", link=Link.NONE)),
        failing("test:a", raised("write-conflict", follows="e0")),
        failing("test:a", raised(None)),
        failing("test:a"),
    ],
)
def test_no_candidate_without_a_tie_to_a_failure(case: Case) -> None:
    judge = judged(case)

    assert judge.labels == {}
    assert judge.suspicions == {}


def test_suspicions_are_counted() -> None:
    judge = judged(
        failing("test:a", raised("no-cause-of-ours")),
        failing("test:b", raised("no-cause-of-ours")),
    )

    assert list(judge.suspicions.values()) == [2]


def test_an_effect_explains_nothing_and_names_its_cause() -> None:
    source = raised("schema-not-created", at_us=1)
    effect = raised("integrity-violation", "e2", at_us=5)

    judge = judged(failing("test:a", source, effect))

    schema = judge.labels["schema-not-created", Severity.FAILURE, LINE.file, LINE.line]
    assert list(schema.explains) == ["test:a"]
    assert list(judge.labels[INTEGRITY].explains) == []
    assert list(judge.labels[INTEGRITY].seen) == ["test:a"]
    assert judge.labels[INTEGRITY].caused_by == {key_of(schema.best): None}


def test_a_label_is_not_its_own_cause() -> None:
    first = raised("integrity-violation", "e1", at_us=1, transaction="1-1/3")
    again = raised("integrity-violation", "e2", at_us=5, transaction="1-1/3")

    [label] = judged(failing("test:a", first, again)).labels.values()

    assert label.caused_by == {}
    assert list(label.explains) == ["test:a"]


def test_a_defect_explains_nothing() -> None:
    [label] = judged(passing("request:a", lost())).labels.values()

    assert label.best.severity is Severity.DEFECT
    assert list(label.explains) == []
    assert list(label.seen) == ["request:a"]


def test_labels_stand_by_outcomes_then_certainty_then_layer_then_time() -> None:
    many = [failing(f"test:{n}", raised("integrity-violation", place=OTHER)) for n in range(2)]
    one = failing("test:x", raised("detached-instance-access", link=Link.EARLIER))
    assert causes(judged(one, *many))[0] == "integrity-violation"

    likely = failing("test:a", raised("schema-not-created", link=Link.EARLIER))
    certain = failing("test:b", raised("instance-session-mismatch"))
    assert causes(judged(likely, certain))[0] == "instance-session-mismatch"

    write = failing("test:a", raised("integrity-violation"))
    session = failing("test:b", raised("instance-session-mismatch"))
    assert causes(judged(write, session))[0] == "instance-session-mismatch"

    earlier, later = (
        failing(f"test:{line}", raised("integrity-violation", place=Place("a.py", line, "f")))
        for line in (9, 3)
    )
    judge = judged(earlier, later)
    [first, _] = sorted(judge.labels.values(), key=order_of)
    assert first.best.outcome == "test:9"


def test_an_expected_conflict_does_not_stand_beside_its_reuse() -> None:
    conflict = raised(
        "integrity-violation",
        facet="unique",
        at_us=1,
        session="1-1/9",
        caught=OTHER,
        fate=Fate.SWALLOWED,
        link=Link.NONE,
    )

    judge = judged(failing("test:a", conflict, raised(REUSE, "e2", session="1-1/9")))

    assert causes(judge) == [REUSE]


def test_labels_and_what_they_explain_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "MAX_LABELS", 2)
    monkeypatch.setattr(judging, "MAX_EXPLAINED", 3)
    judge = Judge()
    for number in range(5):
        judge.take(failing(f"test:{number}", raised("integrity-violation")))
        place = Place("a.py", number, "f")
        judge.take(failing(f"test:{number}", raised("integrity-violation", place=place)))

    assert len(judge.labels) == 2
    assert judge.dropped == 4
    assert max(len(label.explains) for label in judge.labels.values()) == 3
    assert max(len(label.seen) for label in judge.labels.values()) == 3


def undone(*errors: str, value: str = "value|db|aa", at_us: int = 5) -> LeftUndone:
    return LeftUndone(at_us=at_us, errors=errors, transactions=(), carriers=(value,))


def sought(*carriers: str, at_us: int = 50, left: tuple[str, ...] = ()) -> SoughtInVain:
    return SoughtInVain(at_us=at_us, carriers=carriers, left=left)


def test_an_outcome_without_a_cause_of_its_own_hangs_on_an_earlier_one() -> None:
    judge = judged(
        failing("test:join", raised("integrity-violation"), undone("e1")),
        failing("test:shelve", sought("value|db|aa")),
        failing("test:other", sought("value|db|zz")),
    )

    [label] = judge.labels.values()
    assert list(label.explains) == list(label.seen) == ["test:join", "test:shelve"]


def test_what_hangs_on_it_breaks_more_in_its_turn() -> None:
    judge = judged(
        failing("test:join", raised("integrity-violation"), undone("e1")),
        failing("test:shelve", sought("value|db|aa", left=("value|db|bb",))),
        failing("test:borrow", sought("value|db|bb")),
    )

    [label] = judge.labels.values()
    assert list(label.explains) == ["test:join", "test:shelve", "test:borrow"]


@pytest.mark.parametrize(
    "later",
    [
        passing("test:shelve", sought("value|db|aa")),
        failing("test:shelve", sought("value|db|aa", at_us=1)),
        failing("test:shelve"),
    ],
)
def test_no_edge_without_a_carrier_that_failed_something_later(later: Case) -> None:
    judge = judged(failing("test:join", raised("integrity-violation"), undone("e1")), later)

    [label] = judge.labels.values()
    assert list(label.explains) == ["test:join"]


def test_an_outcome_with_a_cause_of_its_own_keeps_it() -> None:
    own = raised("unresolved-reference", "e2", place=OTHER, at_us=60)

    judge = judged(
        failing("test:join", raised("integrity-violation"), undone("e1")),
        failing("test:list", own, sought("value|db|aa")),
    )

    assert [list(label.explains) for label in judge.labels.values()] == [
        ["test:join"],
        ["test:list"],
    ]


def test_a_table_that_is_missing_is_one_cause_for_the_whole_run() -> None:
    def missing(error: str) -> TableMissing:
        return TableMissing(error=error, table="orders", declared=True, created=False, split=False)

    first = raised("schema-not-created", "e1")
    later = raised("schema-not-created", "e2", place=OTHER, at_us=60)

    judge = judged(failing("test:a", first, missing("e1")), failing("test:b", later, missing("e2")))

    source, effect = judge.labels.values()
    assert list(source.explains) == ["test:a", "test:b"]
    assert effect.caused_by == {key_of(source.best): None}
    assert list(effect.explains) == []


def test_a_defect_becomes_a_failure_once_something_fails_of_it() -> None:
    dropped = lost(transaction="1-1/3")
    carried = LeftUndone(at_us=5, errors=(), transactions=("1-1/3",), carriers=("value|db|aa",))

    judge = judged(
        passing("request:join", dropped, carried), failing("test:shelve", sought("value|db|aa"))
    )

    severities = {label.best.severity: list(label.explains) for label in judge.labels.values()}
    assert severities == {Severity.DEFECT: [], Severity.FAILURE: ["test:shelve"]}


def test_what_is_certain_elsewhere_explains_what_is_suspected_here() -> None:
    judge = judged(failing("test:a", lost()), failing("test:b", lost(read=())))

    [label] = judge.labels.values()
    assert list(label.explains) == ["test:a", "test:b"]


def test_carriers_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "MAX_CARRIERS", 2)
    judge = Judge()
    for number in range(5):
        judge.take(
            failing(
                f"test:{number}", raised("integrity-violation"), undone("e1", value=f"{number}")
            )
        )

    assert len(judge.carriers) == 2
