"""uncommitted-write."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.state_propagation_failure.uncommitted_write import ID, rule
from ormprobe_taxonomy.terms import Fate, Link, Severity
from tests.taxonomy.made import LINE, OTHER, failing, lost, passing, raised

DROPPED = [
    {"end": "rollback", "by": "close"},
    {"end": "rollback", "by": "gc"},
    {"end": "rollback", "by": "exit"},
    {"end": "rollback", "by": "unknown"},
    {"end": "reset", "by": "app"},
    {"end": "open", "by": "unknown"},
]


@pytest.mark.parametrize("end", DROPPED, ids=lambda end: f"{end['end']}-{end['by']}")
def test_a_dropped_write_that_was_read_later_is_certain(end: dict[str, object]) -> None:
    signal = lost(**end)

    [found] = rule(failing(signal))

    assert (found.certainty, found.severity) == ("certain", Severity.FAILURE)
    assert (found.place, found.tables, found.evidence) == (LINE, ("orders",), (signal,))


@pytest.mark.parametrize(
    ("fields", "certainty"),
    [
        ({"explicit": False}, "suspected"),
        ({"read": ()}, "suspected"),
        ({"read": (), "explicit": False}, None),
        ({"by": "app"}, "likely"),
        ({"by": "app", "method": "GET"}, "suspected"),
        ({"by": "app", "answered": 422}, "suspected"),
        ({"by": "app", "rehearsal": True}, "suspected"),
        ({"by": "app", "answered": None}, "suspected"),
        ({"by": "app", "explicit": False}, "suspected"),
        ({"by": "app", "read": ()}, None),
        ({"by": "orm"}, "suspected"),
        ({"by": "exception"}, None),
        ({"by": "exception", "end": "reset"}, None),
        ({"kept_on": False}, None),
        ({"harness": True}, None),
        ({"let_go_by_test": True}, "likely"),
        ({"let_go_by_test": True, "read": ()}, "suspected"),
    ],
)
def test_what_weakens_it(fields: dict[str, object], certainty: str | None) -> None:
    found = [each.certainty for each in rule(failing(lost(**fields)))]

    assert found == ([] if certainty is None else [certainty])


@pytest.mark.parametrize(
    ("fields", "certainty"),
    [
        ({}, "likely"),
        ({"explicit": False}, "suspected"),
        ({"read": ()}, None),
        ({"by": "app"}, None),
    ],
)
def test_an_error_of_the_outcome_weakens_it(
    fields: dict[str, object], certainty: str | None
) -> None:
    found = [each.certainty for each in rule(failing(lost(**fields), raised(None)))]

    assert found == ([] if certainty is None else [certainty])


def test_an_error_tied_to_nothing_does_not() -> None:
    handled = raised(None, fate=Fate.RECOVERED, link=Link.NONE)

    [found] = rule(failing(lost(), handled))

    assert found.certainty == "certain"


@pytest.mark.parametrize("end", ["rollback", "dropped", "open"])
def test_what_calls_itself_a_preview_is_at_most_suspected(end: str) -> None:
    [real] = rule(failing(lost(end=end)))
    [rehearsed] = rule(failing(lost(end=end, rehearsal=True)))

    assert (real.certainty, rehearsed.certainty) == ("certain", "suspected")
    assert list(rule(failing(lost(end=end, rehearsal=True, read=())))) == []


def test_what_is_not_certain_says_what_it_needs() -> None:
    [found] = rule(failing(lost(read=())))

    assert found.needs == (
        "a failing check that reads the rows which the lost write would have changed"
    )


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("end", DROPPED[:5], ids=lambda end: f"{end['end']}-{end['by']}")
def test_a_lost_write_answered_2xx_is_a_defect(end: dict[str, object], method: str) -> None:
    if end["by"] == "app":
        end = {**end, "by": "close"}

    [found] = rule(passing(lost(**end, method=method, read=())))

    assert (found.severity, found.certainty) == (Severity.DEFECT, "certain")
    assert found.cause == ID


@pytest.mark.parametrize(
    "fields",
    [
        {"method": "GET"},
        {"method": None},
        {"answered": None},
        {"answered": 302},
        {"answered": 409},
        {"explicit": False},
        {"harness": True},
        {"by": "app"},
        {"by": "exception"},
        {"end": "open"},
    ],
    ids=str,
)
def test_no_defect_without_a_promise_that_was_broken(fields: dict[str, object]) -> None:
    assert list(rule(passing(lost(**fields)))) == []


def test_a_row_that_is_missed_afterwards_is_no_error_beside_the_loss() -> None:
    missed = raised("result-cardinality-mismatch")
    [found] = rule(failing(lost(), missed))
    [unsure] = rule(failing(lost(), raised("integrity-violation")))

    assert (found.certainty, unsure.certainty) == ("certain", "likely")


def test_a_rollback_that_the_app_asked_for_is_the_place() -> None:
    [found] = rule(failing(lost(by="app")))

    assert (found.certainty, found.place) == ("likely", OTHER)
