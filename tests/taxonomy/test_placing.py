"""Each placing rule says what it is for, and is quiet on what only looks like it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ormprobe_taxonomy import placing
from ormprobe_taxonomy.finished import Fault, Finished, Hint, Kind, Shape
from ormprobe_taxonomy.terms import Certainty
from tests.taxonomy.runs import placed, run

FIRM = (Certainty.CERTAIN, Certainty.LIKELY)


def fault(kind: Kind, *positions: int) -> Fault:
    return Fault(
        key="server.log:7", kind=kind, type="SomeError", message="words", place=None,
        positions=positions, events=("server.log:7",),
    )  # fmt: skip


def names(finished: Finished, category: str) -> set[str]:
    found = placed(finished, category)
    return {finished.requests[p].name for each in found for p in each.positions}


def test_a_token_that_was_issued_and_is_refused_is_about_authentication() -> None:
    refused = run({"Me": Shape.REFUSED, "Moor": Shape.REFUSED})

    (found,) = placed(refused, "auth_misconfiguration")

    assert found.certainty is Certainty.LIKELY
    assert names(refused, "auth_misconfiguration") == {"Me", "Moor"}


def test_a_refusal_for_want_of_a_token_hangs_on_the_log_in_that_failed() -> None:
    crashed = run(
        {"Sign up": Shape.CRASHED, "Sign in": Shape.CRASHED, "Me": Shape.REFUSED},
        roots={"Sign in": "Sign up", "Me": "Sign up"},
    )

    assert not [each for each in placed(crashed, "auth_misconfiguration") if
                each.certainty in FIRM]  # fmt: skip


def test_public_requests_that_are_refused_are_guarded_by_mistake() -> None:
    guarded = run({"Berths": Shape.REFUSED, "Berth": Shape.REFUSED})

    assert names(guarded, "auth_misconfiguration") == {"Berths", "Berth"}


@pytest.mark.parametrize("kind", [Kind.AUTH, Kind.CALLER])
def test_an_exception_about_tokens_or_a_missing_caller(kind: Kind) -> None:
    crashed = run({"Me": Shape.CRASHED}, faults=(fault(kind, 2),))

    assert names(crashed, "auth_misconfiguration") == {"Me"}


def test_a_plain_error_elsewhere_is_not_about_authentication() -> None:
    crashed = run({"Shift": Shape.CRASHED}, faults=(fault(Kind.APP, 7),))

    assert not placed(crashed, "auth_misconfiguration")
    assert names(crashed, "business_logic_defect") == {"Shift"}


def test_methods_redirects_and_empty_bodies_are_the_frameworks() -> None:
    for shape in (Shape.METHOD, Shape.REDIRECTED):
        assert names(run({"Shift": shape}), "framework_idiosyncrasy") == {"Shift"}
    bare = run({"Pin": Shape.REJECTED})
    requests = tuple(
        each if each.name != "Pin" else type(each)(**{**_fields(each), "status": 400})
        for each in bare.requests
    )

    assert names(Finished(requests=requests, answered=True), "framework_idiosyncrasy") == {"Pin"}
    assert not placed(bare, "framework_idiosyncrasy")  # 422: a handler looked at it


def _fields(request: object) -> dict[str, object]:
    return {name: getattr(request, name) for name in request.__dataclass_fields__}  # type: ignore[attr-defined]


def test_lists_that_fail_where_their_rows_are_right_are_queries() -> None:
    empty = run({"Berths": Shape.EMPTY, "Berths of a pilot": Shape.EMPTY})

    found = [e for e in placed(empty, "incorrect_query_logic") if e.certainty in FIRM]

    assert found
    assert found[0].candidates[0][0] == "filter-not-applied"
    assert names(empty, "incorrect_query_logic") == {"Berths", "Berths of a pilot"}


def test_lists_that_are_empty_since_nothing_was_made_are_no_queries() -> None:
    unmade = run(
        {"Moor": Shape.CRASHED, "Berths": Shape.EMPTY, "Berths of a pilot": Shape.EMPTY},
        roots={"Berths": "Moor", "Berths of a pilot": "Moor"},
    )

    assert not placed(unmade, "incorrect_query_logic")


def test_a_filter_that_fails_where_the_list_without_it_is_right() -> None:
    filtered = run({"Berths of a pilot": Shape.REJECTED, "Shift": Shape.CRASHED})

    assert "Berths of a pilot" in names(filtered, "incorrect_query_logic")


def test_a_program_without_a_database_has_no_queries() -> None:
    empty = run({"Berths": Shape.EMPTY}, uses_database=False, database=None)

    assert not placed(empty, "incorrect_query_logic")
    assert names(empty, "business_logic_defect") == {"Berths"}


def test_writes_alone_that_do_not_show_what_they_did_lose_their_state() -> None:
    stale = run({"Pin": (Shape.PART, 1), "Shift": (Shape.PART, 2)})

    assert names(stale, "state_propagation_failure") == {"Pin", "Shift"}
    assert not placed(run({"Pin": (Shape.PART, 1), "Me": (Shape.PART, 1)}),
                      "state_propagation_failure")  # fmt: skip
    assert not placed(run({"Pin": (Shape.PART, 1), "Moor": Shape.CRASHED}),
                      "state_propagation_failure")  # fmt: skip


def test_a_row_that_an_update_made_unfindable_lost_its_identifier() -> None:
    renamed = run({"Berth again": Shape.UNFOUND})

    (found,) = placed(renamed, "state_propagation_failure")

    assert found.candidates[0][0] == "identifier-not-propagated"
    assert not placed(run({"Berth": Shape.UNFOUND}), "state_propagation_failure")


def test_one_form_that_lacks_a_key_lacks_it_everywhere() -> None:
    form = run({"Moor": (Shape.PART, 2), "Berths": (Shape.PART, 2), "Berth": (Shape.PART, 2)})
    values = run({"Moor": (Shape.PART, 1), "Berths": (Shape.PART, 3), "Berth": (Shape.PART, 2)})

    assert names(form, "schema_format_error") == {"Moor", "Berths", "Berth"}
    assert not placed(values, "schema_format_error")
    assert placed(values, "business_logic_defect")


def test_what_was_made_and_is_shown_in_another_wrapping() -> None:
    wrapped = run({"Moor": Shape.ENVELOPE, "Berth": Shape.UNFOUND}, roots={"Berth": "Moor"})

    assert names(wrapped, "schema_format_error") == {"Moor", "Berth"}


def test_paths_that_nobody_answers_are_missing() -> None:
    missing = run({"Berths": Shape.UNFOUND, "Sign up": Shape.UNFOUND})

    assert names(missing, "incomplete_implementation") == {"Berths", "Sign up"}
    assert not placed(run({"Berth": Shape.UNFOUND}), "incomplete_implementation")
    assert names(run({"Shift": Shape.UNBUILT}), "incomplete_implementation") == {"Shift"}


def test_a_start_that_was_refused_explains_every_request() -> None:
    hint = Hint(kind="no-command", says="what was to be run was not found", events=("s.log:1",))
    silent = run(dict.fromkeys(("Sign up", "Me"), Shape.UNANSWERED),
                 answered=False, starts=(hint,))  # fmt: skip

    (found,) = placed(silent, "server_startup_failure")

    assert found.whole
    assert found.certainty is Certainty.CERTAIN
    assert len(found.positions) == 2
    assert not placed(run({"Me": Shape.CRASHED}, starts=(hint,)), "server_startup_failure")


def test_crashes_beside_warnings_of_the_data_layer() -> None:
    hint = Hint(kind="warning", says="a connection was never given back", events=("s.log:9",))
    crashed = run({"Berths": Shape.CRASHED, "Moor": Shape.CRASHED}, warnings=(hint,))

    found = [e for e in placed(crashed, "database_runtime_error") if e.certainty in FIRM]

    assert found
    assert not placed(run({"Berths": Shape.EMPTY}, warnings=(hint,)), "database_runtime_error")


def test_how_the_agent_ended_counts_only_where_nothing_was_served() -> None:
    unfinished = {"turns": 40, "submitted": False, "answered": False}

    assert placed(run({}, repeats=9, **unfinished), "stuck_in_loop")
    assert placed(run({}, repeats=2, **unfinished), "premature_termination")
    assert not placed(run({}, turns=40, submitted=False, repeats=9), "stuck_in_loop")
    assert not placed(run({}, turns=40, submitted=True, repeats=9, answered=False),
                      "stuck_in_loop")  # fmt: skip


def test_a_broken_demand_is_the_cause_only_where_nothing_fails() -> None:
    broken = (Hint(kind="orm", says="no model is declared", events=("p.patch:3",)),)

    assert placed(run({}, violations=broken), "constraint_violation")
    assert not placed(run({"Me": Shape.CRASHED}, violations=broken), "constraint_violation")


def test_a_run_in_which_nothing_failed_is_placed_nowhere() -> None:
    healthy = run({}, warnings=(Hint(kind="warning", says="w"),), listening=True,
                  turns=300, submitted=True, repeats=20, faults=())  # fmt: skip

    assert [found for rule in placing.RULES for found in rule(healthy)] == []


def test_every_rule_has_its_argument_and_knows_no_suite() -> None:
    folder = Path(placing.__file__).parent
    for module in sorted(folder.glob("*.py")):
        text = module.read_text()
        doc = text.split('"""')[1]
        assert len(doc.split()) > 30, f"{module.name} has no argument for its rule"
        assert not re.search(r"\barticles?\b|\bconduit\b|\bcomments\b|\btags?\b", text.lower())
