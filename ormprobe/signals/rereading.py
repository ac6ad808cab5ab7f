"""Second readings of errors about statements and mappings: what only the text and schema tell."""

from __future__ import annotations

from dataclasses import replace

from ormprobe.signals import drift, refused_statements
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Error
from ormprobe_taxonomy.signals import Raised, Reading
from ormprobe_taxonomy.terms import Fate, Link

MAPPING = "mapping-misconfiguration"

_TIES = list(Link)
_QUIET = (Fate.ABSORBED, Fate.SWALLOWED)


def reread(known: Known, error: Error, reading: Reading | None) -> Reading | None:
    """The reading with what the statement's text and the declared tables say."""
    if reading is None or error.statement is None:
        return reading
    drifted = drift.reread(known, error, reading)
    return drifted if drifted is not reading else refused_statements.reread(known, error, reading)


def with_one_mapping(found: list[Raised]) -> list[Raised]:
    """The errors that one wrong declaration raised, as echoes of the first of them.

    What a join says of missing foreign keys while a mapper is configured is about the mapping too.
    """
    for index, first in enumerate(found):
        if first.follows is not None or first.entity is None or not _may_be(first):
            continue
        alike = [at for at in range(index, len(found)) if _same(first, found[at])]
        if not any(_is_mapping(found[at]) for at in alike):
            continue
        if first.reading is not None and not _is_mapping(first):
            first = replace(first, reading=Reading(MAPPING, variant="mapper"))
        for at in alike[1:]:
            later = found[at]
            if later.follows is None:
                found[at] = replace(later, follows=first.key)
                fate = later.fate if first.fate in _QUIET else first.fate
                link = min(first.link, later.link, key=_TIES.index)
                first = replace(first, link=link, fate=fate)
        found[index] = first
    return found


def _may_be(error: Raised) -> bool:
    return error.reading is not None and error.reading.cause in (MAPPING, "unresolved-reference")


def _is_mapping(error: Raised) -> bool:
    return error.reading is not None and error.reading.cause == MAPPING


def _same(one: Raised, other: Raised) -> bool:
    return (
        _may_be(other)
        and (one.entity, one.attribute) == (other.entity, other.attribute)
        and one.statement is other.statement is None
    )
