"""The report: primary label, status, candidates, and every key of the document."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ormprobe.document import Outcome, OutcomeKind, OutcomeStatus, Report
from ormprobe.judging import Judge
from ormprobe.reading.folder import RunFile
from ormprobe.report.json import render
from ormprobe.timeline.model import Failure
from ormprobe.timeline.run import Connection, Engine, Library, Process, Run
from ormprobe.verdict import report_of
from ormprobe_taxonomy.signals import AnsweredUnasked, Case, LoadsRepeated, Signal
from ormprobe_taxonomy.terms import Link
from tests.taxonomy.made import LINE, OTHER, lost, raised

HAZARD = LoadsRepeated(
    place=LINE,
    scope="GET /",
    count=3,
    entity="Order",
    attribute="buyer",
    kind="lazy",
    source=None,
    source_rows=3,
)


def outcome(name: str, status: str = "failed", kind: str = "test") -> Outcome:
    return Outcome(
        id=f"{kind}:{name}", kind=OutcomeKind(kind), name=name, status=OutcomeStatus(status)
    )


def seen() -> Run:
    run = Run(processes={"1-1": Process("1-1", python="3.11.7")})
    run.libraries["sqlalchemy"] = Library("1-1", "sqlalchemy", "2.1.9", "orm")
    run.libraries["sqlite3"] = Library("1-1", "sqlite3", None, "driver")
    run.engines["1-1", 1] = Engine("1-1:2", "1-1", 1, 0, "sqlite")
    run.counts.statements = 4
    run.counts.tests = 2
    return run


def report(outcomes: list[Outcome], *cases: Case, run: Run | None = None) -> Report:
    judge = Judge()
    for case in cases:
        judge.take(case)
    run_file = RunFile(app="/shop", command=("pytest",), exit_code=1, duration_s=1.5)
    return report_of(run_file, seen() if run is None else run, judge, outcomes, ())


def failing(name: str, *signals: Signal) -> Case:
    return Case(outcome=f"test:{name}", failing=True, signals=signals)


def passing(name: str, *signals: Signal) -> Case:
    return Case(outcome=f"test:{name}", failing=False, signals=signals)


def test_a_failure_with_a_cause() -> None:
    found = report(
        [outcome("a"), outcome("b", "passed")],
        failing("a", raised("integrity-violation", facet="unique")),
    )

    [label] = found.labels
    assert found.verdict.status == "failed"
    assert found.verdict.primary is not None
    assert (found.verdict.primary.label, found.verdict.primary.cause) == (
        label.id, "integrity-violation"
    )  # fmt: skip
    assert (label.category, label.subcategory) == ("logic_error", "database_runtime_error")
    assert (label.facet, label.certainty, label.severity) == ("unique", "certain", "failure")
    assert label.decided_by == "rule:integrity-violation"
    assert label.confidence is None
    assert label.where is not None
    assert (label.where.file, label.where.line, label.where.function) == (
        LINE.file, LINE.line, LINE.function
    )  # fmt: skip
    assert label.explains == ("test:a",)
    assert "IntegrityError" in (label.fix or "")
    [evidence] = label.evidence
    assert evidence.signal == "Raised"
    assert evidence.says.startswith("SomeError was raised at shop/orders.py:7")
    assert [each.labels for each in found.outcomes] == [(label.id,), ()]


def test_the_label_that_explains_most_is_primary() -> None:
    found = report(
        [outcome(name) for name in "abc"],
        failing("a", raised("detached-instance-access", place=OTHER)),
        failing("b", raised("integrity-violation")),
        failing("c", raised("integrity-violation")),
    )

    assert [label.cause for label in found.labels] == [
        "integrity-violation", "detached-instance-access"
    ]  # fmt: skip
    assert found.verdict.primary is not None
    assert found.verdict.primary.label == "L1"


def test_an_effect_is_told_with_its_cause_and_is_not_primary() -> None:
    source = raised("schema-not-created", at_us=1, link=Link.EARLIER)
    effect = raised("integrity-violation", "e2", at_us=5)

    found = report([outcome("a")], failing("a", effect, source))

    first, second = found.labels
    assert (first.cause, first.caused_by) == ("schema-not-created", ())
    assert (second.cause, second.caused_by) == ("integrity-violation", (first.id,))
    assert second.explains == ()
    assert found.verdict.primary is not None
    assert found.verdict.primary.cause == "schema-not-created"


def test_a_source_that_explains_no_outcome_by_itself_is_not_told() -> None:
    weaker = raised("instance-session-mismatch", "e2", link=Link.EARLIER, place=OTHER)

    found = report([outcome("a")], failing("a", raised("integrity-violation"), weaker))

    assert [label.cause for label in found.labels] == ["integrity-violation"]


def test_a_failure_without_a_cause_is_undetermined() -> None:
    found = report([outcome("a")], failing("a"))

    assert found.verdict.status == "undetermined"
    assert found.verdict.primary is None
    assert found.labels == ()


def test_what_is_suspected_is_a_candidate_and_no_label() -> None:
    found = report([outcome("a")], failing("a", lost(read=())))

    assert found.verdict.status == "undetermined"
    assert found.labels == ()
    [candidate] = found.verdict.candidates
    assert candidate.cause == "uncommitted-write"
    assert candidate.needs
    assert candidate.confidence is None


def test_at_most_three_candidates_the_most_suspected_first() -> None:
    several = [raised(f"cause-{n}", f"e{n}") for n in range(4)]
    cases = [failing("a", *several), failing("b", several[3]), failing("c", several[3])]

    found = report([outcome("a")], *cases)

    assert [each.cause for each in found.verdict.candidates] == ["cause-3", "cause-0", "cause-1"]


def test_a_defect_where_nothing_failed() -> None:
    found = report([outcome("a", "passed")], passing("a", lost()))

    assert found.verdict.status == "defective"
    assert found.verdict.primary is not None
    assert found.verdict.primary.cause == "uncommitted-write"
    assert found.labels[0].severity == "defect"


def test_a_defect_does_not_explain_a_failure() -> None:
    found = report([outcome("a"), outcome("b", "passed")], failing("a"), passing("b", lost()))

    assert found.verdict.status == "undetermined"
    assert found.verdict.primary is None
    assert [label.severity for label in found.labels] == ["defect"]


@pytest.mark.parametrize("status", ["failed", "error", "timeout", "interrupted"])
def test_any_bad_outcome_is_a_failure(status: str) -> None:
    assert report([outcome("a", status)]).verdict.status == "undetermined"


@pytest.mark.parametrize("status", ["passed", "skipped"])
def test_hazards_pass(status: str) -> None:
    found = report([outcome("a", status)], passing("a", HAZARD))

    assert found.verdict.status == "passed"
    assert found.verdict.primary is None
    [label] = found.labels
    assert (label.severity, label.category, label.variant) == ("hazard", None, "lazy")


def test_a_hazard_beside_a_failure_is_told_after_it() -> None:
    found = report([outcome("a")], failing("a", HAZARD, raised("integrity-violation")))

    assert [label.severity for label in found.labels] == ["failure", "hazard"]


def test_nothing_seen_is_unobserved_and_never_passed() -> None:
    found = report([], run=Run())

    assert found.verdict.status == "unobserved"
    assert found.run.observed == "none"
    assert found.run.notes


def idle() -> Run:
    """A process that was traced and exercised nothing."""
    return Run(processes={"1-1": Process("1-1")})


@pytest.mark.parametrize("status", ["failed", "error", "interrupted"])
@pytest.mark.parametrize("made", [Run, idle], ids=["untraced", "idle"])
def test_a_process_that_fails_and_shows_nothing_is_unobserved(
    made: Callable[[], Run], status: str
) -> None:
    """pytest that collected no test, `sys.exit(1)` at once."""
    found = report([outcome("command", status, kind="process")], run=made())

    assert (found.verdict.status, found.verdict.primary) == ("unobserved", None)
    assert found.run.observed == "none"
    assert found.run.notes[-1].startswith(("nothing was exercised", "no shim could work"))


def test_a_process_that_dies_by_an_exception_has_shown_a_failure() -> None:
    run = idle()
    run.exit_failures.append(("1-1", Failure("1-1:9", 9, "exit", ())))

    found = report([outcome("command", kind="process")], run=run)

    assert found.verdict.status == "undetermined"


def test_a_process_that_runs_out_of_time_has_shown_a_failure() -> None:
    found = report([outcome("command", "timeout", kind="process")], run=idle())

    assert found.verdict.status == "undetermined"


def test_a_process_that_fails_after_a_statement_has_shown_a_failure() -> None:
    run = idle()
    run.counts.statements = 1

    assert report([outcome("command", kind="process")], run=run).verdict.status == "undetermined"


def test_what_the_run_was() -> None:
    run = seen()
    run.connections["1-1", 1] = Connection("1-1:3", "1-1", 1, 0, system="postgresql")

    found = report([], run=run)

    assert (found.run.app, found.run.command, found.run.exit_code) == ("/shop", ("pytest",), 1)
    assert (found.run.python, found.run.duration_s) == ("3.11.7", 1.5)
    assert [(each.name, each.role) for each in found.run.libraries] == [
        ("sqlalchemy", "orm"), ("sqlite3", "driver")
    ]  # fmt: skip
    assert (found.run.counts.statements, found.run.counts.tests) == (4, 2)
    assert found.constraints.orm.observed == "sqlalchemy"
    assert found.constraints.database.observed == "postgresql"
    assert report([]).constraints.database.observed == "sqlite"


SHAPE: dict[str, Any] = {
    "schema": None,
    "ormprobe": None,
    "run": {
        "app": None,
        "command": None,
        "exit_code": None,
        "duration_s": None,
        "python": None,
        "libraries": [{"name": None, "version": None, "role": None}],
        "observed": None,
        "notes": None,
        "counts": dict.fromkeys(
            ("events", "statements", "requests", "tests", "errors", "malformed_lines")
        ),
    },
    "verdict": {
        "status": None,
        "primary": dict.fromkeys(
            (
                "label", "cause", "variant", "category", "subcategory", "certainty",
                "confidence", "decided_by",
            )
        ),
        "candidates": [dict.fromkeys(("cause", "confidence", "needs"))],
    },
    "labels": [
        {
            **dict.fromkeys(
                (
                    "id", "cause", "variant", "facet", "category", "subcategory", "severity",
                    "certainty", "confidence", "decided_by", "explains", "caused_by", "fix",
                )
            ),
            "where": dict.fromkeys(("file", "line", "function")),
            "evidence": [dict.fromkeys(("signal", "says", "events"))],
        }
    ],
    "outcomes": [dict.fromkeys(("id", "kind", "name", "status", "labels"))],
    "constraints": {
        "orm": dict.fromkeys(("declared", "observed", "share_through_orm")),
        "database": dict.fromkeys(("declared", "observed")),
        "layers": dict.fromkeys(("declared", "violations")),
    },
}  # fmt: skip
"""The document as scripts rely on it: keys may be added, never taken away."""


def lacks(document: Any, shape: Any, path: str = "") -> list[str]:
    """The keys of the shape that a document lacks; null stands for a whole part."""
    if shape is None or document is None:
        return []
    if isinstance(shape, list):
        return [gone for each in document for gone in lacks(each, shape[0], f"{path}[]")]
    gone = [f"{path}.{key}" for key in shape if key not in document]
    kept = [key for key in shape if key in document]
    return gone + [
        found for key in kept for found in lacks(document[key], shape[key], f"{path}.{key}")
    ]


def test_every_key_of_the_document_is_there() -> None:
    failed = report(
        [outcome("a"), outcome("b")],
        failing("a", raised("integrity-violation"), HAZARD),
        failing("b", raised("no-cause-of-ours")),
    )
    undetermined = report([outcome("b")], failing("b", raised("no-cause-of-ours")))
    unobserved = report([], run=Run())

    for found in (failed, undetermined, unobserved):
        document = json.loads(render(found))
        assert lacks(document, SHAPE) == []
        assert document["schema"] == 1
    assert json.loads(render(undetermined))["verdict"]["candidates"]
    assert json.loads(render(unobserved))["verdict"]["primary"] is None


def test_a_missing_key_would_be_seen() -> None:
    document = json.loads(render(report([])))
    del document["run"]["counts"]["events"]

    assert lacks(document, SHAPE) == [".run.counts.events"]


def test_ids_lead_to_labels_and_outcomes() -> None:
    found = report(
        [outcome("a"), outcome("b")],
        failing("a", raised("schema-not-created", at_us=1), raised("integrity-violation", "e2")),
        failing("b", raised("integrity-violation", place=OTHER), HAZARD),
    )

    labels = {label.id for label in found.labels}
    outcomes = {each.id for each in found.outcomes}
    assert len(labels) == len(found.labels)
    for label in found.labels:
        assert set(label.explains) <= outcomes
        assert set(label.caused_by) <= labels - {label.id}
    for each in found.outcomes:
        assert set(each.labels) <= labels
    assert found.verdict.primary is not None
    assert found.verdict.primary.label in labels


UNASKED = AnsweredUnasked(
    at_us=5, request="GET /orders", status=405, wanted=200, routed=False, place=None
)


def test_failures_that_are_all_proved_to_lie_elsewhere_are_not_of_the_data_layer() -> None:
    found = report([outcome("a")], Case(outcome="test:a", failing=True, signals=(UNASKED,)))

    assert found.verdict.status == "not-data-layer"
    assert found.verdict.primary is not None
    assert found.verdict.primary.cause is None
    assert found.verdict.primary.subcategory == "framework_idiosyncrasy"
    [label] = found.labels
    assert (label.id, label.cause, label.explains) == ("P1", None, ("test:a",))
    assert found.outcomes[0].labels == ("P1",)


def test_one_failure_without_proof_leaves_the_run_undetermined() -> None:
    placed = Case(outcome="test:a", failing=True, signals=(UNASKED,))

    found = report([outcome("a"), outcome("b")], placed)

    assert found.verdict.status == "undetermined"
    assert [label.id for label in found.labels] == ["P1"]


def test_a_cause_is_stronger_than_a_placement_of_another_outcome() -> None:
    placed = Case(outcome="test:a", failing=True, signals=(UNASKED,))

    found = report(
        [outcome("a"), outcome("b")], placed, failing("b", raised("integrity-violation"))
    )

    assert found.verdict.status == "failed"
    assert found.verdict.primary is not None
    assert found.verdict.primary.cause == "integrity-violation"


def test_an_outcome_with_a_cause_is_not_placed() -> None:
    both = (UNASKED, raised("integrity-violation"))

    found = report([outcome("a")], Case(outcome="test:a", failing=True, signals=both))

    assert [label.cause for label in found.labels] == ["integrity-violation"]
