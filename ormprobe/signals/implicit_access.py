"""Loads and calls that needed the database where nobody could await it."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.signals.errors import cause_of, key_of, reading_of
from ormprobe.signals.known import Known
from ormprobe.signals.pending_queries import IMPLICIT, place_of, read_at, used_pending
from ormprobe.timeline.model import Error, Scope, Site, Statement, Transaction
from ormprobe_taxonomy.signals import Place
from ormprobe_taxonomy.signals.connections import ImplicitAccess

READS = ("errors", "failures")


def detect(scope: Scope, known: Known) -> Iterator[ImplicitAccess]:
    for error in scope.all_errors():
        if cause_of(error) != "async-implicit-io":
            continue
        expired = _expired_by(scope, known, error)
        yield ImplicitAccess(
            error=key_of(error),
            kind=_kind(known, error, expired),
            entity=error.entity,
            attribute=error.attribute,
            serializer=error.serializer,
            handler=known.place(_handler(scope, error)),
            committed=known.place(expired.site) if expired is not None else None,
            closed=error.detached is not None and error.detached.site is not None,
            looped=None if error.loop is None else error.loop != 0,
            read=_read(known, error),
            events=(error.event,),
        )
    yield from _of_failures(scope, known)


def _of_failures(scope: Scope, known: Known) -> Iterator[ImplicitAccess]:
    """Relations that were used without having been fetched, where only Python refused that."""
    for owner in scope.walk():
        for failure in owner.failures:
            used = used_pending(known, failure)
            if used is None or used.reading.cause != IMPLICIT or used.made is None:
                continue
            if used.link.error_number is not None:
                continue  # told above
            yield ImplicitAccess(
                error=failure.event,
                kind=used.reading.variant,
                entity=None,
                attribute=used.made.relation,
                read=place_of(known, used.made),
                events=(failure.event,),
            )


def _read(known: Known, error: Error) -> Place | None:
    """The line that read a relation and handed on what it gave, where that failed elsewhere."""
    made = read_at(known, error) if error.type == "AttributeError" else None
    return None if made is None or made.relation is None else place_of(known, made)


def _kind(known: Known, error: Error, expired: Transaction | None) -> str | None:
    reading = reading_of(error)
    if reading is not None and reading.variant is not None:
        return reading.variant
    if error.entity is None:
        return "sync-in-async" if error.attribute is None and not error.serializer else None
    if expired is not None or error.access == "expired":
        return "expired-after-commit"
    return "lazy-load"


def _handler(scope: Scope, error: Error) -> Site | None:
    """The request's handler, where a serializer read the attribute and no line of the app did.

    Such an error bears the handler as its site, where that was known in time.
    """
    if error.serializer is None:
        return None
    by_number = {(found.process, found.number): found for found in scope.walk()}
    found = by_number.get((error.process, error.scope or 0))
    while found is not None:
        if found.handler is not None:
            return found.handler if error.site in (None, found.handler) else None
        found = found.parent
    return None


def _expired_by(scope: Scope, known: Known, error: Error) -> Transaction | None:
    """The commit that expired the attribute, where it had been loaded before."""
    if error.entity is None or error.session is None:
        return None
    commits = [
        found
        for found in scope.all_transactions()
        if found.end == "commit"
        and (found.process, found.session) == (error.process, error.session)
        and found.ended_us is not None
        and found.ended_us <= error.at_us
    ]
    if not commits or not _had_it(scope, known, error, commits[-1].ended_us or 0):
        return None
    return commits[-1]


def _had_it(scope: Scope, known: Known, error: Error, until: int) -> bool:
    """Whether the object had the attribute before the commit: a column it was read or written
    with, or a relation that was loaded."""
    relation = _is_relation(known, error)
    for statement in scope.all_statements():
        if statement.at_us > until:
            return False
        if (statement.process, statement.session) != (error.process, error.session):
            continue
        load = statement.load
        if relation:
            named = load is not None and (load.entity, load.attribute) == (
                error.entity,
                error.attribute,
            )
            if named:
                return True
        elif _brought(known, statement, error):
            return True
    return False


def _is_relation(known: Known, error: Error) -> bool:
    table = known.run.entities.get(error.entity or "")
    return table is not None and any(each.name == error.attribute for each in table.relations)


def _brought(known: Known, statement: Statement, error: Error) -> bool:
    """Whether a statement read the object or wrote it."""
    if statement.is_write:
        table = known.run.entities.get(error.entity or "")
        return table is not None and table.name in known.facts(statement).writes
    if statement.rows is None:
        return False
    return any(
        found.entity == error.entity and (error.parent is None or error.parent in found.keys)
        for found in statement.rows.entities
    )
