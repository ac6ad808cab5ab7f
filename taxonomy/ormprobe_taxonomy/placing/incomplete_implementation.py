"""Parts of what was asked for are not there: paths that nobody answers, code that says "not yet".

A path without an identifier in it (a collection) cannot be "not found" for want of a row: a 404
there, or a 501, means that no handler has it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.finished import Evidence, Finished, Kind, Request, Role, Shape
from ormprobe_taxonomy.placement import Placement, told
from ormprobe_taxonomy.terms import Category, Certainty

_COLLECTIONS = (Role.REGISTER, Role.LOG_IN, Role.CREATE, Role.LIST, Role.CURRENT)


def rule(run: Finished) -> Iterator[Placement]:
    missing = tuple(each for each in run.sources() if _is_missing(each))
    if len({(each.role, each.resource) for each in missing}) > 1 or any(
        each.shape is Shape.UNBUILT for each in missing
    ):
        yield _placed(run, missing, told(missing, "no handler answers there"), Certainty.LIKELY)
    for fault in run.faults:
        if fault.kind is Kind.UNBUILT:
            hit = tuple(each for each in run.sources() if each.position in fault.positions)
            evidence = Evidence(signal="Raised", says=fault.says, events=fault.events)
            yield _placed(run, hit, evidence, Certainty.CERTAIN if hit else Certainty.LIKELY)


def _is_missing(request: Request) -> bool:
    if request.shape is Shape.UNBUILT:
        return True
    collection = request.role in _COLLECTIONS and not request.authenticated
    return request.shape is Shape.UNFOUND and collection


def _placed(
    run: Finished, hit: tuple[Request, ...], evidence: Evidence, certainty: Certainty
) -> Placement:
    return Placement(
        category=Category.INCOMPLETE_IMPLEMENTATION,
        rule="incomplete-implementation",
        certainty=certainty,
        positions=run.with_effects(hit),
        evidence=(evidence,),
    )
