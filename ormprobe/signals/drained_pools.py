"""Pools that had no connection left, and who held those that were out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from ormprobe.signals.errors import cause_of, key_of
from ormprobe.signals.known import Known
from ormprobe.source.releases import never_closed
from ormprobe.source.starts import keywords
from ormprobe.timeline.model import Error, Held, Scope, Site
from ormprobe_taxonomy.signals import Place
from ormprobe_taxonomy.signals.connections import PoolDrained

READS = ("errors",)

_SIZES = ("pool_size", "max_overflow", "max_size", "maxconn", "max_connections")
_TAKES = re.compile(r"\.a?connect\(")


def detect(scope: Scope, known: Known) -> Iterator[PoolDrained]:
    for error in scope.all_errors():
        if cause_of(error) != "connection-pool-exhaustion" or not error.held:
            continue
        ended = [held for held in error.held if held.ended]
        taken = _taken(scope, known)
        sites = (
            taken.get((error.process, held.connection), held.site) for held in ended or error.held
        )
        lines = Counter(site for site in sites if site is not None)
        site = lines.most_common(1)[0][0] if lines else None
        yield PoolDrained(
            error=key_of(error),
            held=len(error.held),
            ended=len(ended),
            alone=_alone(scope, known, error),
            holder=known.place(site),
            holders=lines[site] if site is not None else 0,
            sized=_sized(known, error.engine_site or _engine_of(known, error)),
            events=(error.event,),
        )


def _taken(scope: Scope, known: Known) -> dict[tuple[str, int | None], Site]:
    """By connection, the line that took it last, where the app asked for one by name there: such a
    one does not come back before the app says so."""
    found: dict[tuple[str, int | None], Site] = {}
    for owner in scope.walk():
        for use in owner.connections:
            if use.action not in ("open", "checkout"):
                continue
            found.pop((owner.process, use.number), None)
            if use.site is not None and _TAKES.search(known.source.line(*_line(use.site))):
                found[owner.process, use.number] = use.site
    return found


def _line(site: Site) -> tuple[str, int]:
    return site.path, site.line


def _alone(scope: Scope, known: Known, error: Error) -> str | None:
    """Who held connections and asked for one more: thread, caller or function."""
    if not error.loop and error.thread is not None and _opened_here(known, error):
        return "thread"
    if all(_is_caller(error, held) for held in error.held):
        return "caller"
    site = error.site
    if site is not None and never_closed(known.source, site.path, site.line):
        same = [held for held in error.held if _is_of(held, site)]
        if len(same) * 2 > len(error.held):
            return "function"
    if _all_wait(scope, error):
        return "caller"
    owner = _scope_of(scope, error)
    mine = [held for held in error.held if held.scope is not None and held.scope == error.scope]
    return "caller" if mine and owner is not None and owner.kind == "request" else None


def _all_wait(scope: Scope, error: Error) -> bool:
    """Whether those that hold the connections timed out as well, each waiting for one more."""
    waiting = {
        (found.process, found.scope)
        for found in scope.all_errors()
        if cause_of(found) == "connection-pool-exhaustion"
    }
    holders = {(error.process, held.scope) for held in error.held if not held.ended}
    return len(holders) > 1 and holders <= waiting


def _is_of(held: Held, site: Site) -> bool:
    return held.site is not None and (held.site.path, held.site.function) == (
        site.path,
        site.function,
    )


def _is_caller(error: Error, held: Held) -> bool:
    """The function that used the connection last has called what asked for one more."""
    site = held.site
    return site is not None and any(
        (frame.path, frame.function) == (site.path, site.function) and frame.line > site.line
        for frame in error.frames
    )


def _opened_here(known: Known, error: Error) -> bool:
    """All connections that are out were opened by the thread that asked for one more."""
    threads = {_thread(known, error, held) for held in error.held}
    scopes = {held.scope for held in error.held}
    return threads == {error.thread} and scopes <= {error.scope} and len(error.held) > 1


def _thread(known: Known, error: Error, held: Held) -> int | None:
    found = known.run.connections.get((error.process, held.connection or 0))
    return found.thread if found is not None else None


def _scope_of(scope: Scope, error: Error) -> Scope | None:
    for found in scope.walk():
        if (found.process, found.number) == (error.process, error.scope or 0):
            return found
    return None


def _engine_of(known: Known, error: Error) -> Site | None:
    for held in error.held:
        found = known.run.connections.get((error.process, held.connection or 0))
        if found is not None and found.engine_site is not None:
            return found.engine_site
    return None


def _sized(known: Known, engine: Site | None) -> Place | None:
    """The engine's line, where the app says there how many connections it may open."""
    if engine is None:
        return None
    named = keywords(known.source, engine.path, engine.line)
    return None if named.isdisjoint(_SIZES) else known.place(engine)
