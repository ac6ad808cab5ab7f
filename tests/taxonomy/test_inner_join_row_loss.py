"""inner-join-row-loss."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.incorrect_query_logic.inner_join_row_loss import rule
from ormprobe_taxonomy.signals import RowsDropped
from tests.taxonomy.made import LINE, failing, passing


def lost(**fields: object) -> RowsDropped:
    told = {
        "at_us": 10, "place": LINE, "kind": "nullable-key", "table": "orders", "joined": "buyers",
        "difference": "missing", "written": True, "unmatched": True, "read": True, **fields,
    }  # fmt: skip
    return RowsDropped(**told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "certainty"),
    [({}, "likely"), ({"unmatched": False}, "suspected"), ({"written": False}, "suspected")],
)
def test_it_is_never_certain(fields: dict[str, object], certainty: str) -> None:
    [found] = rule(failing(lost(**fields)))

    assert (found.certainty, found.variant, found.place) == (certainty, "nullable-key", LINE)
    assert found.needs


def test_nothing_is_said_where_nothing_failed() -> None:
    assert list(rule(passing(lost()))) == []


def test_says_what_drops_the_rows() -> None:
    assert lost().says == (
        "rows of orders without one of buyers are dropped by an inner join, "
        "as one that was expected has none"
    )
    assert lost(kind="outer-condition", unmatched=False).says == (
        "a condition on buyers drops the rows of orders that have none"
    )
