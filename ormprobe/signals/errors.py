"""Timeline errors as the exception tables read them."""

from __future__ import annotations

from collections.abc import Sequence

from ormprobe.timeline.model import Error, Link
from ormprobe_taxonomy.exceptions import read_one
from ormprobe_taxonomy.signals import Reading
from ormprobe_taxonomy.tables import TABLES
from ormprobe_taxonomy.tables.tortoise import QUERY


def key_of(error: Error) -> str:
    """An error's name within the run."""
    return f"{error.process}/{error.number}"


def told_by(error: Error) -> str:
    """The words of an error and of what it was raised from: an ORM may show the driver's as one
    quoted whole."""
    return "\n".join((error.message, *(link.message for link in error.chain)))


def reading_of(error: Error) -> Reading | None:
    """The reading of the innermost exception that the tables know; the driver knows best.

    Where two use one connection, Python itself may raise in the driver's code: what it says then
    is of no interest.
    """
    if error.busy is not None and error.module == "builtins":
        return Reading("concurrent-connection-use")
    for link in reversed(error.chain):
        found = read_one(link, TABLES)
        if found is not None:
            return found
    return read_one(error, TABLES) or _of_query(error) or _of_wait(error)


def _of_query(error: Error) -> Reading | None:
    """A query object that was used as its result, as the ORM's own shim saw it."""
    if error.entity is None or not QUERY.search(error.message):
        return None
    if error.attribute is not None and error.access is not None:
        return Reading("async-implicit-io", variant="relation-not-fetched")
    return Reading("unawaited-db-call")


def _of_wait(error: Error) -> Reading | None:
    """A wait for a connection that was given up while all of a pool's were out."""
    if error.held and error.type in ("CancelledError", "TimeoutError"):
        return Reading("connection-pool-exhaustion")
    return None


def cause_of(error: Error) -> str | None:
    found = reading_of(error)
    return found.cause if found is not None else None


def reading_of_links(links: Sequence[Link]) -> tuple[Link, Reading] | None:
    """The innermost exception of a chain that the tables know, with its reading."""
    for link in reversed(links):
        found = read_one(link, TABLES)
        if found is not None:
            return link, found
    return None
