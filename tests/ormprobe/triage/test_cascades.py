"""A failed request hangs on an earlier one only over a carrier that was seen."""

from __future__ import annotations

import pytest

from ormprobe.triage.cascades import seen_of
from ormprobe_taxonomy.finished import Request, Shape
from tests.ormprobe.triage.suites import position_of, requests


def roots(paths: dict[str, str] | None = None, **failed: object) -> dict[str, str]:
    """The failed requests by name, each with the name of the one that it hangs on."""
    made = requests(**failed)  # type: ignore[arg-type]
    by_position = {position_of(name): path for name, path in (paths or {}).items()}
    seen = seen_of(made, by_position, {})
    names = [each.name.partition(" (")[0] for each in seen]
    return {names[e.position]: names[e.root] for e in seen if e.root is not None}


def shape(name: str, **failed: object) -> Shape | None:
    seen: tuple[Request, ...] = seen_of(requests(**failed), {}, {})  # type: ignore[arg-type]
    return seen[position_of(name)].shape


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        (None, Shape.UNANSWERED),
        (503, Shape.CRASHED),
        (401, Shape.REFUSED),
        (404, Shape.UNFOUND),
        (405, Shape.METHOD),
        (501, Shape.UNBUILT),
        (308, Shape.REDIRECTED),
        (422, Shape.REJECTED),
        ((200, 4), Shape.EMPTY),
        ((200, 6), Shape.ENVELOPE),
        ((200, 1), Shape.PART),
        ((200, 0), None),
    ],
)
def test_how_a_request_failed_is_told_by_its_status_and_its_checks(
    told: object, wanted: Shape | None
) -> None:
    assert shape("Berths", Berths=told) is wanted


def test_a_path_without_an_identifier_hangs_on_what_was_to_give_it() -> None:
    found = roots({"Berth": "/api/berths/null"}, Moor=(201, 6), Berth=422)

    assert found == {"Moor": "Moor", "Berth": "Moor"}


def test_a_path_with_its_identifier_stands_for_itself() -> None:
    assert roots({"Berth": "/api/berths/pier-9"}, Berth=404) == {"Berth": "Berth"}


def test_what_is_missing_was_never_made() -> None:
    found = roots(Moor=500, Berth=404, Berths=(200, 4))

    assert found == {"Moor": "Moor", "Berths": "Moor", "Berth": "Moor"}


def test_a_crash_of_its_own_hangs_on_nothing() -> None:
    assert roots(Moor=500, Berths=500)["Berths"] == "Berths"


def test_a_refused_token_hangs_on_a_log_in_that_issued_none() -> None:
    found = roots(Sign_up=500, Sign_in=401, Me=401)

    assert found == {"Sign up": "Sign up", "Sign in": "Sign up", "Me": "Sign up"}
    assert roots(Sign_up=409, Me=401)["Me"] == "Me"  # log-in issued one


def test_a_list_of_what_was_related_hangs_on_the_relation() -> None:
    assert roots(Pin=400, Pinned_again=(200, 4)) == {"Pin": "Pin", "Pinned again": "Pin"}
    assert roots(Pinned_again=(200, 4)) == {"Pinned again": "Pinned again"}


def test_silence_hangs_on_the_request_that_ended_the_server() -> None:
    found = roots(Berth=None, Pin=None, Pinned_again=None)

    assert found == {"Berth": "Berth", "Pin": "Berth", "Pinned again": "Berth"}
    assert roots(Moor=500, Berths=None)["Berths"] == "Moor"
