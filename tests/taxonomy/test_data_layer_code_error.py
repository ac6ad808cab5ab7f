"""data-layer-code-error."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ormprobe_taxonomy.causes.database_runtime_error.data_layer_code_error import rule
from ormprobe_taxonomy.signals import CodeBroken
from ormprobe_taxonomy.terms import Link
from tests.taxonomy.made import BY_LINK, LINE, failing, passing


def broken(**fields: object) -> CodeBroken:
    signal = CodeBroken(
        error="1-1:7",
        at_us=10,
        type="NameError",
        message="name 'select' is not defined",
        place=LINE,
        link=Link.CHAIN,
        access="sends",
        before=False,
    )
    return replace(signal, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("access", "certainty"),
    [("sends", "certain"), ("holds", "certain"), ("class", "certain"), ("near", "likely")],
)
def test_code_that_is_shown_to_be_data_access(access: str, certainty: str) -> None:
    [found] = rule(failing(broken(access=access)))

    assert (found.certainty, found.place) == (certainty, LINE)
    assert found.errors == ("1-1:7",)


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_by_its_tie_to_the_failure(link: Link, certainty: str) -> None:
    [found] = rule(failing(broken(link=link)))

    assert found.certainty == certainty


@pytest.mark.parametrize("fields", [{"access": None}, {"before": True}, {"link": Link.NONE}])
def test_quiet_for_other_code_and_after_a_failed_statement(fields: dict[str, object]) -> None:
    assert list(rule(failing(broken(**fields)))) == []


def test_quiet_in_an_outcome_that_passed() -> None:
    assert list(rule(passing(broken()))) == []


def test_says_why_it_counts() -> None:
    assert "sends statements" in broken().says
    assert "no data access" in broken(access=None).says
