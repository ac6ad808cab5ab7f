"""projection-mismatch."""

from __future__ import annotations

from typing import Any

import pytest

from ormprobe_taxonomy.causes.schema_format_error.projection_mismatch import ID, rule
from ormprobe_taxonomy.signals import ValueNotShown
from ormprobe_taxonomy.terms import Severity
from tests.taxonomy.made import LINE, OTHER, failing, passing, raised


def missed(**fields: Any) -> ValueNotShown:
    known: dict[str, Any] = {
        "at_us": 5,
        "place": LINE,
        "handler": OTHER,
        "how": "lacking",
        "key": "dueOn",
        "column": "due_on",
        "shown": None,
        "exact": True,
        "named": True,
        "sure": True,
        "tables": ("loans",),
    }
    return ValueNotShown(**{**known, **fields})


def test_a_column_of_the_keys_name_with_the_expected_value_is_certain() -> None:
    signal = missed()

    [found] = rule(failing(signal))

    assert (found.cause, found.certainty, found.severity) == (ID, "certain", Severity.FAILURE)
    assert (found.place, found.variant, found.reads) == (LINE, "lacking", ("loans",))
    assert found.needs is None


@pytest.mark.parametrize(
    ("fields", "certainty"),
    [
        ({"exact": False}, "likely"),
        ({"sure": False}, "likely"),
        ({"named": False}, "likely"),
        ({"named": False, "exact": False}, "suspected"),
        ({"how": "renamed", "shown": "due", "named": False}, "likely"),
        ({"how": "swapped", "shown": "lent_on"}, "certain"),
        ({"how": "unset"}, "certain"),
        ({"how": "wrapped", "named": False, "column": None}, "likely"),
        ({"how": "wrapped", "named": False, "column": None, "exact": False}, "suspected"),
    ],
)
def test_what_weakens_it(fields: dict[str, Any], certainty: str) -> None:
    [found] = rule(failing(missed(**fields)))

    assert found.certainty == certainty
    assert (found.needs is None) == (certainty == "certain")


def test_nothing_is_said_where_nothing_failed_or_an_error_was_raised() -> None:
    assert list(rule(passing(missed()))) == []
    assert list(rule(failing(missed(), raised("integrity-violation")))) == []


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("lacking", "the answer has no key dueOn"),
        ("renamed", "the answer shows it as lent_on, not as dueOn"),
        ("swapped", "the answer shows column lent_on as dueOn"),
        ("unset", "the answer shows null as dueOn"),
        ("wrapped", "the answer does not show it under dueOn"),
    ],
)
def test_it_says_what_the_answer_shows_instead(how: str, words: str) -> None:
    says = missed(how=how, shown="lent_on").says

    assert says.startswith(f"column due_on was read with the expected value and {words}")
    assert "the handler is" in says
