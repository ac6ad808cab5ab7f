"""Builds the timeline of a trace as a stream of closed scopes; memory is bounded by open ones.

An outermost scope is handed out when it ended and its writes are settled: the transaction of a
request may end in a teardown after it, or when its session is collected. What waits for that is
bounded too, and scopes leave in the order they ended.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ormprobe.reading import events
from ormprobe.reading.files import ReadCounts
from ormprobe.reading.folder import Trace, merge, open_trace
from ormprobe.timeline.model import Scope
from ormprobe.timeline.process import ProcessTimeline
from ormprobe.timeline.run import Run
from ormprobe.timeline.scopes import SLICE

MAX_WAITING = 64
MAX_WAITING_EVENTS = 2 * SLICE

_MAY_SETTLE = (events.ScopeEnd, events.Transaction)


class Closed(NamedTuple):
    """An outermost scope that ended, and the run as far as it is read."""

    scope: Scope
    run: Run


def build(folder: Trace | Path, run: Run | None = None) -> Iterator[Closed]:
    """Each outermost scope of a trace when it is closed, and each process in slices.

    The run is filled on the way and complete after the last scope. Raises UnreadableError where
    the folder holds no trace that can be read.
    """
    trace = folder if isinstance(folder, Trace) else open_trace(folder)
    return _build(trace, Run() if run is None else run)


def _build(trace: Trace, run: Run) -> Iterator[Closed]:
    reads = ReadCounts()
    waiting = _Waiting()
    processes = [ProcessTimeline(run, f.name, f.pid, f.base_us) for f in trace.files]
    for at_us, index, line, event in merge(trace, reads):
        process = processes[index]
        if event is None:
            process.finish()
        else:
            process.take(at_us, line, event)
        closed = process.scopes.closed
        if closed:
            waiting.add(process, closed)
        if closed or event is None or isinstance(event, _MAY_SETTLE):
            closed.clear()
            _count(run, reads)
            for scope in waiting.ready():
                yield Closed(scope, run)
    _count(run, reads)
    for scope in waiting.rest():
        yield Closed(scope, run)


def _count(run: Run, reads: ReadCounts) -> None:
    run.counts.events = reads.events
    run.counts.malformed_lines = reads.malformed + reads.torn
    run.counts.unknown_kinds = sum(reads.unknown.values())


class _Waiting:
    """Scopes that ended, in that order, until their writes are settled or too much waits."""

    def __init__(self) -> None:
        self._queue: deque[tuple[ProcessTimeline, Scope, int]] = deque()
        self._events = 0

    def add(self, process: ProcessTimeline, scopes: list[Scope]) -> None:
        for scope in scopes:
            size = sum(found.events for found in scope.walk())
            self._events += size
            self._queue.append((process, scope, size))

    def ready(self) -> Iterator[Scope]:
        """Hand out what need not wait any longer."""
        while self._queue:
            process, scope, _ = self._queue[0]
            full = len(self._queue) > MAX_WAITING or self._events > MAX_WAITING_EVENTS
            if not full and not process.is_settled(scope):
                return
            yield self._pop()

    def rest(self) -> Iterator[Scope]:
        while self._queue:
            yield self._pop()

    def _pop(self) -> Scope:
        process, scope, size = self._queue.popleft()
        self._events -= size
        process.let_go(scope)
        return scope
