"""cascade-misconfiguration."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.state_propagation_failure.cascade_misconfiguration import ID, rule
from tests.taxonomy.made import BY_LINK, HANDLED, failing, raised
from tests.taxonomy.states import taken

REFUSED = {"facet": "foreign-key", "operation": "DELETE"}
BLANKED = {"facet": "not-null", "operation": "UPDATE", "foreign_key": True}


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
@pytest.mark.parametrize("fields", [REFUSED, BLANKED], ids=["refused", "blanked"])
def test_a_constraint_that_a_deletion_broke(
    fields: dict[str, object], link: object, certainty: str
) -> None:
    error = raised("integrity-violation", link=link, **fields)  # type: ignore[arg-type]

    [found] = rule(failing(error))

    assert (found.cause, found.certainty, found.errors) == (ID, certainty, (error.key,))


@pytest.mark.parametrize(
    "fields",
    [
        {"facet": "foreign-key", "operation": "INSERT"},
        {"facet": "not-null", "operation": "INSERT", "foreign_key": True},
        {"facet": "not-null", "operation": "UPDATE"},
        {"facet": "unique", "operation": "DELETE"},
    ],
)
def test_constraints_that_are_about_something_else(fields: dict[str, object]) -> None:
    assert list(rule(failing(raised("integrity-violation", **fields)))) == []  # type: ignore[arg-type]


def test_the_orm_refused_the_deletion() -> None:
    [found] = rule(failing(raised(ID)))

    assert (found.cause, found.certainty) == (ID, "certain")


@pytest.mark.parametrize("fate", HANDLED)
def test_a_refusal_that_was_dealt_with_is_normal_work(fate: object) -> None:
    assert list(rule(failing(raised(ID, fate=fate)))) == []


@pytest.mark.parametrize(
    ("fields", "certainty"),
    [({"proven": False, "counted": True}, "likely"), ({"proven": False}, "suspected")],
)
def test_what_weakens_it(fields: dict[str, object], certainty: str) -> None:
    [found] = rule(failing(taken(**fields)))

    assert found.certainty == certainty
    assert found.needs


@pytest.mark.parametrize("how", ["nulled", "left", "taken"])
def test_it_says_what_became_of_the_rows(how: str) -> None:
    [found] = rule(failing(taken(how=how)))

    assert found.variant == how
    assert "lines" in taken(how=how).says
