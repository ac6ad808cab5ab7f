"""relation-direction-swap."""

from __future__ import annotations

from ormprobe_taxonomy.causes.incorrect_query_logic.relation_direction_swap import rule
from ormprobe_taxonomy.signals import DirectionSwapped
from tests.taxonomy.made import LINE, failing, passing


def swapped(**fields: object) -> DirectionSwapped:
    told = {
        "at_us": 10, "place": LINE, "table": "follows", "column": "followed_id",
        "other": "follower_id", "difference": "missing", "mirrored": True, "fits": True, **fields,
    }  # fmt: skip
    return DirectionSwapped(**told)  # type: ignore[arg-type]


def test_the_mirror_has_what_was_missed() -> None:
    [sure] = rule(failing(swapped()))
    [likely] = rule(failing(swapped(fits=False)))

    assert (sure.certainty, sure.place) == ("certain", LINE)
    assert likely.certainty == "likely"


def test_nothing_is_said_where_nothing_failed() -> None:
    assert list(rule(passing(swapped()))) == []


def test_says_from_which_side_it_is_read() -> None:
    assert swapped().says == (
        "follows is read by followed_id, and was written with it in follower_id: "
        "what was asked for exists the other way round"
    )
