"""The right answer in the wrong form: a key that is missing, renamed or not wrapped.

A created object whose answer fails every check, while later requests by the identifier that it
should have carried find none, was made and shown in another shape. A key that the form lacks is
lacking wherever the resource is shown: in reads and in writes, as many checks each time; what the
program computes wrongly differs from request to request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ormprobe_taxonomy.finished import Finished, Request, Role, Shape
from ormprobe_taxonomy.placement import Placement, told
from ormprobe_taxonomy.terms import Category, Certainty

_CANDIDATES = (("projection-mismatch", "the answer's keys beside the row's columns"),)


def rule(run: Finished) -> Iterator[Placement]:
    wrapped = tuple(
        each
        for each in run.sources()
        if each.shape is Shape.ENVELOPE and each.role in (Role.CREATE, Role.REGISTER)
    )
    if wrapped:
        how = "made, and every check on the answer failed"
        yield _placed(run, wrapped, how, Certainty.LIKELY)
    for alike in _alike(run):
        how = f"the same {alike[0].failed} of the checks failed each time"
        yield _placed(run, alike, how, Certainty.LIKELY)


def _alike(run: Finished) -> Iterator[tuple[Request, ...]]:
    """Reads and writes of one resource that fail by the same number of checks, a few each."""
    parts = [each for each in run.sources() if each.shape is Shape.PART and each.resource]
    counts = Counter((each.resource, each.failed) for each in parts)
    for (resource, failed), count in counts.items():
        hit = tuple(e for e in parts if e.resource == resource and e.failed == failed)
        reads = any(each.role.reads for each in hit)
        writes = any(not each.role.reads for each in hit)
        if count > 2 and reads and writes:
            yield hit


def _placed(run: Finished, hit: tuple[Request, ...], how: str, certainty: Certainty) -> Placement:
    return Placement(
        category=Category.SCHEMA_FORMAT_ERROR,
        rule="schema-format-error",
        certainty=certainty,
        positions=run.with_effects(hit),
        evidence=(told(hit, how),),
        candidates=_CANDIDATES,
    )
