"""`ormprobe show`: opens a trace and tells its timeline part by part, as it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from ormprobe.reading.folder import open_trace
from ormprobe.report.timeline import as_json, as_text, selecting
from ormprobe.report.timeline.model import ScopeEntry
from ormprobe.timeline import build
from ormprobe.timeline.run import Run


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which scopes: see `selecting.select`."""

    scope: str | None = None
    failed: bool = False
    limit: int | None = None


class Timeline:
    """A trace's timeline. Raises UnreadableError where the folder holds none that can be read."""

    def __init__(self, trace: Path, wanted: Wanted) -> None:
        self._trace = open_trace(trace)
        self._wanted = wanted
        self._run = Run()
        self._shown = 0

    def text(self, console: Console) -> Iterator[str]:
        """A page for each outermost scope, then what was read."""
        process = ""
        for scope in self._scopes():
            if scope.process != process:
                process = scope.process
                yield f"events {process}:...\n\n"
            yield as_text.render(scope, console)
        yield f"{self._closing()}\n"

    def json(self) -> Iterator[str]:
        """The parts of one JSON document."""
        return as_json.document(self._trace.path, self._scopes(), self._run)

    def _scopes(self) -> Iterator[ScopeEntry]:
        wanted = self._wanted
        built = (scope for scope, _ in build(self._trace, self._run))
        for scope in selecting.select(built, wanted.scope, wanted.failed, wanted.limit):
            self._shown += 1
            yield scope

    def _closing(self) -> str:
        counts = self._run.counts
        parts = [
            f"{number} {word if number == 1 else word + 's'}"
            for number, word in (
                (counts.tests, "test"),
                (counts.requests, "request"),
                (counts.statements, "statement"),
                (counts.errors, "error"),
            )
            if number
        ]
        more = [f"{counts.malformed_lines} unreadable lines"] if counts.malformed_lines else []
        more += self._trace.left_out
        read = ", ".join([*parts, *more]) or "nothing"
        limit = self._wanted.limit
        if limit is not None and self._shown >= limit:
            return f"stopped at --limit {limit}; read until then: {read}"
        none = "" if self._shown else "no scope is as asked for; "
        return f"{none}read: {read}"
