"""Connections that were used outside the event loop, thread or private database they belong to."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.signals.errors import cause_of, key_of, reading_of_links
from ormprobe.signals.known import Known
from ormprobe.signals.missing_tables import table_named
from ormprobe.timeline.model import Error, Scope, Site
from ormprobe.timeline.run import Connection
from ormprobe_taxonomy.signals.connections import OutOfPlace

READS = ("errors", "failures")

_SUSPECT = frozenset(
    (
        "connection-context-mismatch", "concurrent-connection-use",
        "connection-lifecycle-violation", "connection-pool-exhaustion",
    )
)  # fmt: skip
"""What an error of a connection in the wrong event loop may read as."""

_SAME_THREAD = "can only be used in that same thread"
_OTHER_LOOP = "was created on a different event loop"
_LOOPS = ("attached to a different loop", "Event loop is closed")


def detect(scope: Scope, known: Known) -> Iterator[OutOfPlace]:
    for error in scope.all_errors():
        kind = away(known, error)
        if kind is None:
            continue
        connection = _connection(known, error)
        engine = connection.engine_site if connection is not None else None
        yield OutOfPlace(
            error=key_of(error),
            kind=kind,
            proven=is_proven(known, error, kind),
            engine=known.place(engine or error.engine_site or _only_engine(known, error)),
            table=table_named(message_of(error)) if kind == "memory" else None,
            events=tuple(
                event for event in (connection.event if connection else None, error.event) if event
            ),
        )
    yield from _switched(scope)


def _switched(scope: Scope) -> Iterator[OutOfPlace]:
    """Failures in which the ORM itself says that a connection was made in another loop."""
    for owner in scope.walk():
        for failure in owner.failures:
            read = reading_of_links(failure.chain)
            if read is None or read[1].cause != "connection-context-mismatch":
                continue
            if read[0].error_number is None:
                yield OutOfPlace(
                    error=failure.event,
                    kind="loop",
                    proven=_OTHER_LOOP in read[0].message,
                    engine=None,
                    events=(failure.event,),
                )


def away(known: Known, error: Error) -> str | None:
    """What the failing connection was away from: loop, thread or memory; None for nothing."""
    cause = cause_of(error)
    if cause == "schema-not-created":
        return "memory" if _creator(known, error) is not None else None
    if cause not in _SUSPECT:
        return None
    connection = _connection(known, error)
    if connection is not None and _differ(connection.loop, error.loop):
        return "loop"
    if cause != "connection-context-mismatch":
        return None
    return "thread" if _SAME_THREAD in message_of(error) else "loop"


def is_proven(known: Known, error: Error, kind: str) -> bool:
    """Whether what was seen excludes another reading."""
    connection = _connection(known, error)
    if kind == "thread":
        return True  # the message itself names both threads
    if kind == "loop":
        return connection is not None and _differ(connection.loop, error.loop)
    created = _creator(known, error)
    if connection is None or created is None:
        return False
    if connection.engine_site is None or created.engine_site != connection.engine_site:
        return False
    made = [
        engine
        for (process, _), engine in known.run.engines.items()
        if process == error.process and engine.site == connection.engine_site
    ]
    return len(made) == 1  # one engine: the empty database is not merely that of another one


def message_of(error: Error) -> str:
    """The words of an error and of what it was raised from."""
    return "\n".join((error.message, *(link.message for link in error.chain)))


def _differ(one: int | None, other: int | None) -> bool:
    return bool(one and other and one != other)


def _connection(known: Known, error: Error) -> Connection | None:
    if error.connection is None:
        return None
    return known.run.connections.get((error.process, error.connection))


def _creator(known: Known, error: Error) -> Connection | None:
    """The other private database in which the missing table had been created."""
    connection = _connection(known, error)
    table = table_named(message_of(error))
    if connection is None or not connection.memory or table is None:
        return None
    created = known.run.created_tables.get(table) or known.run.created_tables.get(table.lower())
    if created is not None:
        created = created.before(error.process, error.at_us)
    if created is None or created.at_us >= error.at_us or created.process != error.process:
        return None
    if created.connection in (None, error.connection):
        return None
    other = known.run.connections.get((error.process, created.connection or 0))
    return other if other is not None and other.memory else None


def _only_engine(known: Known, error: Error) -> Site | None:
    sites = {
        engine.site
        for (process, _), engine in known.run.engines.items()
        if process == error.process and engine.site is not None
    }
    return sites.pop() if len(sites) == 1 else None
