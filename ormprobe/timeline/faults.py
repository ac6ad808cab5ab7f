"""Errors of one process, merged by number, with what became of each; and its failures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ormprobe.reading import events
from ormprobe.timeline.definitions import Definitions, Sql
from ormprobe.timeline.model import (
    Busy,
    Closing,
    Detached,
    Error,
    EventRef,
    Failure,
    Held,
    Link,
    Scope,
    Site,
)
from ormprobe.timeline.recent import Recent

MAX_ERRORS = 4_096
"""Errors whose fate is still awaited; older ones keep the fate they have."""

_PLAIN = (
    "type", "module", "mro", "message", "code", "status_code", "session", "transaction",
    "connection", "entity", "attribute", "parent", "origin", "thread", "loop", "task",
    "serializer", "access",
)  # fmt: skip


class Errors:
    """The errors that were created, each once, however many lines tell of it."""

    def __init__(self, base_us: int, definitions: Definitions) -> None:
        self._base_us = base_us
        self._definitions = definitions
        self._recent: Recent[Error] = Recent(MAX_ERRORS)

    def seen(self, event: events.Error, ref: EventRef, scope: Scope) -> bool:
        """Note an error in its scope, or complete it; whether it is new."""
        error = self._recent.get(event.id)
        new = error is None
        if error is None:
            at_us = self._base_us + event.at
            error = Error(event.id, ref, event.scope, at_us, event.type, event.module)
            self._recent.put(event.id, error)
            scope.errors.append(error)
        for name in _PLAIN:
            value = getattr(event, name)
            if value is not None:
                setattr(error, name, value)
        self._resolve(error, event)
        return new

    def fate(self, event: events.Fate, ref: EventRef) -> None:
        """What became of an error, also after its scope's end; the last word counts."""
        error = self._recent.get(event.error)
        if error is None:
            return
        error.fate, error.fate_event = event.fate, ref
        self._definitions.sites.when(event.site, partial(setattr, error, "caught"))
        self._definitions.sites.when(event.left, partial(setattr, error, "left"))
        if event.chain:
            error.chain = self.links(event.chain)

    def failure(self, event: events.Failure, ref: EventRef) -> Failure:
        """The exception that ended a scope, or the process."""
        return Failure(ref, self._base_us + event.at, event.phase, self.links(event.chain))

    def links(self, chain: Sequence[events.Link]) -> tuple[Link, ...]:
        return tuple(self._link(link) for link in chain)

    def _resolve(self, error: Error, event: events.Error) -> None:
        definitions = self._definitions
        definitions.sites.when(event.site, partial(setattr, error, "site"))
        definitions.sites.when(event.engine_site, partial(setattr, error, "engine_site"))
        definitions.frames(event.frames, partial(setattr, error, "frames"))
        if event.chain:
            error.chain = self.links(event.chain)

        def about(sql: Sql) -> None:
            error.statement, error.operation = sql

        definitions.sql.when(event.statement, about)
        left = event.detached
        if left is not None:
            session = left.session
            error.detached = Detached(session, None)

            def left_at(site: Site) -> None:
                error.detached = Detached(session, site)

            definitions.sites.when(left.site, left_at)
        self._surroundings(error, event)

    def _surroundings(self, error: Error, event: events.Error) -> None:
        """What was closed, busy or held when an error was raised."""
        sites = self._definitions.sites
        if event.closed is not None:
            error.closed = Closing(self._at(event.closed.at), task=event.closed.task)
            sites.when(event.closed.site, partial(setattr, error.closed, "site"))
        if event.busy is not None:
            error.busy = Busy(task=event.busy.task, scope=event.busy.scope)
            sites.when(event.busy.site, partial(setattr, error.busy, "site"))
        if event.held:
            error.held = tuple(self._held(held) for held in event.held)

    def _held(self, event: events.Held) -> Held:
        held = Held(
            event.connection, self._at(event.at), scope=event.scope, ended=bool(event.ended)
        )
        self._definitions.sites.when(event.site, partial(setattr, held, "site"))
        return held

    def _at(self, at: int | None) -> int | None:
        return None if at is None else self._base_us + at

    def _link(self, event: events.Link) -> Link:
        link = Link(
            type=event.type,
            mro=event.mro or (),
            message=event.message or "",
            module=event.module,
            code=event.code,
            status_code=event.status_code,
            relation=event.relation,
            origin=event.origin,
            error_number=event.error,
            error=None if event.error is None else self._recent.get(event.error),
        )
        self._definitions.frames(event.frames, partial(setattr, link, "frames"))
        return link
