"""The scopes of one process: those that run, those that wait, and what is outside any."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from ormprobe.reading import events
from ormprobe.timeline.definitions import Definitions
from ormprobe.timeline.model import INTERRUPTED, OPEN, EventRef, Scope

SLICE = 10_000
"""Events of a process outside any scope after which its scope is handed out and begun anew."""

PROCESS = "process"
FAILED, PASSED, UNKNOWN = "failed", "passed", "unknown"


class Scopes:
    """Knows a scope until it is handed out: what comes later than that is outside any."""

    def __init__(self, process: str, base_us: int, definitions: Definitions) -> None:
        self._process = process
        self._base_us = base_us
        self._definitions = definitions
        self._known: dict[int, Scope] = {}
        self._open: dict[int, Scope] = {}
        self._latest_us = base_us
        self.outside = Scope(process, 0, PROCESS, process, f"{process}:1", base_us)
        self.closed: list[Scope] = []
        """Outermost scopes that ended, in order; the reader of this list empties it."""

    def at(self, at_us: int) -> None:
        """Time goes on."""
        self._latest_us = at_us

    def named(self, program: str | None) -> None:
        self.outside.name = program or self._process

    def began(self, event: events.ScopeStart, ref: EventRef) -> Scope:
        parent = None if event.parent is None else self._known.get(event.parent)
        scope = Scope(
            process=self._process,
            number=event.id,
            kind=event.type,
            name=event.name,
            event=ref,
            started_us=self._base_us + event.at,
            parent=parent,
            method=event.method,
            scheme=event.scheme,
            path=event.path,
        )
        self._definitions.frames(event.frames, partial(setattr, scope, "asked"))
        if parent is not None:
            parent.children.append(scope)
        self._known[event.id] = self._open[event.id] = scope
        return scope

    def routed(self, event: events.Route) -> None:
        """The URL of a request was matched when its scope was open already."""
        scope = self._known.get(event.scope)
        if scope is not None:
            scope.name, scope.route = event.name, event.route
            self._definitions.sites.when(event.handler, partial(setattr, scope, "handler"))

    def ended(self, event: events.ScopeEnd, ref: EventRef) -> None:
        scope = self._open.pop(event.id, None)
        if scope is None:
            return
        scope.outcome, scope.end_event = event.outcome, ref
        scope.ended_us = self._base_us + event.at
        scope.route, scope.phase = event.route, event.phase
        if event.status is not None:
            scope.status = event.status
        if event.failed_at is not None:
            scope.failed_us = self._base_us + event.failed_at
        self._definitions.sites.when(event.handler, partial(setattr, scope, "handler"))
        if scope.parent is None:
            self.closed.append(scope)

    def find(self, number: int | None) -> Scope | None:
        """A scope that runs or waits, if it is known."""
        return None if number is None else self._known.get(number)

    def place(self, number: int | None) -> Scope:
        """Where an event belongs; it is counted there."""
        scope = None if number is None else self._known.get(number)
        if scope is None:
            if self.outside.events >= SLICE:
                self._next_slice()
            scope = self.outside
        scope.events += 1
        return scope

    def running(self) -> Iterable[Scope]:
        return self._open.values()

    def let_go(self, scope: Scope) -> None:
        """Forget a scope that is handed out, and its descendants."""
        for found in scope.walk():
            self._known.pop(found.number, None)
            self._open.pop(found.number, None)

    def end_process(self, ended_us: int | None, origin: str) -> None:
        """End what still runs, and the process; `ended_us` is None when it left no last line."""
        for scope in list(self._open.values()):
            scope.outcome, scope.ended_us = INTERRUPTED, self._latest_us
            if scope.parent is None:
                self.closed.append(scope)
        self._open.clear()
        outside = self.outside
        outside.ended_us = self._latest_us if ended_us is None else ended_us
        if outside.failures:
            outside.outcome = FAILED
        elif ended_us is not None:
            outside.outcome = PASSED
        else:
            outside.outcome = UNKNOWN if origin == "fork" else INTERRUPTED
        self.closed.append(outside)

    def _next_slice(self) -> None:
        full = self.outside
        full.last, full.ended_us, full.outcome = False, self._latest_us, OPEN
        self.closed.append(full)
        self.outside = Scope(
            process=self._process,
            number=0,
            kind=PROCESS,
            name=full.name,
            event=full.event,
            started_us=self._latest_us,
            slice=full.slice + 1,
        )


def root(scope: Scope) -> Scope:
    """The outermost scope around a scope."""
    while scope.parent is not None:
        scope = scope.parent
    return scope
