"""stubbed-data-access."""

from __future__ import annotations

from typing import Any

import pytest

from ormprobe_taxonomy.causes.incorrect_query_logic.stubbed_data_access import ID, rule
from ormprobe_taxonomy.signals import AnsweredUnread
from tests.taxonomy.made import LINE, failing, passing, raised


def unread(**fields: Any) -> AnsweredUnread:
    known: dict[str, Any] = {
        "at_us": 5,
        "place": LINE,
        "handler": LINE,
        "route": "GET /tags",
        "constant": True,
        "missed": True,
        "table": None,
        "tables": ("tags",),
    }
    return AnsweredUnread(**{**known, **fields})


@pytest.mark.parametrize(("constant", "certainty"), [(True, "likely"), (False, "suspected")])
def test_a_constant_is_likely_and_mere_silence_suspected(constant: bool, certainty: str) -> None:
    [found] = rule(failing(unread(constant=constant)))

    assert (found.cause, found.certainty, found.place) == (ID, certainty, LINE)
    assert found.needs


def test_nothing_is_said_where_nothing_failed_or_an_error_was_raised() -> None:
    assert list(rule(passing(unread()))) == []
    assert list(rule(failing(unread(), raised("integrity-violation")))) == []


def test_it_says_what_was_written_before() -> None:
    assert unread(table="tags").says == (
        "GET /tags was answered from a constant, and no statement was sent for it; there is a "
        "table tags; tags had been written before; the failing check wanted a value of those rows"
    )
