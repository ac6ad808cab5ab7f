"""Coroutines of the data layer that were dropped, or used as if they were their results."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.signals.errors import reading_of_links
from ormprobe.signals.known import Known, failed_us, in_tests
from ormprobe.signals.pending_queries import (
    UNAWAITED,
    Used,
    key_of_use,
    place_of,
    used_pending,
)
from ormprobe.source.coroutines import (
    READ,
    RELEASE,
    SETTLE,
    WRITE,
    Made,
    effect_of,
    made_at,
    made_before,
    made_once,
    words_near,
)
from ormprobe.source.pending import awaits_queries, condition_at, pending_at
from ormprobe.timeline.model import AWAIT, Failure, Scope, Site, Unawaited
from ormprobe_taxonomy.signals import Place
from ormprobe_taxonomy.signals.connections import NeverAwaited

READS = ("failures", "unawaited")

_LIBRARIES = (
    "sqlalchemy", "asyncpg", "aiosqlite", "psycopg", "psycopg_pool", "aiomysql", "asyncmy",
    "databases", "django", "tortoise", "peewee", "playhouse",
)  # fmt: skip
_SETTLES = ("commit", "flush")
TRUTH = "truth"
_TRUTH = ".bool"
_ENDED = ("ExistsQuery", "CountQuery", "UpdateQuery", "DeleteQuery", "ContainsQuery")
_RELEASES = ("close", "rollback", "dispose", "aclose", "invalidate")
_WRITES = (
    "delete", "merge", "copy_records_to_table", "executemany", "run_sync", "create_all",
    "acreate", "asave", "adelete", "aupdate", "abulk_create", "abulk_update", "aget_or_create",
    "aupdate_or_create", "aadd", "aset", "aremove", "aclear",
    "save", "create", "update", "add", "remove", "clear", "get_or_create", "update_or_create",
    "bulk_create", "bulk_update", "execute_insert", "execute_many", "execute_script",
    "generate_schemas", "DeleteQuery", "UpdateQuery", "BulkCreateQuery", "BulkUpdateQuery",
    "adelete_instance", "adelete_by_id", "aset_by_id", "aexecute", "acreate_tables",
    "adrop_tables",
)  # fmt: skip


def detect(scope: Scope, known: Known) -> Iterator[NeverAwaited]:
    every = [dropped for found in scope.walk() for dropped in found.unawaited]
    for found in scope.walk():
        for failure in found.failures:
            yield from _used(known, failure, every)
        for dropped in found.unawaited:
            if dropped.name.endswith(_TRUTH):
                yield from _tested(known, dropped)
                continue
            if dropped.wants != AWAIT:
                continue
            yield _dropped(scope, known, dropped, bool(found.failures))


def _used(known: Known, failure: Failure, every: list[Unawaited]) -> Iterator[NeverAwaited]:
    """What the exception says was a coroutine, by the source of the line that used it.

    every: the coroutines that the outcome dropped. One that was handed on is known by these.
    """
    used = used_pending(known, failure)
    if used is not None:
        yield from _used_query(known, failure, used)
        return
    read = reading_of_links(failure.chain)
    if read is None or read[1].cause != "unawaited-db-call":
        return
    frames = read[0].frames or failure.chain[0].frames
    for site in frames:
        made = made_before(known.source, site.path, site.line, read[0].message)
        if made is not None:
            yield NeverAwaited(
                name=made.name,
                effect=made.effect,
                place=_place(known, site, made.line),
                at_us=failure.at_us,
                known=True,
                error=_key(failure),
                events=(failure.event,),
            )
            return
    if awaits_queries(known.source):
        query = pending_at(known.source, frames, read[0].message, frozenset())
        if query is not None:
            yield NeverAwaited(
                name=query.name,
                effect=query.effect,
                place=place_of(known, query),
                at_us=failure.at_us,
                known=True,
                error=key_of_use(failure, read[0]),
                events=(failure.event,),
            )
            return
    yield from _handed_on(known, failure, every)


def _used_query(known: Known, failure: Failure, query: Used) -> Iterator[NeverAwaited]:
    """A query object, which says itself that nothing awaited it."""
    if query.reading.cause != UNAWAITED:
        return
    made = query.made
    yield NeverAwaited(
        name=made.name if made is not None else "the ORM",
        query=True,
        effect=made.effect if made is not None else READ,
        place=place_of(known, made) if made is not None else known.place(query.site),
        at_us=failure.at_us,
        known=True,
        error=key_of_use(failure, query.link),
        events=(failure.event,),
    )


def _tested(known: Known, dropped: Unawaited) -> Iterator[NeverAwaited]:
    """A query whose truth was asked for, where it was not merely asked whether there is one."""
    site = dropped.site
    if site is None or in_tests(site):
        return
    made = condition_at(known.source, site.path, site.line)
    if made is None and dropped.name.partition(".")[0] not in _ENDED:
        return
    yield NeverAwaited(
        name=made.name if made is not None else dropped.name,
        effect=TRUTH,
        place=place_of(known, made) if made is not None else known.place(site),
        at_us=dropped.at_us,
        known=True,
        events=(dropped.event,),
    )


def _key(failure: Failure) -> str:
    """The name of the recorded error that a failure is, else of the failure itself."""
    for link in failure.chain:
        if link.error_number is not None:
            return f"{failure.process}/{link.error_number}"
    return failure.event


def _handed_on(known: Known, failure: Failure, every: list[Unawaited]) -> Iterator[NeverAwaited]:
    """A coroutine of a library that one function made and another one used as its result."""
    names = {
        dropped.name.rpartition(".")[2]
        for dropped in every
        if dropped.module.partition(".")[0] in _LIBRARIES
    }
    if len(names) != 1:
        return
    only = made_once(known.source, names.pop())
    if only is None:
        return
    path, function, made = only
    yield NeverAwaited(
        name=made.name,
        effect=made.effect,
        place=Place(path, made.line, known.source.qualified(path, made.line, function)),
        at_us=failure.at_us,
        known=True,
        error=failure.event,
        events=(failure.event, *(dropped.event for dropped in every[:3])),
    )


def _dropped(scope: Scope, known: Known, dropped: Unawaited, failed: bool) -> NeverAwaited:
    """failed: an exception ended the scope, and may have kept a later await from its turn."""
    site = dropped.site
    at_once = site is not None and dropped.frames[:1] == (site,)
    effect = _effect(known, dropped)
    return NeverAwaited(
        name=dropped.name,
        effect=effect or RELEASE,
        place=known.place(site),
        at_us=dropped.at_us,
        known=effect is not None and site is not None,
        expected=in_tests(site) or (failed and not at_once),
        query=dropped.module.endswith(".queryset"),
        felt=effect in (WRITE, SETTLE) and _is_felt(scope, known, dropped),
        events=(dropped.event,),
    )


def _is_felt(scope: Scope, known: Known, dropped: Unawaited) -> bool:
    """Whether a table that the coroutine is about was read after it, before the outcome failed."""
    site, until = dropped.site, failed_us(scope)
    if site is None:
        return False
    words = words_near(known.source, site.path, site.line, dropped.name)
    about = {
        table.name.lower()
        for table in known.run.tables.values()
        if table.name.lower() in words or (table.entity or "").lower() in words
    }
    about |= {name.lower() for name in known.run.created_tables} & words
    lost = [each for found in scope.walk() for each in found.transactions if each.end != "commit"]
    about |= {name for each in lost for write in each.writes for name in known.facts(write).writes}
    return any(
        statement.at_us > dropped.at_us
        and (until is None or statement.at_us <= until)
        and not statement.is_write
        and bool(known.facts(statement).reads & about)
        for statement in scope.all_statements()
    )


def _effect(known: Known, dropped: Unawaited) -> str | None:
    """What the coroutine would have done; None where it is nothing of the data layer."""
    plain = dropped.name.rpartition(".")[2]
    if dropped.module.partition(".")[0] not in _LIBRARIES:
        return effect_of(known.source, dropped.name)
    if plain in _SETTLES:
        return SETTLE
    if plain in _RELEASES:
        return RELEASE
    if plain in _WRITES:
        return WRITE
    made = _call(known, dropped)
    return made.effect if made is not None else "read"


def _call(known: Known, dropped: Unawaited) -> Made | None:
    site = dropped.site
    if site is None:
        return None
    return made_at(known.source, site.path, site.line, dropped.name)


def _place(known: Known, site: Site, line: int) -> Place:
    function = known.source.qualified(site.path, site.line, site.function)
    return Place(site.path, line, function)
