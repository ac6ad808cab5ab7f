"""The web framework did what it does by default, and nobody had thought of it.

A 405, a redirect and a body that is refused before any handler runs are the framework's own
answers: a handler that answered so would have to name the status itself. An exception of the
framework about a declaration (a response model, a serializer) says so by its class.
"""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.finished import Evidence, Finished, Kind, Request, Role, Shape
from ormprobe_taxonomy.placement import Placement, told
from ormprobe_taxonomy.terms import Category, Certainty, Subcategory


def rule(run: Finished) -> Iterator[Placement]:
    for shape, how in (
        (Shape.METHOD, "the path is known, the method is not (405)"),
        (Shape.REDIRECTED, "answered by a redirect to another form of the path"),
    ):
        hit = tuple(each for each in run.sources() if each.shape is shape)
        if hit:
            yield _placed(run, hit, told(hit, how), Certainty.LIKELY)
    bare = tuple(each for each in run.sources() if _is_bare(each))
    if bare:
        how = f"a request without a body was rejected ({bare[0].status})"
        yield _placed(run, bare, told(bare, how), Certainty.LIKELY)
    validated = tuple(each for each in run.sources() if _is_validated(run, each))
    if validated:
        how = f"a body was rejected by its validation ({validated[0].status})"
        yield _placed(run, validated, told(validated, how), Certainty.SUSPECTED)
    for fault in run.faults:
        if fault.kind is Kind.FRAMEWORK:
            hit = tuple(each for each in run.sources() if each.position in fault.positions)
            evidence = Evidence(signal="Raised", says=fault.says, events=fault.events)
            yield _placed(run, hit, evidence, Certainty.LIKELY)


def _is_bare(request: Request) -> bool:
    """A write that sends nothing, refused as a client's fault before anything could be wrong."""
    empty = request.bodied is False or (request.bodied is None and request.role is Role.RELATE)
    return request.shape is Shape.REJECTED and request.status in (400, 415) and empty


_VALIDATES = {"fastapi": 422, "fastify": 400}
"""Frameworks that check bodies against declarations before a handler runs, and how they answer."""


def _is_validated(run: Finished, request: Request) -> bool:
    status = _VALIDATES.get(run.framework or "")
    return request.bodied is True and status is not None and request.status == status


def _placed(
    run: Finished, hit: tuple[Request, ...], evidence: Evidence, certainty: Certainty
) -> Placement:
    return Placement(
        category=Category.LOGIC_ERROR,
        subcategory=Subcategory.FRAMEWORK_IDIOSYNCRASY,
        rule="framework-idiosyncrasy",
        certainty=certainty,
        positions=run.with_effects(hit),
        evidence=(evidence,),
    )
