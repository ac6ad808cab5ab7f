"""partial-write."""

from __future__ import annotations

from ormprobe_taxonomy.causes.state_propagation_failure.partial_write import rule
from ormprobe_taxonomy.terms import Fate, Link
from tests.taxonomy.made import failing, raised
from tests.taxonomy.states import half


def test_a_check_that_only_reads_the_table_is_a_suspicion() -> None:
    [found] = rule(failing(half(proven=False)))

    assert found.certainty == "suspected"
    assert found.needs


def test_the_error_that_ended_its_own_work_is_no_other_cause() -> None:
    error = raised("integrity-violation", link=Link.EARLIER, fate=Fate.ANSWERED)

    [found] = rule(failing(error, half(errors=(error.key,))))

    assert found.certainty == "certain"
    assert found.echoes == (error.key,)


def test_the_error_that_failed_the_outcome_is_the_cause_all_the_same() -> None:
    error = raised("integrity-violation", link=Link.ANSWER)

    assert list(rule(failing(error, half(errors=(error.key,))))) == []


def test_it_says_how_the_work_ended() -> None:
    assert "answered 404" in half().says
    assert "ended in an exception" in half(refused=None).says
    assert "2 writes to accounts were committed" in half(writes=2).says
