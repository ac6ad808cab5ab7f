"""What the tables cannot tell of an error: whose connection it was, and what had been closed."""

from __future__ import annotations

from dataclasses import replace

from ormprobe.signals.homes import away, is_proven, message_of
from ormprobe.signals.known import Known
from ormprobe.signals.overlaps import SHARED, is_others
from ormprobe.signals.refused_models import declared_wrongly
from ormprobe.source.setups import binds_models
from ormprobe.timeline.model import Error
from ormprobe_taxonomy.signals import Raised, Reading
from ormprobe_taxonomy.terms import Fate, Link

CONTEXT = "connection-context-mismatch"
CONCURRENT = "concurrent-connection-use"
LIFECYCLE = "connection-lifecycle-violation"

_FOLLOW = frozenset((CONTEXT, CONCURRENT, LIFECYCLE, "failed-transaction-reuse", None))
"""What later errors of a session or connection may read as that was shared or out of place."""


def refined(known: Known, error: Error, reading: Reading | None) -> Reading | None:
    """The reading of an error with what is known of its connection, session and event loop."""
    if reading is None:
        return _unloaded(error)
    kind = away(known, error)
    if kind is not None and (kind == "memory" or is_proven(known, error, kind)):
        return Reading(CONTEXT)
    if reading.cause in SHARED and reading.cause != CONCURRENT and is_others(error):
        return Reading(CONCURRENT)
    closed_result = "result object is closed" in message_of(error)
    if reading.cause == LIFECYCLE and closed_result and error.closed is None:
        return Reading("result-object-misuse")
    if reading.variant == UNBOUND and never_bound(known):
        return Reading("data-layer-not-initialized")
    if declared_wrongly(known, error, reading):
        return Reading("mapping-misconfiguration", variant="mapper")
    return reading


UNBOUND = "unbound"
"""The variant of an error about a model that belongs to no database."""


def never_bound(known: Known) -> bool:
    """Whether the app hands its models to a database as it runs, and has not done so yet."""
    return binds_models(known.source) and not known.memory.sites


def _unloaded(error: Error) -> Reading | None:
    """A relation that must not be loaded lazily, read inside an event loop."""
    if error.loop and "is not available due to lazy='raise" in error.message:
        return Reading("async-implicit-io", variant="lazy-load")
    return None


def with_skipped_releases(errors: list[Error], found: list[Raised]) -> list[Raised]:
    """Pools that ran dry because one error kept its requests from giving back their connections.

    errors: those that `found` was made of, in the same order.
    """
    for index, (error, drained) in enumerate(zip(errors, found, strict=True)):
        ended = [held for held in error.held if held.ended and held.scope is not None]
        if _cause(drained) != EXHAUSTED or len(ended) < len(error.held) * _MOST:
            continue
        left = [_left_by(errors[:index], found, error.process, held.scope) for held in ended]
        first = next((each for each in left if each is not None), None)
        if first is None:
            continue
        alike = [each for each in left if each is not None and _alike(found[each], found[first])]
        if len(alike) >= len(error.held) * _MOST:
            origin = found[first]
            found[index] = replace(drained, follows=origin.key)
            found[first] = replace(
                origin, link=min(origin.link, drained.link, key=_TIES.index), fate=Fate.SURFACED
            )
    return found


EXHAUSTED = "connection-pool-exhaustion"

_MOST = 0.8
"""The share of the connections that are out, beyond which one error answers for the dry pool."""


def _left_by(
    errors: list[Error], found: list[Raised], process: str, scope: int | None
) -> int | None:
    """The last error of a scope that was no echo and that its code did not deal with."""
    for index in range(len(errors) - 1, -1, -1):
        error = errors[index]
        if (error.process, error.scope) != (process, scope):
            continue
        unhandled = found[index].fate in _UNHANDLED
        if unhandled and _cause(found[index]) not in (None, EXHAUSTED):
            return index
    return None


_UNHANDLED = (Fate.SURFACED, Fate.TRANSLATED, Fate.ANSWERED)


def _alike(one: Raised, other: Raised) -> bool:
    return _cause(one) == _cause(other) and one.place == other.place


def with_followers(found: list[Raised]) -> list[Raised]:
    """Errors of a shared or displaced session or connection, as echoes of the first of them."""
    for index, first in enumerate(found):
        if first.follows is not None or _cause(first) not in (CONTEXT, CONCURRENT):
            continue
        for later in range(index + 1, len(found)):
            other = found[later]
            if other.follows is None and _cause(other) in _FOLLOW and _same(first, other):
                found[later] = replace(other, follows=first.key)
                first = replace(first, link=min(first.link, other.link, key=_TIES.index))
        found[index] = first
    return found


_TIES = list(Link)


def _cause(error: Raised) -> str | None:
    return error.reading.cause if error.reading is not None else None


def _same(one: Raised, other: Raised) -> bool:
    if one.session is not None and one.session == other.session:
        return True
    return one.connection is not None and one.connection == other.connection
