"""identifier-not-propagated."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.state_propagation_failure.identifier_not_propagated import ID, rule
from tests.taxonomy.made import BY_LINK, failing, raised
from tests.taxonomy.states import unset


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_the_orm_refused_an_object_without_a_key(link: object, certainty: str) -> None:
    [found] = rule(failing(raised(ID, link=link)))

    assert (found.cause, found.certainty) == (ID, certainty)


@pytest.mark.parametrize(
    ("fields", "certainty"),
    [
        ({"proven": False, "counted": True}, "likely"),
        ({"joined": False}, "suspected"),
        ({"proven": False}, "suspected"),
        ({"joined": False, "proven": False}, "suspected"),
    ],
)
def test_what_weakens_it(fields: dict[str, object], certainty: str) -> None:
    [found] = rule(failing(unset(**fields)))

    assert found.certainty == certainty
    assert found.needs


def test_it_leaves_its_table_wrong() -> None:
    [found] = rule(failing(unset()))

    assert (found.tables, found.variant) == (("lines",), "null-reference")


def test_it_says_which_rows_lack_what() -> None:
    assert "NULL for order_id" in unset().says
    assert "read by order_id" not in unset(joined=False).says
