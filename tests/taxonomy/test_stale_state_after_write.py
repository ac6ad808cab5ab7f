"""stale-state-after-write."""

from __future__ import annotations

from ormprobe_taxonomy.causes.state_propagation_failure.stale_state_after_write import rule
from tests.taxonomy.made import failing
from tests.taxonomy.states import stale


def test_a_number_alone_suggests() -> None:
    [found] = rule(failing(stale(column=None, values=False)))

    assert found.certainty == "likely"
    assert found.needs


def test_rows_that_were_read_again_show_who_kept_the_old_ones() -> None:
    [found] = rule(failing(stale(reread=True)))

    assert (found.certainty, found.variant) == ("certain", "identity-map")


def test_it_explains_a_read_and_leaves_no_row_wrong() -> None:
    [found] = rule(failing(stale()))

    assert (found.reads, found.tables) == (("orders",), ())


def test_it_says_what_was_found() -> None:
    assert "orders.state as read at shop/views.py:21" in stale().says
    assert "the rows of orders" in stale(column=None).says
