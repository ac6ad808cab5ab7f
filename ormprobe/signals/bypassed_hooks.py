"""Set-based writes of classes that maintain columns when an instance is saved."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.checks.failing import failed_checks
from ormprobe.checks.model import FailedCheck
from ormprobe.signals.known import Known, in_tests
from ormprobe.signals.skipped_writes import read_later
from ormprobe.source.maintained import Maintained, calls_at, maintained, names_at
from ormprobe.sql.statements import statement_facts
from ormprobe.timeline.model import Scope, Statement
from ormprobe_taxonomy.signals import Place
from ormprobe_taxonomy.signals.unwritten import HookBypassed

READS = ("checks",)

_SETS = frozenset(
    ("update", "aupdate", "bulk_update", "abulk_update", "bulk_update_mappings", "update_many",
     "set_by_id", "aset_by_id", "text")
)  # fmt: skip
_INSERTS = frozenset(
    ("bulk_create", "abulk_create", "insert_many", "insert", "bulk_insert_mappings",
     "bulk_save_objects", "replace_many", "text", "insert_from")
)  # fmt: skip
_SAVES = frozenset(("save", "asave", "create", "acreate"))


def detect(scope: Scope, known: Known) -> Iterator[HookBypassed]:
    checks = [check for check in failed_checks(scope, known) if check.check.site is not None]
    if not checks:
        return
    named = frozenset(name for check in checks for name in _named(known, check))
    entities = {t.name.lower(): t.entity for t in known.run.tables.values() if t.entity}
    told: set[tuple[object, ...]] = set()
    for statement in scope.all_statements():
        if not statement.is_write or statement.site is None or in_tests(statement.site):
            continue
        for table in known.facts(statement).writes:
            entity = entities.get(table)
            if entity is not None:
                signal = _bypassed(scope, known, statement, entity, table, named)
                if signal is not None and (signal.place, signal.columns) not in told:
                    told.add((signal.place, signal.columns))
                    yield signal


def _named(known: Known, check: FailedCheck) -> frozenset[str]:
    """What a failing check is about, by the keys that differ and the words of its assertion."""
    found = {str(part) for leaf in check.leaves for part in leaf.path if isinstance(part, str)}
    if found:
        return frozenset(found)
    site = check.check.site
    return frozenset() if site is None else names_at(known.source, site.path, site.line)


def _bypassed(
    scope: Scope, known: Known, statement: Statement, entity: str, table: str, named: frozenset[str]
) -> HookBypassed | None:
    site = statement.site
    assert site is not None
    calls = calls_at(known.source, site.path, site.line)
    kinds = _SETS if statement.operation == "UPDATE" else _INSERTS
    if calls.isdisjoint(kinds) or not calls.isdisjoint(_SAVES) or statement.operation == "DELETE":
        return None
    system = known.system(statement.process, statement.connection)
    facts = statement_facts(statement.text, system)
    written = {column for column, _ in facts.assigned}
    left_out = [
        found
        for found in maintained(known.source, entity)
        if found.attribute in named and _is_left_out(found, statement, written)
    ]
    if not left_out or not facts.parsed:
        return None
    read = read_later(scope, known, {table}, statement.at_us)
    if not read:
        return None
    first = left_out[0]
    return HookBypassed(
        at_us=statement.at_us,
        place=known.place(site),
        entity=entity,
        columns=tuple(dict.fromkeys(found.attribute for found in left_out)),
        by=first.by,
        declared=Place(first.path, first.line, known.source.function_at(first.path, first.line)),
        tables=(table,),
        events=(statement.event,),
    )


def _is_left_out(found: Maintained, statement: Statement, written: set[str]) -> bool:
    """Whether a write did not set what it would have had to: an INSERT sets a default of it."""
    names = {found.attribute.lower(), f"{found.attribute.lower()}_id"}
    if statement.operation == "UPDATE":
        if written & names:
            return False
        needs = {name.lower() for name in found.needs}
        return not needs or bool(needs & written)
    return found.by != "auto_now"  # ORMs set these for the rows that they insert
