"""schema-model-drift."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.database_runtime_error.schema_model_drift import ID, rule
from ormprobe_taxonomy.refusals import SchemaDrift
from ormprobe_taxonomy.signals import Place
from ormprobe_taxonomy.terms import Fate, Link
from tests.taxonomy.made import BY_LINK, HANDLED, LINE, OTHER, failing, passing, raised

MODEL = Place("shop/models.py", 12, "Order")


def drift(**fields: object) -> SchemaDrift:
    told: dict[str, object] = {
        "error": "e1", "table": "orders", "column": "note", "kind": "missing", "created": None,
        "declared": MODEL, "seen": False, **fields,
    }  # fmt: skip
    return SchemaDrift(**told)  # type: ignore[arg-type]


@pytest.mark.parametrize(("link", "certainty"), BY_LINK)
def test_a_declared_column_that_the_table_lacks(link: Link, certainty: str) -> None:
    [found] = rule(failing(raised(ID, link=link), drift()))

    assert (found.cause, found.certainty) == (ID, certainty)


@pytest.mark.parametrize(
    ("signal", "place"),
    [
        (drift(created=OTHER), OTHER),
        (drift(), MODEL),
        (drift(declared=None), LINE),
        (None, LINE),
    ],
)
def test_the_line_is_the_apps_ddl_then_the_declaration_then_the_statement(
    signal: SchemaDrift | None, place: Place
) -> None:
    [found] = rule(failing(raised(ID), *([signal] if signal else [])))

    assert (found.place, found.certainty) == (place, "certain")


def test_a_bare_name_in_a_nested_statement_is_likely_unless_the_table_was_seen_made() -> None:
    [found] = rule(failing(raised(ID), drift(nested=True)))
    [seen] = rule(failing(raised(ID), drift(nested=True, seen=True)))

    assert (found.certainty, seen.certainty) == ("likely", "certain")


@pytest.mark.parametrize("kind", ["missing", "extra", "type"])
def test_what_it_says(kind: str) -> None:
    says = drift(kind=kind, created=OTHER).says

    assert '"note"' in says
    assert str(OTHER) in says


@pytest.mark.parametrize(
    "other", ["unresolved-reference", "schema-not-created", "integrity-violation", None]
)
def test_quiet_for_its_look_alikes(other: str | None) -> None:
    assert list(rule(failing(raised(other), drift()))) == []


@pytest.mark.parametrize("fate", HANDLED)
def test_quiet_where_the_app_dealt_with_it(fate: Fate) -> None:
    assert list(rule(failing(raised(ID, fate=fate), drift()))) == []


def test_quiet_in_an_outcome_that_passed() -> None:
    assert list(rule(passing(raised(ID), drift()))) == []
