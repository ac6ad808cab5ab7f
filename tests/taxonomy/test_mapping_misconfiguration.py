"""mapping-misconfiguration."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.database_runtime_error.integrity_violation import rule as integrity
from ormprobe_taxonomy.causes.database_runtime_error.mapping_misconfiguration import ID, rule
from ormprobe_taxonomy.signals import Place, Reading
from ormprobe_taxonomy.signals.refusals import MappingDeclared, ObjectMisused, ValueUnmapped
from ormprobe_taxonomy.terms import Fate, Link
from tests.taxonomy.made import BY_LINK, HANDLED, LINE, OTHER, failing, passing, raised

MODEL = Place("shop/models.py", 12, "Order")


def declared(place: Place | None = MODEL) -> MappingDeclared:
    return MappingDeclared(error="e1", entity="Order", attribute="buyer", place=place)


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_the_line_is_the_declaration_and_not_the_query(link: Link, certainty: str) -> None:
    [found] = rule(failing(raised(ID, link=link), declared()))

    assert (found.cause, found.certainty, found.place) == (ID, certainty, MODEL)


def test_the_first_use_where_the_declaration_is_not_to_be_found() -> None:
    [unknown] = rule(failing(raised(ID), declared(None)))
    [bare] = rule(failing(raised(ID)))

    assert unknown.place == bare.place == LINE


def test_its_repetitions_are_echoes() -> None:
    again = raised(ID, key="e2", at_us=20, follows="e1")

    [found] = rule(failing(raised(ID), again, declared()))

    assert (found.errors, found.echoes) == (("e1",), ("e2",))


def test_an_attribute_that_is_missed_in_python_may_be_a_slip() -> None:
    missed = ObjectMisused(error="e1", kind="Order", mapped=True)

    [found] = rule(failing(raised(ID, type="AttributeError"), missed))

    assert (found.certainty, bool(found.needs)) == ("likely", True)


def test_a_plain_value_given_to_a_relation_is_likely() -> None:
    reading = Reading(ID, variant="unmapped-class")

    [plain] = rule(failing(raised(ID, type="AttributeError", reading=reading)))
    [refused] = rule(failing(raised(ID, type="UnmappedInstanceError", reading=reading)))

    assert (plain.certainty, refused.certainty) == ("likely", "certain")


@pytest.mark.parametrize(
    "other", ["unresolved-reference", "schema-model-drift", "data-layer-code-error", None]
)
def test_quiet_for_its_look_alikes(other: str | None) -> None:
    assert list(rule(failing(raised(other), declared()))) == []


@pytest.mark.parametrize("fate", HANDLED)
def test_quiet_where_the_app_dealt_with_it(fate: Fate) -> None:
    assert list(rule(failing(raised(ID, fate=fate), declared()))) == []


def test_quiet_in_an_outcome_that_passed() -> None:
    assert list(rule(passing(raised(ID), declared()))) == []


def unmapped(**fields: object) -> ValueUnmapped:
    told = {"error": None, "meant": "colour", "wanted": False, **fields}
    return ValueUnmapped(at_us=5, entity="Order", name="color", place=OTHER, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "certainty"),
    [
        ({"wanted": True}, "certain"),
        ({"wanted": True, "meant": None}, "likely"),
        ({}, "suspected"),
    ],
)
def test_a_value_that_went_nowhere(fields: dict[str, object], certainty: str) -> None:
    [found] = rule(failing(unmapped(**fields)))

    assert (found.variant, found.certainty, found.place) == ("unmapped-attribute", certainty, OTHER)
    assert list(rule(passing(unmapped(**fields)))) == []


def test_a_refusal_for_want_of_the_value_is_its_effect() -> None:
    refusal = raised("integrity-violation", facet="not-null")
    case = failing(refusal, unmapped(error="e1"))

    [found] = rule(case)

    assert (found.certainty, found.errors, found.place) == ("certain", ("e1",), OTHER)
    assert list(integrity(case)) == []
    [guess] = rule(failing(refusal, unmapped(error="e1", meant=None)))
    assert guess.certainty == "likely"
    assert list(rule(failing(raised(None, link=Link.NONE), unmapped(error="e1")))) == []
