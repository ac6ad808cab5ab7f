"""orm-bypass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ormprobe_taxonomy.causes.constraint_violation.orm_bypass import ID, rule
from ormprobe_taxonomy.signals import Case, OrmBypassed
from ormprobe_taxonomy.terms import Layer, Severity
from ormprobe_taxonomy.upstream import rank
from tests.taxonomy.made import LINE, failing, finding, lost, passing, raised

SEEN = OrmBypassed(
    at_us=10,
    place=LINE,
    declared="sqlalchemy",
    by=None,
    operation="INSERT",
    tables=("orders",),
    count=1,
)


@pytest.mark.parametrize("case", [failing(SEEN), passing(SEEN)])
def test_it_is_a_certain_defect_whatever_the_outcome(case: Case) -> None:
    [found] = rule(case)

    assert (found.cause, found.severity, found.certainty) == (ID, Severity.DEFECT, "certain")
    assert (found.variant, found.place, found.evidence) == ("raw-driver", LINE, (SEEN,))


def test_another_orm_is_a_variant() -> None:
    [found] = rule(passing(replace(SEEN, by="peewee")))

    assert found.variant == "other-orm"


def test_quiet_without_a_bypass() -> None:
    assert list(rule(failing(lost(), raised("integrity-violation")))) == []


def test_it_never_stands_before_what_explains_a_failure() -> None:
    [bypass] = rule(failing(SEEN))
    failure = finding("uncommitted-write", at_us=900)

    ranked = rank([bypass, failure], lambda _: Layer.STATEMENT)

    assert ranked.primary is failure
    assert ranked.causes == ((), ())
