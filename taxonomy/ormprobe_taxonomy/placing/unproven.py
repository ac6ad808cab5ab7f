"""An exception of a driver or ORM whose cause is not proven by its words alone.

Its class says whose it is, so the failure lies at the data layer whatever the leaf; where the
exception tables read a cause of it, that cause's own subcategory is the place.
"""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.causes import BY_ID
from ormprobe_taxonomy.finished import Evidence, Fault, Finished, Kind
from ormprobe_taxonomy.placement import Placement
from ormprobe_taxonomy.terms import Category, Certainty, Subcategory

_NEEDS = "what was recorded while the program ran"


def rule(run: Finished) -> Iterator[Placement]:
    for fault in run.faults:
        if fault.kind is Kind.DATA:
            yield _placed(run, fault)


def _placed(run: Finished, fault: Fault) -> Placement:
    hit = tuple(each for each in run.sources() if each.position in fault.positions)
    cause = BY_ID.get(fault.cause or "")
    category = cause.category if cause is not None else None
    return Placement(
        category=category or Category.LOGIC_ERROR,
        subcategory=cause.subcategory if category and cause else Subcategory.DATABASE_RUNTIME_ERROR,
        rule="unproven",
        certainty=Certainty.LIKELY,
        positions=run.with_effects(hit),
        evidence=(Evidence(signal="Raised", says=fault.says, events=fault.events),),
        candidates=((cause.id, _NEEDS),) if cause is not None else (),
        place=fault.place,
    )
