"""Errors of the data layer, what became of each, and how each is tied to the outcome's failure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ormprobe.signals.closed_before import LIFECYCLE, is_ended
from ormprobe.signals.errors import key_of, reading_of, reading_of_links
from ormprobe.signals.known import Known, failed_us
from ormprobe.signals.linking import Linking
from ormprobe.signals.misused_objects import misused
from ormprobe.signals.never_set_up import reading_of_missing
from ormprobe.signals.pending_queries import reading_of_pending
from ormprobe.signals.refining import refined, with_followers, with_skipped_releases
from ormprobe.signals.rereading import reread, with_one_mapping
from ormprobe.source.lazily_built import built_at
from ormprobe.sql.facts import sql_facts
from ormprobe.timeline.model import Error, Failure, Link, Scope
from ormprobe_taxonomy.causes.database_runtime_error.failed_transaction_reuse import ID as REUSE
from ormprobe_taxonomy.causes.database_runtime_error.failed_transaction_reuse import is_expected
from ormprobe_taxonomy.signals import Place, Raised, Reading
from ormprobe_taxonomy.terms import Fate
from ormprobe_taxonomy.terms import Link as Tie

READS = ("errors", "failures")

_COLUMN = re.compile(r"(?:failed: |column \"?)(\w+)\.(\w+)|(?:[Cc]olumn|Field) [\"'](\w+)[\"']")


def detect(scope: Scope, known: Known) -> Iterator[Raised]:
    linking = Linking(scope, known)
    until = failed_us(scope)
    errors = [
        error
        for error in scope.all_errors()
        if until is None or error.at_us <= until or linking.in_chain(error)
    ]
    found = [_from_error(scope, known, linking, error) for error in errors]
    found = with_one_mapping(_with_echoes(found))
    yield from with_skipped_releases(errors, with_followers(found))
    for owner in scope.walk():
        for failure in owner.failures:
            yield from _from_failure(known, linking, owner, failure)


def _from_error(scope: Scope, known: Known, linking: Linking, error: Error) -> Raised:
    read = Reading(LIFECYCLE) if is_ended(scope, error) else reading_of(error)
    reading = reread(known, error, refined(known, error, read))
    fate = linking.fate(error)
    caught = error.caught
    catches = known.source.catches(caught.path, caught.line) if caught is not None else ()
    session = None if error.session is None else f"{error.process}/{error.session}"
    transaction = None if error.transaction is None else f"{error.process}/{error.transaction}"
    return Raised(
        key=key_of(error),
        at_us=error.at_us,
        type=error.type,
        message=_message(error),
        reading=reading,
        fate=fate,
        link=linking.link(error, fate, reading),
        place=_place(known, linking, error),
        caught=known.place(caught),
        catches=catches,
        session=session,
        transaction=transaction,
        connection=None if error.connection is None else f"{error.process}/{error.connection}",
        entity=error.entity,
        attribute=error.attribute,
        operation=error.operation,
        statement=error.statement,
        reads=_reads(known, error),
        writes=_writes(known, error),
        autoflush="Query-invoked autoflush" in error.message,
        foreign_key=_is_foreign_key(known, error),
        events=(error.event,),
    )


def _place(known: Known, linking: Linking, error: Error) -> Place | None:
    """The error's own line, or what comes nearest to it where frameworks alone were at work."""
    handled = linking.handled_at(error)
    if not error.frames or (handled is not None and error.site == handled):
        built = built_at(known.source, _message(error))
        if built is not None:
            return built
    return known.place(error.site or linking.raised_at(error) or handled)


def _message(error: Error) -> str:
    inner = error.chain[-1].message if error.chain else ""
    return inner or error.message


def _with_echoes(found: list[Raised]) -> list[Raised]:
    """Settle what refusals of a broken transaction are: echoes of its first error, or the defect.

    Where that error was a conflict that the app expected, going on is the defect, and the conflict
    is blamed for nothing. Else the refusal is an echo, and the first error stands in its place.
    """
    for index, refusal in enumerate(found):
        if refusal.reading is None or refusal.reading.cause != REUSE:
            continue
        first = _origin(found[:index], refusal)
        if first is None:
            continue
        origin = found[first]
        if is_expected(origin):
            found[first] = replace(origin, link=Tie.NONE)
        else:
            found[index] = replace(refusal, follows=origin.key)
            found[first] = replace(origin, link=min(origin.link, refusal.link, key=_TIES.index))
    return found


_TIES = list(Tie)


def _origin(earlier: list[Raised], refusal: Raised) -> int | None:
    """The latest earlier error of the same session or transaction that is no refusal itself.

    What runs inside a harness's transaction is of none of the app's: then the connection tells.
    """
    for index in range(len(earlier) - 1, -1, -1):
        other = earlier[index]
        same = (refusal.session is not None and other.session == refusal.session) or (
            refusal.transaction is not None and other.transaction == refusal.transaction
        )
        bare = refusal.session is refusal.transaction is other.session is other.transaction is None
        connected = refusal.connection is not None and other.connection == refusal.connection
        same = same or (bare and connected)
        if same and other.reading is not None and other.reading.cause != REUSE:
            return index
    return None


def _reads(known: Known, error: Error) -> tuple[str, ...]:
    if not error.statement:
        return ()
    system = known.system(error.process, error.connection)
    return tuple(sorted(sql_facts(error.statement, system).reads))


def _writes(known: Known, error: Error) -> tuple[str, ...]:
    if not error.statement:
        return ()
    system = known.system(error.process, error.connection)
    return tuple(sorted(sql_facts(error.statement, system).writes))


def _is_foreign_key(known: Known, error: Error) -> bool:
    found = _COLUMN.search(_message(error))
    if found is None:
        return False
    name = found.group(2) or found.group(3)
    tables = known.run.tables.values()
    named = [table for table in tables if found.group(1) in (None, table.name)]
    columns = [table.column(name) for table in named]
    return any(column is not None and column.foreign_key is not None for column in columns)


def _from_failure(
    known: Known, linking: Linking, owner: Scope, failure: Failure
) -> Iterator[Raised]:
    """What a failure's chain says where no recorded error speaks: drivers, missing modules."""
    if any(_is_recorded(link) for link in failure.chain):
        return
    found = (
        reading_of_pending(known, failure)
        or reading_of_links(failure.chain)
        or reading_of_missing(known, failure)
        or misused(known, failure)
    )
    if found is None:
        return
    link, reading = found
    frames = link.frames or failure.chain[0].frames
    yield Raised(
        key=failure.event,
        at_us=failure.at_us,
        type=link.type,
        message=link.message,
        reading=reading,
        fate=Fate.SURFACED,
        link=linking.of_failure(owner),
        place=known.place(frames[0] if frames else linking.handler_of(owner)),
        events=(failure.event,),
    )


def _is_recorded(link: Link) -> bool:
    return link.error is not None or link.error_number is not None
