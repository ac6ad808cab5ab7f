"""Writes whose transaction ended without a commit, and what was read of them afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ormprobe.signals.errors import cause_of
from ormprobe.signals.known import Known, failed_us, in_tests, requests_of
from ormprobe.signals.rehearsal import rehearses
from ormprobe.timeline.model import OPEN, Error, Scope, Site, Statement, Transaction
from ormprobe.timeline.statements import created_table
from ormprobe_taxonomy.signals import WriteLost

READS = ("transactions",)

_TEMPORARY = re.compile(r"\s*CREATE\s+(?:(?:GLOBAL|LOCAL)\s+)?TEMP", re.IGNORECASE)


def detect(scope: Scope, known: Known) -> Iterator[WriteLost]:
    brief: set[str] | None = None
    for transaction in scope.all_transactions():
        if transaction.end == "commit" or _ended_with_its_database(transaction, known):
            continue
        lost = [write for write in transaction.writes if not write.undone and not write.durable]
        if lost:
            brief = _temporary(scope) if brief is None else brief
            lost = [each for each in lost if not known.facts(each).writes & brief]
        if lost:
            yield _signal(scope, known, transaction, lost)


def _signal(
    scope: Scope,
    known: Known,
    transaction: Transaction,
    lost: list[Statement],
) -> WriteLost:
    explicit = [write for write in lost if write.via != "autoflush"]
    last = (explicit or lost)[-1]
    tables = dict.fromkeys(table for write in lost for table in sorted(known.facts(write).writes))
    request = _request_of(scope, last)
    end = _end_at(transaction, failed_us(scope))
    ended = transaction.ended_us if end != OPEN else None
    return WriteLost(
        at_us=ended or last.at_us,
        place=known.place(_owner(known, transaction, last) or last.site),
        ended=known.place(transaction.site),
        end=end,
        by=_asked_by(known, transaction, end),
        tables=tuple(tables),
        writes=len(lost) + transaction.more,
        explicit=bool(explicit),
        answered=request.status if request is not None else None,
        method=request.method if request is not None else None,
        kept_on=_kept_on(scope, transaction, request),
        read=tuple(_read_later(scope, known, transaction, last, set(tables), end == OPEN)),
        harness=_is_harness(scope, transaction, last),
        let_go_by_test=_is_let_go_by_test(scope, transaction, end),
        rehearsal=rehearses(request, last.site),
        session=None
        if transaction.session is None
        else f"{transaction.process}/{transaction.session}",
        transaction=f"{transaction.process}/{transaction.number}",
        events=(last.event, transaction.event),
    )


def _ended_with_its_database(transaction: Transaction, known: Known) -> bool:
    """Whether the connection was closed that the whole database lived in: nothing could last."""
    if transaction.end != "close" or transaction.connection is None:
        return False
    found = known.run.connections.get((transaction.process, transaction.connection))
    return found is not None and found.memory


def _owner(known: Known, transaction: Transaction, last: Statement) -> Site | None:
    """The caller that held the session, where callers commit and the code that wrote never does."""
    if last.site is None or known.source.commits(last.site.path):
        return None
    for frame in transaction.frames:
        if in_tests(frame) or frame.path == last.site.path:
            return None
        if known.source.commits(frame.path) and not known.source.is_exit(frame.path, frame.line):
            return frame
    return None


def _asked_by(known: Known, transaction: Transaction, end: str) -> str:
    """Who asked for the end; `cleanup` for a rollback that awaits a commit, which never came."""
    site = transaction.site
    if end == OPEN or transaction.by is None:
        return "unknown"
    if transaction.by == "app" and site is not None:
        if not known.source.is_cleanup(site.path, site.line):
            return "app"
        return "exception" if transaction.raised else "cleanup"
    return transaction.by


def _temporary(scope: Scope) -> set[str]:
    """Tables that live no longer than their connection: nothing in them is meant to last."""
    texts = [each.text for each in scope.all_statements() if each.operation == "CREATE"]
    return {(created_table(text) or "").lower() for text in texts if _TEMPORARY.match(text)}


def _end_at(transaction: Transaction, failed: int | None) -> str:
    """How the transaction stood when the outcome failed: an end that came later is none."""
    if failed is not None and transaction.ended_us is not None and transaction.ended_us > failed:
        return OPEN
    return transaction.end


def _request_of(scope: Scope, statement: Statement) -> Scope | None:
    for found in scope.walk():
        own = (found.process, found.number) == (statement.process, statement.scope)
        if own and found.kind == "request":
            return found
    return None


def _kept_on(scope: Scope, transaction: Transaction, request: Scope | None) -> bool:
    """Whether the work ended well by its own account: no error of its own, no error status."""
    if request is not None and (request.status or 0) >= 400:
        return False
    for error in scope.all_errors():
        if _is_answer(error):
            continue
        same = error.process == transaction.process and (
            error.transaction == transaction.number
            or (error.session is not None and error.session == transaction.session)
        )
        before_end = transaction.ended_us is None or error.at_us <= transaction.ended_us
        if same and before_end and error.at_us >= (transaction.began_us or 0):
            return False
    return True


def _is_answer(error: Error) -> bool:
    """Whether an error only told that no row was there, or several, to who had asked for that."""
    told = cause_of(error) == "result-cardinality-mismatch"
    return told and error.fate in ("library", "caught", "expected", "never-raised")


def _read_later(
    scope: Scope,
    known: Known,
    transaction: Transaction,
    last: Statement,
    tables: set[str],
    still_open: bool,
) -> Iterator[str]:
    """The lost tables that something else read after the loss and before the failure."""
    since = last.at_us if still_open else (transaction.ended_us or last.at_us)
    until = failed_us(scope)
    for statement in scope.all_statements():
        if statement.at_us <= since:
            continue
        if until is not None and statement.at_us > until:
            break
        if statement.is_write or (still_open and _on_same_connection(statement, transaction)):
            continue
        found = tables & known.facts(statement).reads
        yield from sorted(found)
        tables -= found


def _on_same_connection(statement: Statement, transaction: Transaction) -> bool:
    return (statement.process, statement.connection) == (
        transaction.process,
        transaction.connection,
    )


def _is_let_go_by_test(scope: Scope, transaction: Transaction, end: str) -> bool:
    """Whether a test's own lines closed what the app wrote on, and went on to look for the rows.

    A harness takes back what it wants to be gone, or closes when the test is over.
    """
    ended, failed = transaction.ended_us, failed_us(scope)
    if end == OPEN or ended is None or failed is None or ended > failed:
        return False
    if transaction.by not in ("close", "exit") or scope.kind != "test":
        return False
    return in_tests(transaction.site) and all(in_tests(frame) for frame in transaction.frames)


def _is_harness(scope: Scope, transaction: Transaction, last: Statement) -> bool:
    """Whether test code wrote the rows, or ended the transaction itself, as harnesses do.

    What ends inside a request was ended by the app or its framework: only the client is the test's.
    """
    if in_tests(last.site):
        return True
    if _is_let_go_by_test(scope, transaction, transaction.end):
        return False
    ended_in = (transaction.process, transaction.scope)
    if any((found.process, found.number) == ended_in for found in requests_of(scope)):
        return False
    return in_tests(transaction.site) and all(in_tests(frame) for frame in transaction.frames)
