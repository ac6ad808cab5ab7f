"""Writes whose transaction ended without a commit, and what was read of them afterwards."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.signals.known import Known, failed_us, in_tests
from ormprobe.timeline.model import OPEN, Scope, Statement, Transaction
from ormprobe_taxonomy.signals import WriteLost

READS = ("transactions",)


def detect(scope: Scope, known: Known) -> Iterator[WriteLost]:
    for transaction in scope.all_transactions():
        if transaction.end == "commit":
            continue
        lost = [write for write in transaction.writes if not write.undone and not write.durable]
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
    tables = dict.fromkeys(
        table for write in lost for table in sorted(known.facts(scope.process, write).writes)
    )
    request = _request_of(scope, last)
    end = _end_at(transaction, failed_us(scope))
    ended = transaction.ended_us if end != OPEN else None
    return WriteLost(
        at_us=ended or last.at_us,
        place=known.place(last.site),
        ended=known.place(transaction.site),
        end=end,
        by="unknown" if end == OPEN else transaction.by or "unknown",
        tables=tuple(tables),
        writes=len(lost) + transaction.more,
        explicit=bool(explicit),
        answered=request.status if request is not None else None,
        method=request.method if request is not None else None,
        kept_on=_kept_on(scope, transaction, request),
        read=tuple(_read_later(scope, known, transaction, last, set(tables), end == OPEN)),
        harness=_is_harness(transaction, last),
        session=None if transaction.session is None else f"{scope.process}/{transaction.session}",
        transaction=f"{scope.process}/{transaction.number}",
        events=(last.event, transaction.event),
    )


def _end_at(transaction: Transaction, failed: int | None) -> str:
    """How the transaction stood when the outcome failed: an end that came later is none."""
    if failed is not None and transaction.ended_us is not None and transaction.ended_us > failed:
        return OPEN
    return transaction.end


def _request_of(scope: Scope, statement: Statement) -> Scope | None:
    for found in scope.walk():
        if found.number == statement.scope and found.kind == "request":
            return found
    return None


def _kept_on(scope: Scope, transaction: Transaction, request: Scope | None) -> bool:
    """Whether the work ended well by its own account: no error of its own, no error status."""
    if request is not None and (request.status or 0) >= 400:
        return False
    for error in scope.all_errors():
        same = error.transaction == transaction.number or (
            error.session is not None and error.session == transaction.session
        )
        before_end = transaction.ended_us is None or error.at_us <= transaction.ended_us
        if same and before_end and error.at_us >= (transaction.began_us or 0):
            return False
    return True


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
        if statement.at_us < since or statement.transaction == transaction.number:
            continue
        if until is not None and statement.at_us > until:
            break
        if statement.is_write or (still_open and statement.connection == transaction.connection):
            continue
        found = tables & known.facts(scope.process, statement).reads
        yield from sorted(found)
        tables -= found


def _is_harness(transaction: Transaction, last: Statement) -> bool:
    """Whether test code wrote the rows, or ended the transaction itself, as harnesses do."""
    if in_tests(last.site):
        return True
    return in_tests(transaction.site) and all(in_tests(frame) for frame in transaction.frames)
