"""Connections that requests took and never gave back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ormprobe.signals.known import Known, in_tests
from ormprobe.timeline.model import ConnectionUse, Scope, Site
from ormprobe_taxonomy.signals.connections import ConnectionKept

READS = ("connections",)


def detect(scope: Scope, known: Known) -> Iterator[ConnectionKept]:
    lost: dict[Site, list[ConnectionUse]] = defaultdict(list)
    for found in scope.walk():
        if found.kind != "request":
            continue
        for use in found.connections:
            if use.action == "lost" and use.site is not None and not in_tests(use.site):
                lost[use.site].append(use)
    yield from _signals(known, lost, lost=True)
    if scope.kind == "process" and scope.last:
        yield from _signals(known, _never_returned(scope, known), lost=False)


def _never_returned(scope: Scope, known: Known) -> dict[Site, list[ConnectionUse]]:
    """What requests of the process held at their end, and nothing has touched since."""
    kept: dict[Site, list[ConnectionUse]] = defaultdict(list)
    for (process, number), connection in known.run.connections.items():
        if process != scope.process or connection.kept is None:
            continue
        event, at_us, site = connection.kept
        if site is not None and not in_tests(site):
            kept[site].append(ConnectionUse(event, number, at_us, "held", site=site))
    return kept


def _signals(
    known: Known, by_site: dict[Site, list[ConnectionUse]], *, lost: bool
) -> Iterator[ConnectionKept]:
    for site, uses in by_site.items():
        place = known.place(site)
        if place is not None:
            yield ConnectionKept(
                place=place,
                count=len(uses),
                lost=lost,
                events=tuple(use.event for use in uses[:10]),
            )
