"""Statements on the app's tables that went around the ORM which was declared."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.signals.data_statements import orm_of, tables_of
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Scope, Site, Statement
from ormprobe_taxonomy.signals import OrmBypassed

READS = ("statements",)

_SHOWN = 3


def detect(scope: Scope, known: Known) -> Iterator[OrmBypassed]:
    declared = known.expected.orm
    if declared is None:
        return
    watched = known.watched_orm()
    found: dict[tuple[Site | None, str | None], list[tuple[Statement, tuple[str, ...]]]] = {}
    for statement in scope.all_statements():
        orm = orm_of(statement, watched)
        if orm == declared or (orm is None and statement.source is None):
            continue
        tables = tables_of(statement, known)
        if tables and is_the_apps(statement, orm, tables, known):
            found.setdefault((statement.site, orm), []).append((statement, tables))
    for (site, orm), sent in found.items():
        first = sent[0][0]
        named = dict.fromkeys(table for _, tables in sent for table in tables)
        yield OrmBypassed(
            at_us=first.at_us,
            place=known.place(site),
            declared=declared,
            by=orm,
            operation=first.operation,
            tables=tuple(named),
            count=len(sent),
            events=tuple(statement.event for statement, _ in sent[:_SHOWN]),
        )


def is_the_apps(
    statement: Statement, orm: str | None, tables: tuple[str, ...], known: Known
) -> bool:
    """Whether the work is the app's: a library may keep a store of its own."""
    if known.is_setup(statement.process):
        return False
    if statement.source != "library" or orm is not None:
        return True
    return any(table in known.run.tables for table in tables)
