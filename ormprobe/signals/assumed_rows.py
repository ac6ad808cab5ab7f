"""Rows that code took for granted: results of no row, of several, and aggregates over nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from ormprobe.signals.absence import exists, is_refusal_wanted
from ormprobe.signals.conflicts import without_expected
from ormprobe.signals.errors import cause_of, key_of, reading_of
from ormprobe.signals.known import Known, in_tests
from ormprobe.signals.linking import Linking
from ormprobe.source.origins import Absence, Origin, absences, is_returned, origins
from ormprobe.timeline.model import Error, Failure, Link, Scope, Site, Statement
from ormprobe_taxonomy.signals import RowsAssumed
from ormprobe_taxonomy.terms import Link as Tie

READS = ("errors", "failures")

CAUSE = "result-cardinality-mismatch"

MAX_TOLD = 200
"""Errors of one outcome whose statements are looked for."""

_BUILT_IN = ("AttributeError", "TypeError", "IndexError")
_AGGREGATE = re.compile(r"\b(?:max|min|sum|avg|total|array_agg|string_agg)\s*\(", re.IGNORECASE)
_LIBRARIES = ("sqlalchemy/", "django/db/", "peewee.py", "playhouse/", "tortoise/")


def detect(scope: Scope, known: Known) -> Iterator[RowsAssumed]:
    errors = [error for error in scope.all_errors() if cause_of(error) == CAUSE]
    failures = list(_built_in(scope, known))
    if not errors and not failures:
        return
    linking = Linking(scope, known)
    told = (_from_error(scope, known, linking, error) for error in errors)
    ended = (_from_failure(scope, known, linking, *failure) for failure in failures)
    found = (signal for signal in (*islice(told, MAX_TOLD), *ended) if signal is not None)
    yield from found


def _built_in(scope: Scope, known: Known) -> Iterator[tuple[Scope, Failure, Link]]:
    """The failures that a plain Python exception heads."""
    for owner, failure, link in plain_failures(scope, known):
        if link.type in _BUILT_IN:
            yield owner, failure, link


def plain_failures(scope: Scope, known: Known) -> Iterator[tuple[Scope, Failure, Link]]:
    """The failures that no recorded error heads, each exception once: where it ended the outcome,
    else the last request that it ended."""
    found: dict[tuple[object, ...], tuple[Scope, Failure, Link]] = {}
    for owner in scope.walk():
        for failure in owner.failures:
            link = raised_last(without_expected(known, failure))
            if link is None or not link.frames:
                continue
            same = (link.type, link.message, link.frames[0])
            if same not in found or found[same][0] is not scope:
                found[same] = owner, failure, link
    yield from found.values()


def raised_last(links: tuple[Link, ...]) -> Link | None:
    """The exception that was raised first of those that were translated, else the head."""
    if not links or any(link.error_number is not None for link in links):
        return None
    causes = [link for link in links if link.relation in (None, "cause")]
    return causes[-1] if causes else links[0]


def _from_error(scope: Scope, known: Known, linking: Linking, error: Error) -> RowsAssumed | None:
    caught = error.caught
    catches = known.source.catches(caught.path, caught.line) if caught is not None else ()
    handled = error.fate == "expected" or not _NAMES.isdisjoint(catches)
    tie = Tie.NONE if handled else linking.link(error, linking.fate(error), reading_of(error))
    if tie is Tie.NONE:
        return None
    site, how, proven = error.site, "raised", True
    statement: Statement | None = None
    if "NoneType" in error.message:
        how = "none"
        frames = error.frames or ((error.site,) if error.site is not None else ())
        traced = _traced(scope, known, frames, error.type, error.message, error.at_us)
        proven = traced is not None
        site, statement = traced if traced is not None else (site, None)
    elif error.status_code is None:
        statement = _asked(scope, error)
    signal = RowsAssumed(
        error=key_of(error),
        at_us=error.at_us,
        type=error.type,
        how=how,
        place=known.place(site),
        link=tie,
        proven=proven,
        wanted=is_refusal_wanted(scope, linking.step_of(error)),
        in_tests=in_tests(site),
        events=(error.event,),
    )
    return signal if statement is None else _about(signal, scope, known, statement)


_NAMES = frozenset(
    (
        "NoResultFound", "MultipleResultsFound", "DoesNotExist", "ObjectDoesNotExist",
        "ObjectDoesNotExistError", "MultipleObjectsReturned", "NotExistOrMultiple",
    )
)  # fmt: skip


def _from_failure(
    scope: Scope, known: Known, linking: Linking, owner: Scope, failure: Failure, link: Link
) -> RowsAssumed | None:
    if not raised_by_app(link):
        return None
    if not absences(known.source, link.frames[0], link.type, link.message):
        return None
    traced = _traced(owner, known, link.frames, link.type, link.message, failure.at_us)
    site, statement = traced if traced is not None else (link.frames[0], None)
    null = statement is not None and statement.rows is not None and statement.rows.count > 0
    how = "index" if link.type == "IndexError" else "null" if null else "none"
    step = owner if owner.kind == "request" else None
    signal = RowsAssumed(
        error=failure.event,
        at_us=failure.at_us,
        type=link.type,
        how=how,
        place=known.place(site),
        link=linking.of_failure(owner),
        proven=traced is not None,
        wanted=is_refusal_wanted(scope, step),
        in_tests=in_tests(site),
        events=(failure.event,),
    )
    return signal if statement is None else _about(signal, scope, known, statement)


def _about(signal: RowsAssumed, scope: Scope, known: Known, statement: Statement) -> RowsAssumed:
    """The signal with what is known of the statement."""
    rows = statement.rows
    entities = rows.entities if rows is not None else ()
    return replace(
        signal,
        fetched=known.place(statement.site),
        rows=rows.count if rows is not None else None,
        distinct=entities[0].distinct if len(entities) == 1 else None,
        reads=tuple(sorted(known.facts(statement).reads)),
        exists=exists(scope, known, statement),
        events=(statement.event, *signal.events),
    )


def raised_by_app(link: Link) -> bool:
    """Whether an exception came from the app's own line, or from the ORM that the line asked."""
    origin, site = link.origin or "", link.frames[0]
    path, _, function = origin.rpartition(":")
    if path.startswith(_LIBRARIES):
        return link.type == "IndexError"
    short = "/".join(site.path.replace("\\", "/").rsplit("/", 3)[-3:])
    return path.endswith(short) and function.rpartition(".")[2] == site.function.rpartition(".")[2]


def _traced(
    scope: Scope, known: Known, frames: tuple[Site, ...], kind: str, message: str, at_us: int
) -> tuple[Site, Statement] | None:
    """The statement whose result the failing line used, and the line that used or passed it."""
    if not frames:
        return None
    asked = [
        each
        for found in scope.walk()
        for each in found.statements
        if each.operation == "SELECT" and each.at_us <= at_us and each.rows is not None
    ]
    for absence in absences(known.source, frames[0], kind, message):
        for origin in origins(known.source, frames, absence.value):
            statement = _given_by(known, asked, origin)
            if statement is not None and _is_absent(statement, absence):
                return origin.frame, statement
    return None


def _given_by(known: Known, asked: list[Statement], origin: Origin) -> Statement | None:
    """The last statement of those that a call led to, where it hands on their result."""
    for statement in reversed(asked):
        if statement.load is not None and statement.load.kind in ("lazy", "deferred", "expired"):
            if statement.load.attribute == origin.attribute and _is_at(statement.site, origin):
                return statement
            if not _is_refined(known, statement):
                continue
        if origin.attribute is not None or (
            statement.load is not None and statement.load.kind == "eager"
        ):
            continue
        if _is_at(statement.site, origin):
            return statement
        way = (*((statement.site,) if statement.site is not None else ()), *statement.callers)
        for depth, site in enumerate(way):
            if depth and _is_at(site, origin):
                inner = way[:depth]
                handed_on = all(is_returned(known.source, each) for each in inner)
                return statement if handed_on else None
    return None


def _is_refined(known: Known, statement: Statement) -> bool:
    """Whether the app went on to ask what a relation handed out, as it asks a query: the other side
    of a foreign key is one in some ORMs."""
    site, load = statement.site, statement.load
    if site is None or load is None or load.attribute is None:
        return False
    asks = re.compile(rf"\.{re.escape(load.attribute)}\.\w+\(")
    return asks.search(known.source.line(site.path, site.line)) is not None


def _is_at(site: Site | None, origin: Origin) -> bool:
    frame = origin.frame
    return (
        site is not None
        and site.path == frame.path
        and site.function == frame.function
        and origin.start <= site.line <= origin.end
    )


def _is_absent(statement: Statement, absence: Absence) -> bool:
    """Whether a result lacked what the code used of it."""
    rows = statement.rows
    assert rows is not None
    if absence.index is not None:
        return rows.count <= absence.index
    if rows.count == 0:
        return True
    one = rows.count == 1 and bool(rows.values) and bool(_AGGREGATE.search(statement.text))
    return one and None in rows.values[0]


def _asked(scope: Scope, error: Error) -> Statement | None:
    """The statement whose rows the ORM refused: the last of the function that asked for them."""
    site = error.site
    found: Statement | None = None
    for statement in scope.all_statements():
        if statement.at_us > error.at_us:
            break
        if statement.process != error.process or statement.scope != error.scope:
            continue
        if statement.operation != "SELECT" or statement.site is None or site is None:
            continue
        if (statement.site.path, statement.site.function) == (site.path, site.function):
            found = statement
    if found is None or found.rows is None or found.rows.count == 1:
        return None
    return found
