"""unstable-pagination."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.incorrect_query_logic.unstable_pagination import rule
from ormprobe_taxonomy.signals import OrderLeftOpen, QueryDiscarded
from tests.taxonomy.made import LINE, OTHER, failing, passing


def left_open(**fields: object) -> OrderLeftOpen:
    told = {
        "at_us": 10, "place": LINE, "table": "orders", "ordered": (), "paged": True,
        "difference": "order", **fields,
    }  # fmt: skip
    return OrderLeftOpen(**told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "certainty"),
    [
        ({}, "certain"),
        ({"paged": False}, "likely"),
        ({"difference": "mixed"}, "likely"),
        ({"ordered": ("due",)}, "likely"),
        ({"ordered": ("due",), "difference": "mixed"}, "suspected"),
    ],
)
def test_how_surely(fields: dict[str, object], certainty: str) -> None:
    [found] = rule(failing(left_open(**fields)))

    assert (found.certainty, found.place) == (certainty, LINE)


def test_an_order_that_was_dropped_is_the_place() -> None:
    dropped = QueryDiscarded(
        at_us=10, place=OTHER, method="order_by", difference="order", failing=True, ran=True
    )

    [found] = rule(failing(left_open(paged=False), dropped))

    assert (found.certainty, found.place, found.variant) == ("certain", OTHER, "dropped-order")


def test_nothing_is_said_where_nothing_failed() -> None:
    assert list(rule(passing(left_open()))) == []


def test_says_what_is_open() -> None:
    assert left_open().says == "a page of orders is asked for without ORDER BY"
    assert left_open(ordered=("due",)).says == (
        "rows of orders that are equal in due may come in any order"
    )
