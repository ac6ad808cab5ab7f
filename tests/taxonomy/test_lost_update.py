"""lost-update."""

from __future__ import annotations

from ormprobe_taxonomy.causes.state_propagation_failure.lost_update import ID, rule
from tests.taxonomy.made import failing, raised
from tests.taxonomy.states import overwritten


def test_writes_that_no_check_looked_at_are_suspected() -> None:
    [found] = rule(failing(overwritten(proven=False)))

    assert found.certainty == "suspected"
    assert found.needs


def test_a_lock_that_was_asked_for_in_vain_suggests() -> None:
    [found] = rule(failing(raised(ID)))

    assert found.certainty == "likely"
    assert found.needs


def test_it_says_where_the_other_write_was() -> None:
    assert "shop/views.py:21" in overwritten().says
    assert " at " not in overwritten(other=None).says
