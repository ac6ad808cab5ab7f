"""Which statements are the app's own work on its data, and through which ORM they went."""

from __future__ import annotations

import re

from ormprobe.signals.known import Known, in_tests
from ormprobe.timeline.model import WRITES, Statement

_DATA = WRITES | {"SELECT", "WITH", "COPY"}
_CATALOG = re.compile(r"\b(?:information_schema|pg_catalog)\b", re.IGNORECASE)
_CATALOG_TABLE = re.compile(r"pg_|sqlite_|sys\.")
_FRAMEWORK = re.compile(
    r"alembic_version|aerich|migratehistory|(?:django|auth|authtoken|reversion)_"
)

OTHER_ORMS = {
    "django": "django",
    "peewee": "peewee",
    "playhouse": "peewee",
    "tortoise": "tortoise",
    "pony": "pony",
    "sqlobject": "sqlobject",
    "orator": "orator",
    "piccolo": "piccolo",
}
"""ORMs without a shim, by their packages: their statements are seen at the driver."""


def tables_of(statement: Statement, known: Known) -> tuple[str, ...]:
    """The app's own tables that a statement reads or changes; none for what is no data statement.

    Schema changes, probes, catalogs, version tables of migrations and tables of frameworks are
    not the app's work on its data; nor is what a test's own line sends.
    """
    if statement.operation not in _DATA or in_tests(statement.site):
        return ()
    if _CATALOG.search(statement.text):
        return ()
    facts = known.facts(statement)
    tables = facts.writes | facts.reads
    return tuple(
        sorted(
            table
            for table in tables
            if not _CATALOG_TABLE.match(table) and not _FRAMEWORK.match(table)
        )
    )


def orm_of(statement: Statement, watched: str | None) -> str | None:
    """The ORM that sent a statement, None for none. watched: the one whose shim was at work."""
    if statement.source is None:
        return statement.orm or watched
    return OTHER_ORMS.get(statement.library or "")
