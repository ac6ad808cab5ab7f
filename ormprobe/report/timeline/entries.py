"""Tells a closed scope as entries in the order of time; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from ormprobe.report.timeline import model
from ormprobe.report.timeline.flow import Origins
from ormprobe.report.timeline.sql_text import bound
from ormprobe.report.timeline.values import lengths, scalars
from ormprobe.timeline.model import (
    OPEN,
    Check,
    Error,
    Failure,
    Scope,
    Session,
    Site,
    Statement,
    Transaction,
)

MAX_ANSWER = 64
"""Scalars of an answer that are told."""

T = TypeVar("T")


def tell(scope: Scope) -> model.ScopeEntry:
    """The timeline of an outermost scope, with the scopes inside it."""
    # the deepest first: an entry is made of the finished entries of its children
    told: dict[int, model.ScopeEntry] = {}
    for found in reversed(list(scope.walk())):
        inside = [told.pop(id(child)) for child in found.children]
        told[id(found)] = _Telling(found).told(inside)
    return told[id(scope)]


class _Telling:
    """One scope on its way to its entry."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._origins = Origins(scope)
        self._events = {s.number: s.event for s in scope.statements}

    def told(self, inside: list[model.ScopeEntry]) -> model.ScopeEntry:
        scope = self._scope
        entries: list[tuple[int, model.Entry]] = []
        # in this order: a statement may use what the rows of earlier ones brought
        for statement in sorted(scope.statements, key=lambda s: s.at_us):
            entries.append((statement.at_us, self._statement(statement)))
        entries += ((child.at_us, child) for child in inside)
        entries += self._others()
        entries.sort(key=lambda pair: pair[0])
        return model.ScopeEntry(
            event=scope.event,
            type=scope.kind,
            name=scope.name,
            at_us=scope.started_us,
            outcome=scope.outcome,
            process=scope.process,
            duration_us=None if scope.ended_us is None else scope.ended_us - scope.started_us,
            method=scope.method,
            route=scope.route,
            path=scope.path,
            status=scope.status,
            handler=line_of(scope.handler),
            inputs=tuple(self._inputs()),
            entries=tuple(entry for _, entry in entries),
            answer=self._answer(),
        )

    def _at(self, at_us: int | None) -> int:
        return max(0, (at_us or self._scope.started_us) - self._scope.started_us)

    def _inputs(self) -> Iterator[model.Value]:
        for part, inputs in self._scope.inputs.items():
            for path, value in scalars(inputs.values):
                yield model.Value(name=f"{part}.{path}" if path else part, value=value)

    def _statement(self, statement: Statement) -> model.StatementEntry:
        binds = tuple(
            model.Value(key=key, name=column, value=value, origin=self._origins.of(value, column))
            for key, column, value in bound(statement.text, statement.binds)
        )
        self._origins.read(statement)
        load = statement.load
        attribute = f".{load.attribute}" if load is not None and load.attribute else ""
        entity = load.entity.rpartition(".")[2] if load is not None else ""
        return model.StatementEntry(
            event=statement.event,
            at_us=self._at(statement.at_us),
            duration_us=statement.duration_us,
            operation=statement.operation,
            text=statement.text,
            where=line_of(statement.site),
            composed=tuple(filter(None, map(line_of, statement.composed))),
            binds=binds,
            many=statement.many,
            rows=None if statement.rows is None else statement.rows.count,
            affected=statement.affected,
            fate=fate_of(statement),
            durable=statement.durable,
            load=None if load is None else f"{load.kind} {entity}{attribute}",
            via=statement.via,
            sender=statement.library or statement.source,
            transaction=statement.transaction,
            connection=statement.connection,
        )

    def _others(self) -> Iterator[tuple[int, model.Entry]]:
        scope = self._scope
        yield from _timed(scope.transactions, lambda t: t.order_us, self._transaction)
        for transaction in scope.transactions:
            yield from self._savepoints(transaction)
        yield from _timed(scope.errors, lambda e: e.at_us, self._error)
        yield from _timed(scope.failures, lambda f: f.at_us, self._failure)
        yield from _timed(scope.checks, lambda c: c.at_us, self._check)
        yield from _timed(scope.sessions, lambda s: s.at_us, self._session)
        yield from self._notes()

    def _transaction(self, transaction: Transaction) -> model.TransactionEntry:
        writes = transaction.writes
        lost = transaction.end != "commit"
        return model.TransactionEntry(
            event=transaction.event,
            at_us=self._at(transaction.order_us),
            end=transaction.end,
            by=transaction.by,
            where=line_of(transaction.site),
            statements=transaction.statements,
            kept=() if lost else tuple(w.event for w in writes if not w.undone),
            lost=tuple(w.event for w in writes if w.undone or (lost and not w.durable)),
            more=transaction.more,
        )

    def _savepoints(self, transaction: Transaction) -> Iterator[tuple[int, model.Entry]]:
        for savepoint in transaction.savepoints:
            lost = savepoint.writes if savepoint.action == "rollback" else ()
            events = tuple(self._events[n] for n in lost if n in self._events)
            entry = model.SavepointEntry(
                event=savepoint.event,
                at_us=self._at(savepoint.at_us),
                action=savepoint.action,
                lost=events,
            )
            yield savepoint.at_us, entry

    def _error(self, error: Error) -> model.ErrorEntry:
        return model.ErrorEntry(
            event=error.event,
            at_us=self._at(error.at_us),
            type=error.type,
            message=error.message,
            code=error.code,
            where=line_of(error.site),
            fate=error.fate,
            caught=line_of(error.caught),
        )

    def _failure(self, failure: Failure) -> model.FailureEntry:
        head = failure.chain[0] if failure.chain else None
        return model.FailureEntry(
            event=failure.event,
            at_us=self._at(failure.at_us),
            type=head.type if head is not None else "",
            message=head.message if head is not None else "",
            phase=failure.phase,
            where=line_of(head.frames[0]) if head is not None and head.frames else None,
        )

    def _check(self, check: Check) -> model.CheckEntry:
        return model.CheckEntry(
            event=check.event,
            at_us=self._at(check.at_us),
            operator=check.operator,
            left=check.left,
            right=check.right,
            expected=check.expected,
            message=check.message,
            where=line_of(check.site),
        )

    def _session(self, session: Session) -> model.NoteEntry:
        parts = [
            f"{len(names)} {word} ({', '.join(sorted(set(names))[:3])})"
            for word, names in (
                ("new", session.new),
                ("changed", session.dirty),
                ("deleted", session.deleted),
            )
            if names
        ]
        return model.NoteEntry(
            event=session.event,
            at_us=self._at(session.at_us),
            says=f"session ended ({session.end}) and dropped {', '.join(parts)}",
            where=line_of(session.added or session.site),
        )

    def _notes(self) -> Iterator[tuple[int, model.Entry]]:
        for unawaited in self._scope.unawaited:
            wants = "executed" if unawaited.wants == "execute" else "awaited"
            yield (
                unawaited.at_us,
                model.NoteEntry(
                    event=unawaited.event,
                    at_us=self._at(unawaited.at_us),
                    says=f"{unawaited.name} was never {wants}",
                    where=line_of(unawaited.site),
                ),
            )
        for unmapped in self._scope.unmapped:
            names = ", ".join(unmapped.values) if isinstance(unmapped.values, dict) else ""
            yield (
                unmapped.at_us,
                model.NoteEntry(
                    event=unmapped.event,
                    at_us=self._at(unmapped.at_us),
                    says=f"{unmapped.entity} was given {names}, which it does not store",
                    where=line_of(unmapped.site),
                ),
            )

    def _answer(self) -> model.Answer | None:
        response = self._scope.response
        if response is None:
            return None
        found = list(scalars(response.body))
        return model.Answer(
            status=response.status,
            content_type=response.content_type,
            values=tuple(
                model.Value(
                    name=path, value=value, origin=self._origins.of(value, path, answer=True)
                )
                for path, value in found[:MAX_ANSWER]
            ),
            lengths=tuple(lengths(response.body)),
            cut=response.cut + len(found[MAX_ANSWER:]),
        )


def _timed(
    items: list[T], at: Callable[[T], int], make: Callable[[T], model.Entry]
) -> Iterator[tuple[int, model.Entry]]:
    for item in items:
        yield at(item), make(item)


def fate_of(statement: Statement) -> str | None:
    """What became of a write: kept, lost, undone or open; None of what is no write."""
    if not statement.is_write:
        return None
    if statement.undone:
        return "undone"
    if statement.durable:
        return "kept"
    settled = statement.settled_by
    if settled is None or settled.pending:
        return None
    if settled.end == OPEN:
        return OPEN
    return "kept" if settled.end == "commit" else "lost"


def line_of(site: Site | None) -> model.Line | None:
    return None if site is None else model.Line(site.path, site.line, site.function)
