"""What every cause owes its readers."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import pytest

from ormprobe_taxonomy import causes
from ormprobe_taxonomy.cause import Cause
from ormprobe_taxonomy.causes import BY_ID, CAUSES
from ormprobe_taxonomy.tables import TABLES
from ormprobe_taxonomy.terms import Severity

every_cause = pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)


def modules() -> list[ModuleType]:
    found = pkgutil.walk_packages(causes.__path__, f"{causes.__name__}.")
    return [importlib.import_module(each.name) for each in found if not each.ispkg]


def test_every_module_of_a_cause_is_listed_once() -> None:
    written = [module.CAUSE for module in modules()]

    assert sorted(cause.id for cause in written) == sorted(cause.id for cause in CAUSES)
    assert all(any(cause is listed for listed in CAUSES) for cause in written)


def test_ids_are_unique_and_those_of_their_modules() -> None:
    assert len(BY_ID) == len(CAUSES)
    for module in modules():
        name = module.__name__.rpartition(".")[2]
        assert module.CAUSE.id == module.ID == name.replace("_", "-")


def test_a_subcategory_is_the_package_of_its_cause() -> None:
    for module in modules():
        package = module.__name__.split(".")[-2]
        cause: Cause = module.CAUSE
        rolls_up = cause.subcategory or cause.category or "hazards"
        assert package == rolls_up


@every_cause
def test_no_part_of_its_page_is_empty(cause: Cause) -> None:
    for text in (cause.title, cause.definition, cause.certain, cause.suggests):
        assert text.strip() == text
        assert text
    assert cause.lookalikes
    assert cause.references
    assert all(name and how for name, how in cause.lookalikes)
    assert all(reference.startswith("https://") for reference in cause.references)
    assert (cause.category is None) is (cause.severity is Severity.HAZARD)


@every_cause
def test_its_sentences_end(cause: Cause) -> None:
    fixes = [text for _, text in cause.fixes]
    assert all(text.endswith(".") for text in (cause.definition, cause.certain, *fixes))
    assert not cause.title.endswith(".")


@every_cause
def test_it_has_an_example_and_a_fix_for_the_same_orms(cause: Cause) -> None:
    orms = [example.orm for example in cause.examples]
    assert orms == [orm for orm, _ in cause.fixes]
    assert "sqlalchemy" in orms
    assert len(set(orms)) == len(orms)
    for example in cause.examples:
        assert example.wrong != example.right


@every_cause
def test_its_examples_are_python(cause: Cause) -> None:
    for example in cause.examples:
        for side in (example.wrong, example.right):
            lines = "\n".join(f"    {line}" for line in side.splitlines())
            compile(f"async def example():\n{lines}\n", cause.id, "exec")


@every_cause
def test_its_fix_falls_back_to_the_first(cause: Cause) -> None:
    assert cause.fix("sqlalchemy") == dict(cause.fixes)["sqlalchemy"]
    assert cause.fix(None) == cause.fix("no such ORM") == cause.fixes[0][1]


def test_the_tables_name_causes_as_the_taxonomy_does() -> None:
    named = {row.cause for table in TABLES for row in table if row.cause is not None}
    failures = {cause.id for cause in CAUSES if cause.severity is Severity.FAILURE}

    # nothing is raised for the ones, and anything for the other
    silent = {
        "uncommitted-write", "boolean-precedence", "count-scope-mismatch", "filter-not-applied",
        "inner-join-row-loss", "join-fanout", "multi-valued-predicate", "relation-direction-swap",
        "unstable-pagination", "wrong-predicate",
    }  # fmt: skip
    assert failures - named == {*silent, "data-layer-code-error"}
    assert all(name == name.lower() and " " not in name and "_" not in name for name in named)
