"""The last entries are kept, the oldest forgotten."""

from __future__ import annotations

from ormprobe.timeline.recent import Recent


def test_the_last_entries_are_kept() -> None:
    recent: Recent[str] = Recent(3)
    for number in range(20):
        recent.put(number, str(number))

    assert [recent.get(number) for number in (17, 18, 19)] == ["17", "18", "19"]
    assert sum(recent.get(number) is not None for number in range(20)) <= 6


def test_an_entry_is_replaced() -> None:
    recent: Recent[str] = Recent(1)
    recent.put(1, "a")
    recent.put(2, "b")
    recent.put(1, "c")

    assert recent.get(1) == "c"
