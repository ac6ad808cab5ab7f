"""join-fanout."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.incorrect_query_logic.join_fanout import rule
from ormprobe_taxonomy.signals import QueryDiscarded, RowsMultiplied
from tests.taxonomy.made import LINE, OTHER, failing, passing


def multiplied(**fields: object) -> RowsMultiplied:
    told = {
        "at_us": 10, "place": LINE, "kind": "duplicates", "table": "orders", "joined": ("lines",),
        "difference": "duplicated", "repeated": True, "read": True, **fields,
    }  # fmt: skip
    return RowsMultiplied(**told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "certainty"),
    [
        ({}, "certain"),
        ({"repeated": False}, "suspected"),
        ({"difference": "more"}, "likely"),
        ({"difference": "extra"}, "suspected"),
        ({"kind": "short-page", "difference": "missing"}, "certain"),
        ({"kind": "short-page", "difference": "less"}, "likely"),
        ({"kind": "cartesian"}, "certain"),
        ({"kind": "cartesian", "difference": "extra"}, "suspected"),
        ({"kind": "inflated-aggregate", "joined": ("lines", "payments")}, "certain"),
        ({"kind": "inflated-aggregate"}, "likely"),
        ({"kind": "inflated-aggregate", "repeated": False}, "suspected"),
    ],
)
def test_how_surely(fields: dict[str, object], certainty: str) -> None:
    signal = multiplied(**fields)

    [found] = rule(failing(signal))

    assert (found.certainty, found.variant, found.place) == (certainty, signal.kind, LINE)
    assert "orders" in signal.says
    assert "lines" in signal.says


def test_a_distinct_that_was_dropped_is_the_place() -> None:
    dropped = QueryDiscarded(
        at_us=10, place=OTHER, method="distinct", difference="duplicated", failing=True, ran=True
    )

    [found] = rule(failing(multiplied(), dropped))

    assert found.place == OTHER


def test_nothing_is_said_where_nothing_failed() -> None:
    assert list(rule(passing(multiplied()))) == []
