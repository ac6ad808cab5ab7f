"""Queries that no `await` ran and that plain Python code used as their result.

Python names the class alone, which several ORMs have: whether it is one that is awaited is decided
by what the app imports, and what it was by the line that made it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ormprobe.signals.known import Known, in_tests
from ormprobe.source.pending import Pending, awaits_queries, pending_at
from ormprobe.timeline.model import Error, Failure, Link, Site
from ormprobe_taxonomy.exceptions import read_one
from ormprobe_taxonomy.signals import Place, Reading
from ormprobe_taxonomy.tables import TABLES
from ormprobe_taxonomy.tables.tortoise import QUERY

IMPLICIT = "async-implicit-io"
UNAWAITED = "unawaited-db-call"
NOT_FETCHED = "relation-not-fetched"

_KINDS = frozenset(("AttributeError", "TypeError", "ParamsError", "PydanticSerializationError"))


@dataclass(frozen=True, slots=True)
class Used:
    """The exception of a failure that is about such a query. site: of the line that used it."""

    link: Link
    site: Site | None
    made: Pending | None

    @property
    def reading(self) -> Reading:
        if self.made is not None and self.made.relation is not None:
            return Reading(IMPLICIT, variant=NOT_FETCHED)
        return Reading(UNAWAITED)


def used_pending(known: Known, failure: Failure) -> Used | None:
    """The use of a query object that ended an outcome, None for any other failure."""
    for link in reversed(failure.chain):
        if _KINDS.isdisjoint((link.type, *link.mro)) or not QUERY.search(link.message):
            continue
        if not awaits_queries(known.source):
            return None
        frames = link.frames or failure.chain[0].frames
        if frames and in_tests(frames[0]):
            return None
        made = pending_at(known.source, frames, link.message, relations(known))
        return Used(link, frames[0] if frames else None, made)
    return None


def read_at(known: Known, error: Error) -> Pending | None:
    """What gave the query object, or the relation, that a recorded error is about."""
    if not error.frames:
        return None
    return pending_at(known.source, error.frames, error.message, relations(known))


def reading_of_pending(known: Known, failure: Failure) -> tuple[Link, Reading] | None:
    """A failure that no table reads for certain, as the use of a query object."""
    used = used_pending(known, failure)
    if used is None:
        return None
    reading = read_one(used.link, TABLES)
    if reading is not None and reading.cause != UNAWAITED:
        return None  # a table knows better
    return used.link, used.reading


def place_of(known: Known, made: Pending) -> Place:
    """The line that gave a query object."""
    return Place(made.path, made.line, known.source.function_at(made.path, made.line))


def key_of_use(failure: Failure, link: Link) -> str:
    """The name of what a failure raised: of the recorded error, else of the failure itself."""
    number = link.error_number
    return failure.event if number is None else f"{failure.process}/{number}"


def relations(known: Known) -> frozenset[str]:
    """The names of the mapped relations that lead to one object or to several."""
    return frozenset(_relations(known))


def _relations(known: Known) -> Iterator[str]:
    for table in known.run.tables.values():
        for relation in table.relations:
            yield relation.name
