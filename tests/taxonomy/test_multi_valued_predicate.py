"""multi-valued-predicate."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.incorrect_query_logic.multi_valued_predicate import rule
from ormprobe_taxonomy.signals import ChildMismatched
from tests.taxonomy.made import LINE, failing, passing


def mismatched(**fields: object) -> ChildMismatched:
    told = {
        "at_us": 10, "place": LINE, "kind": "both", "table": "tags", "column": "word",
        "difference": "missing", "empty": True, "proven": True, **fields,
    }  # fmt: skip
    return ChildMismatched(**told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "certainty"),
    [
        ({}, "certain"),
        ({"proven": False}, "likely"),
        ({"kind": "negated", "difference": "extra"}, "certain"),
        ({"kind": "negated", "difference": "extra", "proven": False, "held": True}, "likely"),
        ({"kind": "negated", "difference": "extra", "proven": False}, "suspected"),
        ({"kind": "negated", "difference": "more", "proven": False, "held": True}, "suspected"),
    ],
)
def test_how_surely(fields: dict[str, object], certainty: str) -> None:
    signal = mismatched(**fields)

    [found] = rule(failing(signal))

    assert (found.certainty, found.variant, found.place) == (certainty, signal.kind, LINE)
    assert "tags.word" in signal.says


def test_nothing_is_said_where_nothing_failed() -> None:
    assert list(rule(passing(mismatched()))) == []
