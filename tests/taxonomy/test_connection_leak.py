"""connection-leak."""

from __future__ import annotations

import pytest

from ormprobe_taxonomy.causes.hazards.connection_leak import ID, rule
from ormprobe_taxonomy.signals.connections import ConnectionKept
from tests.taxonomy.made import LINE, failing, passing, raised


@pytest.mark.parametrize(("lost", "variant"), [(False, "held"), (True, "lost")])
def test_a_hazard_whether_or_not_something_failed(lost: bool, variant: str) -> None:
    kept = ConnectionKept(place=LINE, count=3, lost=lost)

    for case in (passing(kept), failing(kept)):
        [found] = rule(case)

        assert (found.cause, found.severity, found.certainty) == (ID, "hazard", "certain")
        assert (found.variant, found.place) == (variant, LINE)


def test_quiet_without_a_connection_that_was_kept() -> None:
    assert list(rule(failing(raised("connection-pool-exhaustion")))) == []
