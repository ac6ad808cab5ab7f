"""Requests crash, no exception of theirs is left to read, and the log speaks of the data layer.

A connection that is never given back and a query that is never awaited are told by the library when
it happens, also where the beginning of the log is gone: they tell whose exceptions those were.
"""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.finished import Evidence, Finished, Shape
from ormprobe_taxonomy.placement import Placement, told
from ormprobe_taxonomy.terms import Category, Certainty, Subcategory

_CANDIDATES = (
    ("connection-lifecycle-violation", "the exceptions of the crashed requests"),
    ("unawaited-db-call", "the exceptions of the crashed requests"),
    ("async-implicit-io", "the exceptions of the crashed requests"),
)


def rule(run: Finished) -> Iterator[Placement]:
    tied = {position for fault in run.faults for position in fault.positions}
    crashed = tuple(
        each
        for each in run.sources()
        if each.shape in (Shape.CRASHED, Shape.UNANSWERED) and each.position not in tied
    )
    writes = tuple(each for each in crashed if not each.role.reads and not each.errors)
    if writes and run.database is not None and run.uses_database is not False:
        yield Placement(
            category=Category.LOGIC_ERROR,
            subcategory=Subcategory.DATABASE_RUNTIME_ERROR,
            rule="database-runtime-error",
            certainty=Certainty.SUSPECTED,
            positions=run.with_effects(writes),
            evidence=(told(writes, "a write crashed, with no exception left to read"),),
            candidates=_CANDIDATES,
        )
    if not crashed or not run.warnings:
        return
    says = [Evidence(signal="Warned", says=w.says, events=w.events) for w in run.warnings[:3]]
    yield Placement(
        category=Category.LOGIC_ERROR,
        subcategory=Subcategory.DATABASE_RUNTIME_ERROR,
        rule="database-runtime-error",
        certainty=Certainty.LIKELY,
        positions=run.with_effects(crashed),
        evidence=(told(crashed, "crashed, with no exception left to read"), *says),
        candidates=_CANDIDATES,
    )
