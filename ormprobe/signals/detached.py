"""Where the object of a detached access was loaded, and where its session ended."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.signals.errors import key_of
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Error, Scope, Site, Statement
from ormprobe_taxonomy.signals import ObjectLeft

READS = ("errors",)


def detect(scope: Scope, known: Known) -> Iterator[ObjectLeft]:
    statements: list[Statement] | None = None
    for error in scope.all_errors():
        if error.entity is None or error.type != "DetachedInstanceError":
            continue
        if statements is None:
            statements = scope.all_statements()
        source = _loaded_by(error, statements)
        closed = error.detached.site if error.detached is not None else None
        yield ObjectLeft(
            error=key_of(error),
            entity=error.entity,
            loaded=known.place(source.site) if source is not None else None,
            closed=known.place(closed),
            accessed=known.place(_read_on(error, closed)),
            events=(*((source.event,) if source is not None else ()), error.event),
        )


def _read_on(error: Error, closed: Site | None) -> Site | None:
    """The line of the function that closed the session from which the object was read after all."""
    if closed is not None:
        for frame in error.frames:
            if (frame.path, frame.function) == (closed.path, closed.function):
                return frame
    return error.site


def _loaded_by(error: Error, statements: list[Statement]) -> Statement | None:
    """The last statement that returned the object, else the last of the session that it left."""
    session = error.detached.session if error.detached is not None else None
    latest: Statement | None = None
    returned = False
    for statement in statements:
        if statement.at_us > error.at_us:
            break
        if session is not None and (statement.process, statement.session) != (
            error.process,
            session,
        ):
            continue
        for entity in statement.rows.entities if statement.rows is not None else ():
            if error.parent in entity.keys:
                latest, returned = statement, True
        if session is not None and not returned:
            latest = statement
    return latest
