"""Which of all that was found is the primary cause of a finished run.

Causes with evidence of their own and placements are weighed alike: what is at least likely before
what is only suspected, a wrong status before a wrong answer (checks on an answer presuppose its
status), then the more failed requests, the stronger certainty, the earlier request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from ormprobe.document import Label
from ormprobe_taxonomy.finished import Finished, Request
from ormprobe_taxonomy.placement import Placement
from ormprobe_taxonomy.placing import RULES
from ormprobe_taxonomy.terms import Category, Certainty


@dataclass(frozen=True, slots=True)
class Weighed:
    """A label or a placement, with the positions of the failed requests that it explains."""

    found: Label | Placement
    positions: frozenset[int]
    certainty: Certainty
    whole: bool = False


def placements_of(run: Finished) -> list[Placement]:
    """All that the placing rules say of a run."""
    return [placed for rule in RULES for placed in rule(run)]


def weigh(labels: Sequence[Label], placements: Iterable[Placement], run: Finished) -> list[Weighed]:
    """Labels and placements in their order, the primary first."""
    by_outcome = {each.outcome: each.position for each in run.requests}
    found = [
        Weighed(
            label,
            frozenset(by_outcome[name] for name in label.explains if name in by_outcome),
            Certainty(label.certainty or Certainty.SUSPECTED),
        )
        for label in labels
        if label.explains
    ]
    found += [
        Weighed(placed, frozenset(placed.positions), placed.certainty, placed.whole)
        for placed in placements
    ]
    requests = {each.position: each for each in run.requests}
    return _with_start(sorted(found, key=lambda each: _order(each, requests)))


def _with_start(ordered: list[Weighed]) -> list[Weighed]:
    """What kept a program from serving is the cause of that, whatever its category elsewhere."""
    first = ordered[0] if ordered else None
    if first is None or not isinstance(first.found, Placement):
        return ordered
    start = first.found
    if start.category is not Category.SERVER_STARTUP_FAILURE:
        return ordered
    for each in ordered:
        if isinstance(each.found, Label) and each.certainty is not Certainty.SUSPECTED:
            label = msgspec.structs.replace(each.found, category=start.category, subcategory=None)
            ahead = Weighed(label, first.positions, each.certainty, True)
            return [ahead, *(other for other in ordered if other is not each)]
    return ordered


def _order(
    each: Weighed, requests: Mapping[int, Request]
) -> tuple[bool, bool, bool, int, int, int]:
    shapes = [requests[position].shape for position in each.positions if position in requests]
    hard = any(shape is not None and shape.is_hard for shape in shapes)
    return (
        not each.whole,
        each.certainty is Certainty.SUSPECTED,
        bool(requests) and not hard,
        -len(each.positions),
        each.certainty.rank,
        min(each.positions, default=len(requests)),
    )
