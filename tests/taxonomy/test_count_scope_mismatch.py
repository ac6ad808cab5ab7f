"""count-scope-mismatch."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.incorrect_query_logic.count_scope_mismatch import rule
from ormprobe_taxonomy.signals import CountedApart
from tests.taxonomy.made import LINE, failing, passing


def counted(**fields: object) -> CountedApart:
    told = {
        "at_us": 10, "place": LINE, "kind": "unfiltered-count", "table": "orders",
        "lacking": ("status",), "difference": "more", "agrees": True, **fields,
    }  # fmt: skip
    return CountedApart(**told)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["unfiltered-count", "page-count"])
def test_the_whole_list_agrees_or_not(kind: str) -> None:
    [sure] = rule(failing(counted(kind=kind)))
    [likely] = rule(failing(counted(kind=kind, agrees=False)))

    assert (sure.certainty, sure.variant, sure.needs) == ("certain", kind, None)
    assert likely.certainty == "likely"
    assert likely.needs


def test_nothing_is_said_where_nothing_failed() -> None:
    assert list(rule(passing(counted()))) == []


def test_says_what_is_lacking() -> None:
    assert counted().says == "rows of orders are counted without the list's condition on status"
