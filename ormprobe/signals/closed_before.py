"""What was used after it had been closed or released, or was begun twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ormprobe.signals.errors import cause_of, key_of, reading_of_links
from ormprobe.signals.homes import message_of
from ormprobe.signals.known import Known, in_tests
from ormprobe.timeline.model import Closing, Error, Failure, Scope, Site
from ormprobe_taxonomy.signals.connections import UsedClosed

READS = ("errors", "failures")

LIFECYCLE = "connection-lifecycle-violation"
NOT_SET_UP = "data-layer-not-initialized"

_AGAIN = re.compile(
    "already begun|already initialized a SQLAlchemy Transaction|threads can only be started once"
    "|is already started|Connection already opened|start a transaction within a transaction"
    "|Cannot enter (?:manual|atomic) commit block while|context fallback is already enabled"
)
_SETTLED = re.compile(
    "Can't operate on closed transaction inside context manager"
    "|closed cursor|cursor (is|already) closed"  # which no server closes
    "|cannot (?:commit|rollback) - no transaction is active"
)
_UNOPENED = re.compile("database connection not open")
_UNSETTLED = re.compile("Attempting to close database while transaction is open")


def detect(scope: Scope, known: Known) -> Iterator[UsedClosed]:
    for error in scope.all_errors():
        whole = is_ended(scope, error)
        if cause_of(error) != LIFECYCLE and not whole:
            continue
        closed = None if _is_earlier(scope, error) else error.closed
        site = closed.site if closed is not None else None
        yield UsedClosed(
            error=key_of(error),
            kind=_kind(error, closed),
            closed=known.place(site),
            used=known.place(_used(error, site)),
            cleanup=not whole and site is not None and known.source.is_exit(site.path, site.line),
            setup=whole or "context fallback" in message_of(error),
            shared=not whole and closed is not None and _is_shared(error, closed),
            events=(error.event,),
        )
    for owner in scope.walk():
        for failure in owner.failures:
            yield from _refused(known, failure)


def _refused(known: Known, failure: Failure) -> Iterator[UsedClosed]:
    """What Python's own exceptions say of transactions that were begun twice."""
    read = reading_of_links(failure.chain)
    if read is None or read[1].cause != "connection-lifecycle-violation":
        return
    link = read[0]
    if link.error_number is None and _AGAIN.search(link.message):
        frames = link.frames or failure.chain[0].frames
        used = known.place(frames[0]) if frames else None
        yield UsedClosed(
            error=failure.event, kind="again", closed=None, used=used, events=(failure.event,)
        )


def _is_earlier(scope: Scope, error: Error) -> bool:
    """Whether what was closed had been opened for an earlier piece of work, and nobody opened it
    for this one."""
    closed = error.closed
    if closed is None or closed.at_us is None or not _UNOPENED.search(message_of(error)):
        return False
    own = next(
        (s for s in scope.walk() if (s.process, s.number) == (error.process, error.scope)), None
    )
    return own is not None and own.kind == "request" and closed.at_us < own.started_us


def is_ended(scope: Scope, error: Error) -> bool:
    """Whether what an error says was never set up had been, and the app itself had ended it.

    What ends in one test is over for the next one by right.
    """
    closed = error.closed
    if closed is None or closed.site is None or in_tests(closed.site):
        return False
    if cause_of(error) != NOT_SET_UP:
        return False
    return scope.kind != "test" or (closed.at_us or 0) >= scope.started_us


def _kind(error: Error, closed: Closing | None) -> str:
    text = message_of(error)
    if _AGAIN.search(text):
        return "again"
    if closed is not None or _SETTLED.search(text):
        return "closed"
    if _UNSETTLED.search(text):
        return "unsettled"
    return "unopened" if _UNOPENED.search(text) else "unknown"


def _is_shared(error: Error, closed: Closing) -> bool:
    return closed.task is not None and error.task is not None and closed.task != error.task


def _used(error: Error, closed: Site | None) -> Site | None:
    """The line of the function that closed it from which it was used on after all."""
    if closed is not None:
        for frame in error.frames:
            if (frame.path, frame.function) == (closed.path, closed.function):
                return frame
    return error.site
