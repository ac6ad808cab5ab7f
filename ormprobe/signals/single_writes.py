"""The same single-row write from one line again and again, in one piece of work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ormprobe.signals.known import Known, in_tests
from ormprobe.timeline.model import Scope, Site, Statement
from ormprobe_taxonomy.signals import RowsWrittenSingly

READS = ("statements",)

MANY = 10
"""Rows from which on one statement for all of them is worth its words."""

_VERBS = ("INSERT", "UPDATE")
_FLUSHES = ("flush", "autoflush")


def detect(scope: Scope, known: Known) -> Iterator[RowsWrittenSingly]:
    told: set[Site] = set()
    for found in scope.walk():
        if found.kind != "process":  # it may take in rows as they come
            yield from _in_scope(found, known, told)


def _in_scope(scope: Scope, known: Known, told: set[Site]) -> Iterator[RowsWrittenSingly]:
    groups: defaultdict[tuple[Site, str], list[Statement]] = defaultdict(list)
    for statement in scope.statements:
        site = statement.site
        if site is None or statement.operation not in _VERBS or in_tests(site):
            continue
        if (statement.many or 1) == 1:
            groups[site, statement.text].append(statement)
    for (site, _), writes in groups.items():
        if site in told or len(writes) < MANY or not _is_loop(scope, known, site, writes):
            continue
        facts = known.asked(writes[0])
        if facts.target is None or not facts.parsed or not _is_of_one_row(writes[0], known):
            continue
        told.add(site)
        place = known.place(site)
        assert place is not None
        yield RowsWrittenSingly(
            place=place,
            scope=scope.name,
            verb=facts.verb,
            table=facts.target,
            count=len(writes),
            events=tuple(write.event for write in writes[:8]),
        )


def _is_of_one_row(statement: Statement, known: Known) -> bool:
    """Whether a write is of one row: of several it assigns each column several times."""
    facts = known.asked(statement)
    if statement.affected is not None and statement.affected > 1:
        return False
    if facts.subqueries or not facts.assigned:
        return False
    conflict = facts.verb == "INSERT" and any(len(binds) == 1 for _, binds in facts.assigned)
    return conflict or all(len(binds) <= 1 for _, binds in facts.assigned)


def _is_loop(scope: Scope, known: Known, site: Site, writes: list[Statement]) -> bool:
    """Whether the app itself repeated the write, where one for all rows would have done.

    One flush of many objects is the ORM's to split. A savepoint for each row is there to let one
    of them fail. A test may call a function of the app again and again.
    """
    settled = {id(write.settled_by): write.settled_by for write in writes if write.settled_by}
    savepoints = sum(len(each.savepoints) for each in settled.values())
    if savepoints >= len(writes):
        return False
    looped = known.source.is_looped(site.path, site.line)
    if scope.kind != "request":
        return looped
    if any(write.via in _FLUSHES for write in writes):
        apart = {write.transaction for write in writes}
        return looped or len(apart) >= MANY
    return True
