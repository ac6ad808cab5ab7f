"""What a task demands of the structure is not kept, in a program that otherwise does its work.

Structure is the cause only where nothing fails without it: a failing request needs another one
(arXiv 2605.06445: "functionally correct, or nearly so").
"""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.finished import Evidence, Finished
from ormprobe_taxonomy.placement import Placement
from ormprobe_taxonomy.terms import Category, Certainty


def rule(run: Finished) -> Iterator[Placement]:
    if not run.violations or run.failed() or not run.requests:
        return
    yield Placement(
        category=Category.CONSTRAINT_VIOLATION,
        rule="constraint-violation",
        certainty=Certainty.LIKELY,
        evidence=tuple(
            Evidence(signal="DemandBroken", says=v.says, events=v.events) for v in run.violations
        ),
        whole=True,
    )
