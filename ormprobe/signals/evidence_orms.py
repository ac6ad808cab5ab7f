"""Which ORM the evidence of a finding is about: its statements' own, or that of the line's file."""

from __future__ import annotations

from ormprobe.signals.data_statements import orm_of
from ormprobe.signals.known import Known
from ormprobe.source.imports import orms_of
from ormprobe.timeline.model import Scope
from ormprobe_taxonomy.finding import Finding


def orms_by_event(scope: Scope, known: Known) -> tuple[dict[str, str], str | None]:
    """The ORM of each statement of an outermost scope, by event, and the one that all have."""
    watched = known.watched_orm()
    found: dict[str, str] = {}
    for statement in scope.all_statements():
        orm = orm_of(statement, watched)
        if orm is not None:
            found[statement.event] = orm
    every = set(found.values())
    return (found if len(every) > 1 else {}), (every.pop() if len(every) == 1 else None)


def orm_of_finding(finding: Finding, known: Known) -> str | None:
    """The ORM whose fix a finding needs, None where the run does not tell."""
    if finding.orm is not None:
        return finding.orm
    names = {found.name for found in known.run.libraries.values() if found.role == "orm"}
    if len(names) == 1:
        return names.pop()
    place = finding.place
    here = orms_of(known.source, place.file) if place is not None else frozenset[str]()
    return next(iter(here)) if len(here) == 1 else known.expected.orm or known.watched_orm()
