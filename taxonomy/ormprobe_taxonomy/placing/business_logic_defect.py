"""What the program computes is wrong, by its own rules and not by those of a library.

A program that has no database cannot fail at one. A plain error of the app's own code is a defect
of that code. What fails in reads and writes alike, by another number of checks each time, is no
form and no query: the value itself is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.finished import Evidence, Finished, Kind, Request, Shape
from ormprobe_taxonomy.placement import Placement, told
from ormprobe_taxonomy.terms import Category, Certainty, Subcategory

_SOFT = (Shape.PART, Shape.ENVELOPE, Shape.EMPTY)


def rule(run: Finished) -> Iterator[Placement]:
    for fault in run.faults:
        if fault.kind is Kind.APP:
            hit = tuple(each for each in run.sources() if each.position in fault.positions)
            evidence = Evidence(signal="Raised", says=fault.says, events=fault.events)
            yield _placed(run, hit, evidence, Certainty.LIKELY)
    sources = run.sources()
    if not sources:
        return
    if run.uses_database is False:
        own = tuple(each for each in sources if each.shape not in (Shape.METHOD, Shape.REDIRECTED))
        if own:
            how = "wrong, in a program that has no database"
            yield _placed(run, own, told(own, how), Certainty.LIKELY)
        return
    soft = tuple(each for each in sources if each.shape in _SOFT)
    if soft and any(each.role.reads for each in soft) and any(not e.role.reads for e in soft):
        how = "the status that was wanted, and the answer is wrong"
        yield _placed(run, soft, told(soft, how), Certainty.SUSPECTED)
    refused = tuple(
        each
        for each in sources
        if each.shape in (Shape.REJECTED, Shape.UNFOUND) and not each.role.reads
    )
    if refused:
        how = "a valid write was refused, with no exception to tell why"
        yield _placed(run, refused, told(refused, how), Certainty.SUSPECTED)
    shown = tuple(each for each in soft if each.role.reads)
    if shown:
        how = "read with the status that was wanted, and the answer is wrong"
        yield _placed(run, shown, told(shown, how), Certainty.SUSPECTED)


def _placed(
    run: Finished, hit: tuple[Request, ...], evidence: Evidence, certainty: Certainty
) -> Placement:
    return Placement(
        category=Category.LOGIC_ERROR,
        subcategory=Subcategory.BUSINESS_LOGIC_DEFECT,
        rule="business-logic-defect",
        certainty=certainty,
        positions=run.with_effects(hit),
        evidence=(evidence,),
    )
