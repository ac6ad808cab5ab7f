"""Which scopes of a trace are shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from msgspec import structs

from ormprobe.report.timeline.entries import tell
from ormprobe.report.timeline.model import Entry, ScopeEntry
from ormprobe.timeline.model import Scope


def select(
    scopes: Iterable[Scope], pattern: str | None, failed: bool, limit: int | None
) -> Iterator[ScopeEntry]:
    """The outermost scopes that are wanted, in order.

    pattern: a glob on the name or route of a test, request or process, an outcome's identifier, or
    the number of an event: of a scope, or of anything in it. A test is shown with the requests
    inside it that match, or whole where it matches itself. failed: only what ended badly, or holds
    a request that did. limit: the most scopes.
    """
    shown = 0
    for scope in scopes:
        if limit is not None and shown >= limit:
            return
        if failed and not _failed(scope):
            continue
        if pattern is not None and ":" in pattern and not _may_hold(scope, pattern):
            continue
        told = tell(scope)
        if not _is_empty(told):
            found = told if pattern is None else pruned(told, pattern)
            if found is not None:
                shown += 1
                yield found


def pruned(scope: ScopeEntry, pattern: str) -> ScopeEntry | None:
    """The scope with those inside it that match; None where none does."""
    if matches(scope, pattern):
        return scope
    inside = [
        found
        for entry in scope.entries
        if isinstance(entry, ScopeEntry) and (found := pruned(entry, pattern)) is not None
    ]
    if inside:
        return structs.replace(scope, entries=tuple(inside), answer=None)
    return None


def matches(scope: ScopeEntry, pattern: str) -> bool:
    names = {scope.name, scope.event, scope.route, scope.path, f"{scope.type}:{scope.name}"}
    names.add(f"{scope.type}:{scope.name}#{scope.event}")
    if scope.method and scope.path:
        names.add(f"{scope.method} {scope.path}")
    if any(name is not None and (name == pattern or fnmatchcase(name, pattern)) for name in names):
        return True
    return any(_event(entry) == pattern for entry in scope.entries)


def _event(entry: Entry) -> str | None:
    return None if isinstance(entry, ScopeEntry) else entry.event


def _may_hold(scope: Scope, pattern: str) -> bool:
    """Whether an event's number may belong to a scope: a cheap look before it is told."""
    process = pattern.rpartition(":")[0]
    digits = process.replace("-", "")
    if not (digits.isdigit() and process.count("-") == 1):
        return True
    return any(found.process == process for found in scope.walk())


def _failed(scope: Scope) -> bool:
    bad = ("failed", "error", "interrupted")
    return any(
        found.outcome in bad or (found.kind == "request" and (found.status or 0) >= 500)
        for found in scope.walk()
    )


def _is_empty(scope: ScopeEntry) -> bool:
    """Whether a slice of a process has nothing to tell."""
    return scope.type == "process" and not scope.entries and not scope.is_bad
