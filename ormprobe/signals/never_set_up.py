"""Engines, session factories and pools of the app that were used before they were there."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.signals.errors import cause_of, key_of, reading_of_links
from ormprobe.signals.known import Known, in_tests
from ormprobe.source.setups import SetUp, guarded, used_empty
from ormprobe.timeline.model import Failure, Link, Scope, Site
from ormprobe_taxonomy.signals import Place, Reading
from ormprobe_taxonomy.signals.connections import NeverSetUp

READS = ("errors", "failures")

CAUSE = "data-layer-not-initialized"

_PYTHONS = ("TypeError", "AttributeError", "NameError")


def detect(scope: Scope, known: Known) -> Iterator[NeverSetUp]:
    for found in scope.walk():
        for failure in found.failures:
            seen = missing_part(known, failure)
            if seen is None:
                continue
            _, part, guard = seen
            yield NeverSetUp(
                error=failure.event,
                name=part.name,
                empty=_place(known, part.empty),
                setter=_place(known, part.setter),
                guarded=guard or not part.firm,
                events=(failure.event,),
            )
    for error in scope.all_errors():
        if cause_of(error) == CAUSE:
            yield NeverSetUp(
                error=key_of(error),
                name=error.entity or "",
                empty=None,
                setter=None,
                refused=True,
                before=error.closed is not None,
                events=(error.event,),
            )


def reading_of_missing(known: Known, failure: Failure) -> tuple[Link, Reading] | None:
    """A failure that no table reads, as the use of a part of the data layer that is not there."""
    seen = missing_part(known, failure)
    return None if seen is None else (seen[0], Reading(CAUSE))


def missing_part(known: Known, failure: Failure) -> tuple[Link, SetUp, bool] | None:
    """The exception of a failure that speaks of such a part, and whether a guard raised it."""
    if reading_of_links(failure.chain) is not None:
        return None
    for link in reversed(failure.chain):
        site = _raised_at(link, failure)
        if site is None:
            continue
        if link.type in _PYTHONS:
            part = used_empty(known.source, site.path, site.line, link.message)
            if part is not None:
                return link, part, False
        part = guarded(known.source, site.path, site.line)
        if part is not None:
            return link, part, True
    return None


def _raised_at(link: Link, failure: Failure) -> Site | None:
    frames = link.frames or failure.chain[0].frames
    site = frames[0] if frames else None
    return None if site is None or in_tests(site) else site


def _place(known: Known, line: tuple[str, int] | None) -> Place | None:
    if line is None:
        return None
    return Place(line[0], line[1], known.source.function_at(*line))
