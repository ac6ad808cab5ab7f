"""write-never-emitted, untracked-mutation, shared-mutable-default and bulk-write-bypass."""

from __future__ import annotations

from typing import Any

import pytest

from ormprobe_taxonomy.causes.state_propagation_failure import (
    bulk_write_bypass,
    shared_mutable_default,
    untracked_mutation,
    write_never_emitted,
)
from ormprobe_taxonomy.signals import ChangedInPlace, HookBypassed, WriteSkipped
from ormprobe_taxonomy.terms import Link, Severity
from tests.taxonomy.made import LINE, failing, passing, raised

READ = ("orders",)


def skipped(how: str, **fields: Any) -> WriteSkipped:
    told: dict[str, Any] = {
        "at_us": 5,
        "place": LINE,
        "entity": "Order",
        "attributes": ("state",),
        "tables": READ,
        "read": READ,
        **fields,
    }
    return WriteSkipped(how=how, **told)


def changed(**fields: Any) -> ChangedInPlace:
    told: dict[str, Any] = {
        "at_us": 5,
        "place": LINE,
        "entity": "Order",
        "attribute": "notes",
        "tables": READ,
        "read": READ,
        "committed": True,
        **fields,
    }
    return ChangedInPlace(**told)


def bypassed(**fields: Any) -> HookBypassed:
    return HookBypassed(
        at_us=5,
        place=LINE,
        entity="Order",
        columns=("slug",),
        by="Order.save",
        declared=None,
        tables=READ,
        **fields,
    )


@pytest.mark.parametrize(
    ("how", "fields", "certainty"),
    [
        ("unexecuted", {}, "certain"),
        ("unexecuted", {"read": ()}, "suspected"),
        ("unexecuted", {"read": (), "wanted": "value"}, "certain"),
        ("unexecuted", {"harness": True}, None),
        ("unexecuted", {"rehearsal": True}, None),
        ("kept", {}, "likely"),
        ("kept", {"wanted": "value"}, "certain"),
        ("kept", {"read": ()}, None),
        ("unsaved", {"wanted": "value"}, "certain"),
        ("unsaved", {"wanted": "weak"}, "certain"),
        ("unsaved", {"wanted": "value", "read": ()}, None),
        ("unsaved", {"wanted": "value", "rehearsal": True}, None),
        ("unsaved", {"wanted": "value", "harness": True}, None),
        ("unsaved", {"sought": True}, "likely"),
        ("unsaved", {"sought": True, "method": "GET"}, None),
        ("unsaved", {}, "suspected"),
        ("omitted", {"wanted": "value"}, "certain"),
        ("detached", {"wanted": "value"}, "certain"),
    ],
)
def test_what_a_skipped_write_says_of_a_failure(
    how: str, fields: dict[str, Any], certainty: str | None
) -> None:
    found = list(write_never_emitted.rule(failing(skipped(how, **fields))))

    assert [each.certainty for each in found] == ([certainty] if certainty else [])
    assert all(each.severity is Severity.FAILURE and each.place == LINE for each in found)


def test_an_error_that_explains_the_failure_comes_before_it() -> None:
    error = raised("integrity-violation", link=Link.CHAIN)

    assert list(write_never_emitted.rule(failing(error, skipped("unsaved", wanted="value")))) == []
    [found] = write_never_emitted.rule(failing(error, skipped("unexecuted")))
    assert found.certainty == "suspected"


def test_only_a_query_that_was_dropped_at_once_is_a_defect_by_itself() -> None:
    [found] = write_never_emitted.rule(passing(skipped("unexecuted")))

    assert (found.severity, found.certainty) == (Severity.DEFECT, "certain")
    for how in ("kept", "unsaved", "omitted", "detached"):
        assert list(write_never_emitted.rule(passing(skipped(how, wanted="value")))) == []
    assert list(write_never_emitted.rule(passing(skipped("unexecuted", harness=True)))) == []


@pytest.mark.parametrize(
    ("fields", "failure", "defect"),
    [
        ({"related": True}, "certain", True),
        ({}, "likely", True),
        ({"committed": False}, "suspected", False),
        ({"committed": False, "related": True}, "certain", False),
        ({"method": "GET"}, "suspected", False),
        ({"rehearsal": True}, None, False),
        ({"harness": True}, None, False),
        ({"shared": True}, None, False),
        ({"read": ()}, None, True),
    ],
)
def test_a_change_that_a_commit_passed_by(
    fields: dict[str, Any], failure: str | None, defect: bool
) -> None:
    failed = list(untracked_mutation.rule(failing(changed(**fields))))
    passed = list(untracked_mutation.rule(passing(changed(**fields))))

    assert [each.certainty for each in failed] == ([failure] if failure else [])
    assert [each.severity for each in passed] == ([Severity.DEFECT] if defect else [])


def test_a_default_is_blamed_where_a_check_met_it() -> None:
    met = changed(shared=True, related=True)

    [found] = shared_mutable_default.rule(failing(met))

    assert (found.certainty, found.place) == ("certain", LINE)
    assert list(shared_mutable_default.rule(passing(met))) == []
    assert list(shared_mutable_default.rule(failing(changed(shared=True)))) == []
    assert list(shared_mutable_default.rule(failing(changed(related=True)))) == []
    assert (
        list(
            shared_mutable_default.rule(
                failing(raised("integrity-violation", link=Link.CHAIN), met)
            )
        )
        == []
    )


def test_a_bulk_write_is_never_more_than_likely() -> None:
    [found] = bulk_write_bypass.rule(failing(bypassed()))

    assert (found.certainty, found.severity) == ("likely", Severity.FAILURE)
    assert found.needs
    assert list(bulk_write_bypass.rule(passing(bypassed()))) == []
    assert list(bulk_write_bypass.rule(failing(bypassed(harness=True)))) == []
