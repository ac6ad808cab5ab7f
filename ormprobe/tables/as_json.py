"""The counts as JSON. Keys may be added, never changed."""

from __future__ import annotations

from typing import Any

import msgspec

from ormprobe.tables.counts import Counts, Groups, Tally
from ormprobe.tables.terms import Ending

SCHEMA = 1


def render(counts: Counts) -> str:
    """One JSON object, indented, with a newline at its end."""
    document = {
        "schema": SCHEMA,
        **_groups(counts),
        "runtimes": [
            {"runtime": runtime, **_groups(groups)}
            for runtime, groups in sorted(counts.runtimes.items())
        ],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _groups(groups: Groups) -> dict[str, Any]:
    return {
        "all": _tally(groups.all),
        "models": [
            {"agent": agent, "model": model, **_tally(tally)}
            for (agent, model), tally in sorted(groups.models.items())
        ],
        "frameworks": _named("framework", groups.frameworks),
        "levels": _named("level", groups.levels),
    }


def _named(key: str, groups: dict[str, Tally]) -> list[dict[str, Any]]:
    return [{key: name, **_tally(tally)} for name, tally in sorted(groups.items())]


def _tally(tally: Tally) -> dict[str, Any]:
    """Counts of runs; each share says what it is of, and is null where that is none."""
    return {
        "runs": tally.runs,
        "passed": tally.passed,
        **{how.value: tally.endings[how] for how in Ending if how is not Ending.PASSED},
        "categories": _by_number(tally.categories),
        "subcategories": _by_number(tally.subcategories),
        "causes": _by_number(tally.causes),
        "defects": _by_number(tally.defects),
        "certainties": _by_number(tally.certainties),
        "data_layer": tally.data_layer,
        "data_layer_with_state": tally.data_layer_and_state,
        "data_layer_share_of_logic_errors": _share(tally.data_layer, tally.logic_errors),
        "data_layer_with_state_share_of_logic_errors": _share(
            tally.data_layer_and_state, tally.logic_errors
        ),
    }


def _by_number(counter: dict[str, int]) -> dict[str, int]:
    ordered = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    return {name: number for name, number in ordered if number}


def _share(number: int, of: int) -> float | None:
    return round(number / of, 4) if of else None
