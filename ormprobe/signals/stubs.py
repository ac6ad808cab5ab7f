"""Answers that no statement was sent for, where a failing check asks for rows written before."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.checks import FailedCheck, failed_checks
from ormprobe.checks.values import core, is_strong, scalars
from ormprobe.signals.known import Known, requests_of
from ormprobe.signals.linking import Linking
from ormprobe.source.answer_keys import folded
from ormprobe.source.constants import answered_at
from ormprobe.timeline.model import WRITES, Scope, Site, Statement
from ormprobe_taxonomy.signals import AnsweredUnread

READS = ("checks",)

_DATA = WRITES | {"SELECT", "WITH"}
_SUCCESS = range(200, 300)


def detect(scope: Scope, known: Known) -> Iterator[AnsweredUnread]:
    linking: Linking | None = None
    for failed in failed_checks(scope, known):
        target = failed.target
        if target is None or target.kind != "request" or target is scope:
            continue
        if target.status not in _SUCCESS or target.response is None:
            continue
        if not isinstance(target.response.body, dict):
            continue
        linking = linking or Linking(scope, known)
        handler = linking.handler_of(target)
        if handler is not None and not _asked(target, handler):
            found = _signal(scope, known, failed, target, handler)
            if found is not None:
                yield found


def _asked(target: Scope, handler: Site) -> bool:
    """Whether a request's handler led to a statement on data: who calls is looked up before it."""
    own = (handler.path, handler.function.rpartition(".")[2])
    return any(
        own in [(each.path, each.function.rpartition(".")[2]) for each in _ways(statement)]
        for statement in target.all_statements()
        if statement.operation in _DATA
    )


def _ways(statement: Statement) -> Iterator[Site]:
    if statement.site is not None:
        yield statement.site
    yield from statement.callers
    yield from statement.composed


def _signal(
    scope: Scope, known: Known, failed: FailedCheck, target: Scope, handler: Site
) -> AnsweredUnread | None:
    line = answered_at(known.source, handler.path, handler.line)
    if line is None and any(s.operation in _DATA for s in target.all_statements()):
        return None  # sent on a way that was not seen
    before = [s for s in scope.all_statements() if s.at_us < target.started_us and s.is_write]
    written = {found for each in before for found in _strong(each)}
    wanted = {
        core(value)
        for leaf in failed.leaves
        for value in scalars(leaf.expected)
        if is_strong(value)
    }
    tables = sorted({table for each in before for table in known.facts(each).writes})
    table = None if line is None else _table_of(known, target)
    if table is None and not (before and (wanted & written or _neighbours(scope, target))):
        return None
    where = handler
    if line is not None:
        function = known.source.function_at(line[0], line[1])
        where = Site(line[0], line[1], handler.function if function == "<module>" else function)
    return AnsweredUnread(
        at_us=target.started_us,
        place=known.place(where),
        handler=known.place(handler),
        route=target.name,
        constant=line is not None,
        missed=bool(wanted & written),
        table=table,
        tables=tuple(tables),
        events=(target.event, *(each.event for each in before[-1:]), failed.check.event),
    )


def _table_of(known: Known, target: Scope) -> str | None:
    """The table that bears the name of what a route leads to."""
    resource = folded((_resource(target.route or target.path) or "").rpartition("/")[2])
    names = {folded(name): name for name in (*known.run.tables, *known.run.created_tables)}
    return names.get(resource) if resource else None


def _strong(write: Statement) -> Iterator[str | int | None]:
    for bind in write.bind_values:
        for value in scalars(bind):
            if is_strong(value):
                yield core(value)


def _neighbours(scope: Scope, target: Scope) -> list[str]:
    """Other requests on the same resource that sent statements on data."""
    resource = _resource(target.route or target.path)
    if resource is None:
        return []
    found = {
        each.name: None
        for each in requests_of(scope)
        if each is not target
        and each.name != target.name
        and _resource(each.route or each.path) == resource
        and any(statement.is_write for statement in each.all_statements())
    }
    return list(found)[:3]


def _resource(route: str | None) -> str | None:
    """The last fixed part of a route before its first parameter."""
    fixed: list[str] = []
    for part in (route or "").strip("/").split("/"):
        if any(mark in part for mark in "{<:(["):
            break
        fixed.append(part)
    return "/".join(fixed) or None
