"""Printed exceptions as the signals that rules read, with what their words alone prove."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ormprobe.logs.model import Runtime, Thrown, Traceback
from ormprobe.signals.missing_tables import table_named
from ormprobe.sql.facts import sql_facts
from ormprobe.triage.places import Places, is_data_access, is_foreign, own_frame
from ormprobe.triage.whose import kind_of
from ormprobe_taxonomy.exceptions import read_one
from ormprobe_taxonomy.finished import Kind
from ormprobe_taxonomy.signals import (
    CodeBroken,
    NeverAwaited,
    Place,
    Raised,
    Reading,
    RowsAssumed,
    Signal,
    TableMissing,
    UsedClosed,
)
from ormprobe_taxonomy.tables import TABLES
from ormprobe_taxonomy.terms import Fate, Link

_CLOSED = re.compile(r"released back to the pool|on a closed (?:database|cursor|connection)", re.I)
_AGAIN = re.compile(r"threads can only be started once", re.I)
_CARDINALITY = "result-cardinality-mismatch"
_LIFECYCLE = "connection-lifecycle-violation"
_UNAWAITED = "unawaited-db-call"
_PLAIN = frozenset(
    ("NameError", "UnboundLocalError", "AttributeError", "ImportError", "ReferenceError")
)
_CALLS = frozenset(("TypeError", "KeyError", "IndexError"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One traceback of a log, and what can be made of it.

    key: names it in the run. event: its first line, `file:line`. reading: what the exception tables
    say, None where no row knows it; kind: whose it is then. place: the app's own line.
    """

    key: str
    order: int
    event: str
    traceback: Traceback
    thrown: Thrown
    reading: Reading | None
    kind: Kind | None
    place: Place | None
    broken: str | None

    @property
    def signature(self) -> tuple[str, str | None, Place | None]:
        """What makes two tracebacks the same failure."""
        return self.thrown.type, self.reading.cause if self.reading else None, self.place


def told_of(traceback: Traceback, file: str, order: int, places: Places) -> Told:
    """What a traceback says. file: the log's name. order: its place among all that happened."""
    thrown, reading = _read(traceback.chain)
    frame = own_frame(traceback.chain)
    event = f"{file}:{traceback.first}"
    broken = _broken(traceback) if reading is None else None
    return Told(
        key=event,
        order=order,
        event=event,
        traceback=traceback,
        thrown=thrown,
        reading=reading,
        kind=None if reading is not None or broken else kind_of(traceback),
        place=places.place(frame),
        broken=broken,
    )


def _read(chain: tuple[Thrown, ...]) -> tuple[Thrown, Reading | None]:
    """The driver's exception that an ORM wraps, else the innermost that the tables know; where they
    know none, the one that surfaced."""
    wrapped = [thrown for thrown in chain if thrown.relation == "orig"]
    for thrown in (*wrapped, *reversed(chain)):
        found = read_one(thrown, TABLES)
        if found is not None:
            return thrown, found
    return next((thrown for thrown in chain if thrown.type), chain[0]), None


def _broken(traceback: Traceback) -> str | None:
    """How an error of plain code is known to be the data layer's: raised in its own frame."""
    deepest = traceback.chain[-1]
    if not deepest.frames or is_foreign(deepest.frames[-1]):
        return None
    if deepest.type not in _PLAIN | _CALLS or kind_of(traceback) is Kind.CALLER:
        return None
    return is_data_access(deepest.frames[-1])


def signals_of(told: Told, link: Link, scrub: Callable[[Told], str]) -> Iterator[Signal]:
    """The signals of a traceback that is tied to an outcome. scrub: its message, to be shown."""
    message = scrub(told)
    if told.broken is not None and told.place is not None:
        yield CodeBroken(
            error=told.key, at_us=told.order, type=told.thrown.type, message=message,
            place=told.place, link=link, access=told.broken, before=False, events=(told.event,),
        )  # fmt: skip
        return
    statement = next((each.sql for each in told.traceback.chain if each.sql), None)
    facts = sql_facts(statement, None) if statement else None
    yield Raised(
        key=told.key,
        at_us=told.order,
        type=told.thrown.type,
        message=message,
        reading=told.reading,
        fate=Fate.SURFACED,
        link=link,
        place=told.place,
        statement=statement,
        operation=statement.split(None, 1)[0].upper() if statement and statement.strip() else None,
        reads=tuple(sorted(facts.reads)) if facts else (),
        writes=tuple(sorted(facts.writes)) if facts else (),
        autoflush="Query-invoked autoflush" in told.thrown.message,
        events=(told.event,),
    )
    yield from _about(told, link)


def _about(told: Told, link: Link) -> Iterator[Signal]:
    """What the words of an exception prove by themselves."""
    cause = told.reading.cause if told.reading is not None else None
    words = told.thrown.message
    events = (told.event,)
    if cause == "schema-not-created" and (table := table_named(words)):
        yield TableMissing(
            error=told.key, table=table, declared=False, created=False, split=False, events=events
        )
    elif cause == _LIFECYCLE and (kind := _closing(words)):
        yield UsedClosed(
            error=told.key, kind=kind, closed=None, used=told.place, shared=True, events=events
        )
    elif cause == _CARDINALITY:
        yield RowsAssumed(
            error=told.key, at_us=told.order, type=told.thrown.type, how="raised",
            place=told.place, link=link, proven=True, events=events,
        )  # fmt: skip
    elif cause == _UNAWAITED:
        python = told.traceback.runtime is Runtime.PYTHON
        yield NeverAwaited(
            name=_coroutine(words) or "a query", effect="read", place=None, at_us=told.order,
            known=python and told.place is not None, error=told.key, events=events,
        )  # fmt: skip


def _closing(words: str) -> str | None:
    if _AGAIN.search(words):
        return "again"
    return "closed" if _CLOSED.search(words) else None


_COROUTINE = re.compile(r"coroutine '?([\w.]+)'?")


def _coroutine(words: str) -> str | None:
    found = _COROUTINE.search(words)
    return found[1] if found and found[1] not in ("object", "has") else None
