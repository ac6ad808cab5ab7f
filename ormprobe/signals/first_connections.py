"""Whether a failing connection was the first of its engine."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.signals.errors import cause_of, key_of, reading_of_links
from ormprobe.signals.known import Known
from ormprobe.source.settings import databases_at
from ormprobe.timeline.model import Error, Failure, Scope, Site
from ormprobe_taxonomy.signals import FirstConnection

READS = ("errors", "failures")


def detect(scope: Scope, known: Known) -> Iterator[FirstConnection]:
    for error in scope.all_errors():
        if cause_of(error) == "startup-connection-failure":
            yield _signal(known, error)
    for found in scope.walk():
        for failure in found.failures:
            read = reading_of_links(failure.chain)
            if read is not None and read[1].cause == "startup-connection-failure":
                yield _before_any(known, failure)


def _before_any(known: Known, failure: Failure) -> FirstConnection:
    """A driver that is not there raises no error of the ORM's: only the failure tells."""
    before = any(
        connection.opened_us < failure.at_us
        for (process, _), connection in known.run.connections.items()
        if process == failure.process
    )
    return FirstConnection(
        error=failure.event,
        connected_before=before,
        engine=databases_at(known.source),
        events=(failure.event,),
    )


def _signal(known: Known, error: Error) -> FirstConnection:
    engine = error.engine_site or _last_engine(known, error)
    before = any(
        connection.opened_us < error.at_us
        and (engine is None or connection.engine_site in (None, engine))
        for (process, _), connection in known.run.connections.items()
        if process == error.process
    )
    return FirstConnection(
        error=key_of(error),
        connected_before=before,
        engine=known.place(engine) or databases_at(known.source),
        events=(error.event,),
    )


def _last_engine(known: Known, error: Error) -> Site | None:
    made = [
        engine
        for (process, _), engine in known.run.engines.items()
        if process == error.process and engine.at_us <= error.at_us and engine.site is not None
    ]
    return max(made, key=lambda engine: engine.at_us).site if made else None
