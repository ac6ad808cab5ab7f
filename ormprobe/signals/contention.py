"""Who stood in the way of a write that met a lock, or rows that were no longer there."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.signals.errors import cause_of, key_of
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Error, Scope, Statement
from ormprobe_taxonomy.refusals import Contended

READS = ("errors",)


def detect(scope: Scope, known: Known) -> Iterator[Contended]:
    for error in scope.all_errors():
        if cause_of(error) != "write-conflict":
            continue
        holder = _holder(scope, known, error)
        gone = _deleted(scope, known, error)
        yield Contended(
            error=key_of(error),
            own=known.place(holder.site) if holder is not None else None,
            held=holder is not None,
            deleted=known.place(gone.site) if gone is not None else None,
            events=tuple(found.event for found in (holder, gone) if found is not None)
            or (error.event,),
        )


def _holder(scope: Scope, known: Known, error: Error) -> Statement | None:
    """A write of the same work on another connection, whose transaction had not ended then."""
    if error.connection is None:
        return None
    for statement in scope.all_statements():
        if statement.process != error.process or statement.at_us >= error.at_us:
            continue
        if not statement.is_write or statement.durable or statement.undone:
            continue
        if statement.connection is None or statement.connection == error.connection:
            continue
        settled = statement.settled_by
        ended = settled.ended_us if settled is not None else None
        # threads of one outcome contend as strangers do: their work goes on by itself
        link = known.run.connections.get((statement.process, statement.connection))
        thread = link.thread if link is not None else None
        if (ended is None or ended > error.at_us) and not _differ(thread, error.thread):
            return statement
    return None


def _differ(one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and one != other


def _deleted(scope: Scope, known: Known, error: Error) -> Statement | None:
    """A DELETE of the same work on the table of the object that was found to be gone."""
    table = known.run.entities.get(error.entity or "")
    if error.type not in ("ObjectDeletedError", "InvalidRequestError") or table is None:
        return None
    for statement in scope.all_statements():
        earlier = statement.at_us < error.at_us and statement.operation == "DELETE"
        if earlier and table.name.lower() in known.facts(statement).writes:
            return statement
    return None
