"""Statements on the app's tables that went to another database system than the declared one."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.expected import is_other
from ormprobe.signals.bypasses import is_the_apps
from ormprobe.signals.data_statements import orm_of, tables_of
from ormprobe.signals.known import Known, in_tests
from ormprobe.source.databases import databases_in
from ormprobe.timeline.model import Scope, Site, Statement
from ormprobe.timeline.run import Connection
from ormprobe_taxonomy.signals import OtherDatabase, Place

READS = ("statements",)

_SHOWN = 3

_Sent = tuple[Statement, tuple[str, ...]]


def detect(scope: Scope, known: Known) -> Iterator[OtherDatabase]:
    declared = known.expected.database
    if declared is None:
        return
    watched = known.watched_orm()
    found: dict[tuple[str, Site | None, str | None], list[_Sent]] = {}
    for statement in scope.all_statements():
        connection = _connection(known, statement)
        if connection is None or not is_elsewhere(connection, declared):
            continue
        orm, tables = orm_of(statement, watched), tables_of(statement, known)
        if tables and is_the_apps(statement, orm, tables, known):
            key = (connection.system or "", connection.engine_site, orm)
            found.setdefault(key, []).append((statement, tables))
    configured = databases_in(known.source) if found else None
    for (used, engine, orm), sent in found.items():
        named = None if configured is None else configured.of(used)
        if (
            engine is None
            and configured is not None
            and named is None
            and configured.in_tests(used)
        ):
            continue
        first = sent[0][0]
        yield OtherDatabase(
            at_us=first.at_us,
            place=_place(known, engine, named, first.site if orm is None else None),
            declared=declared,
            used=used,
            orm=orm,
            chosen_outside=configured is not None and configured.chosen_outside,
            tables=tuple(dict.fromkeys(table for _, tables in sent for table in tables)),
            count=len(sent),
            events=tuple(statement.event for statement, _ in sent[:_SHOWN]),
        )


def is_elsewhere(connection: Connection, declared: str) -> bool:
    """Whether a connection leads to another system, and not for the sake of tests alone."""
    system = connection.system
    if system is None or in_tests(connection.engine_site):
        return False
    return is_other(system, declared)


def _connection(known: Known, statement: Statement) -> Connection | None:
    return known.run.connections.get((statement.process, statement.connection or 0))


def _place(
    known: Known, engine: Site | None, named: Place | None, raw: Site | None
) -> Place | None:
    """Where the database is chosen: the engine's line, else the one of the settings."""
    return known.place(engine) or named or known.place(raw)
