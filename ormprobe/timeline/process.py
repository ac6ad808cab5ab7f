"""One process: takes its events one by one, and puts each where it belongs."""

from __future__ import annotations

from functools import partial

from ormprobe.reading import events
from ormprobe.timeline.definitions import Definitions, Sql
from ormprobe.timeline.facts import Facts
from ormprobe.timeline.faults import Errors
from ormprobe.timeline.ledger import Ledger
from ormprobe.timeline.model import (
    AWAIT,
    CallMade,
    Check,
    ConnectionUse,
    EventRef,
    Inputs,
    Load,
    Refusal,
    Response,
    Scope,
    Session,
    Site,
    Statement,
    Unawaited,
    Unmapped,
    Warned,
)
from ormprobe.timeline.run import Process, Run
from ormprobe.timeline.scopes import Scopes, root
from ormprobe.timeline.statements import Statements


class ProcessTimeline:
    """The state of one events file while it is read."""

    def __init__(self, run: Run, name: str, pid: int, base_us: int) -> None:
        self._prefix = name + ":"
        self._base_us = base_us
        self._counts = run.counts
        self._definitions = definitions = Definitions()
        self._facts = Facts(run, Process(name, pid), base_us, definitions)
        self._ledger = Ledger(base_us, definitions)
        self._errors = Errors(base_us, definitions)
        self._statements = Statements(base_us, definitions, self._text_known)
        self._latest_us = base_us
        self.scopes = Scopes(name, base_us, definitions)

    def take(self, at_us: int, line: int, event: events.AnyEvent) -> None:
        """Put an event where it belongs; `at_us` is its place in time."""
        self._latest_us = at_us
        self.scopes.at(at_us)
        ref = self._prefix + str(line)
        match event:
            case events.Statement():
                self._counts.statements += 1
                self._statements.seen(event, ref, self.scopes.place(event.scope))
                if event.connection in self._facts.out:
                    self._facts.used_on(event.connection)
            case events.Rows():
                self._statements.rows(event, ref)
            case events.Sql():
                self._definitions.sql.define(event.id, Sql(event.text, event.operation))
            case events.Site():
                site = Site(event.path, event.line, event.function)
                self._definitions.sites.define(event.id, site)
            case events.Load():
                load = Load(event.type, event.entity, event.attribute)
                self._definitions.loads.define(event.id, load)
            case _:
                self._take_state(ref, event)

    def _take_state(self, ref: EventRef, event: events.AnyEvent) -> None:
        match event:
            case events.Transaction():
                self._ledger.ended(event, ref, self.scopes.place(event.scope))
            case events.Savepoint():
                self._ledger.savepoint(event, ref)
            case events.Session():
                self._session(event, ref)
            case events.Connection():
                self._connection(event, ref)
            case events.Error():
                new = self._errors.seen(event, ref, self.scopes.place(event.scope))
                self._counts.errors += new
            case events.Fate():
                self._errors.fate(event, ref)
            case events.Failure():
                self._failure(event, ref)
            case _:
                self._take_scope(ref, event)

    def _take_scope(self, ref: EventRef, event: events.AnyEvent) -> None:
        match event:
            case events.ScopeStart():
                self._facts.scope_began(self.scopes.began(event, ref))
            case events.Route():
                self.scopes.routed(event)
            case events.ScopeEnd():
                self.scopes.ended(event, ref)
            case events.Inputs():
                inputs = Inputs(ref, event.part, event.values, event.cut or 0, event.absent or ())
                self.scopes.place(event.scope).inputs[event.part] = inputs
            case events.Response():
                self._response(event, ref)
            case events.Check():
                self._check(event, ref)
            case events.Refusal():
                since, at_us = self._base_us + event.began, self._base_us + event.at
                refusal = Refusal(ref, at_us, since, event.type)
                self.scopes.place(event.scope).refusals.append(refusal)
            case events.Warned():
                warned = Warned(ref, event.category, event.message)
                self._definitions.sites.when(event.site, partial(setattr, warned, "site"))
                self.scopes.place(event.scope).warnings.append(warned)
            case events.Unawaited():
                self._unawaited(event, ref)
            case events.Unmapped():
                at_us = self._base_us + event.at
                unmapped = Unmapped(ref, at_us, event.entity, event.values)
                self._definitions.sites.when(event.site, partial(setattr, unmapped, "site"))
                self.scopes.place(event.scope).unmapped.append(unmapped)
            case _:
                self._take_fact(ref, event)

    def _take_fact(self, ref: EventRef, event: events.AnyEvent) -> None:
        match event:
            case events.Process():
                self._facts.began(event)
                self.scopes.named(event.program)
            case events.Library():
                self._facts.library(event)
            case events.Shim():
                self._facts.shim(event)
            case events.Schema():
                self._facts.schema(event, ref)
            case events.Engine():
                self._facts.engine(event, ref)
            case events.Exit():
                self._facts.ended(event)
            case _:
                raise AssertionError(f"no place for {type(event).__name__}")

    def finish(self) -> None:
        """The file ended: so did the process, in order or not."""
        process = self._facts.process
        process.last_us = self._latest_us
        self.scopes.end_process(process.ended_us, process.origin)
        self._ledger.close(self.scopes.outside)

    def is_settled(self, outermost: Scope) -> bool:
        """Whether nothing is awaited that belongs to an ended scope: a child, a commit."""
        return all(root(scope) is not outermost for scope in self.scopes.running()) and all(
            root(scope) is not outermost for scope in self._ledger.unsettled()
        )

    def let_go(self, outermost: Scope) -> None:
        """Forget a scope that is handed out."""
        self.scopes.let_go(outermost)
        self._ledger.let_go({id(scope): scope for scope in outermost.walk()})

    def _text_known(self, statement: Statement, scope: Scope) -> None:
        if statement.is_write:
            self._ledger.wrote(statement, scope)
        elif statement.operation == "CREATE":
            self._facts.created(statement)

    def _session(self, event: events.Session, ref: EventRef) -> None:
        session = Session(
            number=event.id,
            event=ref,
            at_us=self._base_us + event.at,
            end=event.end,
            new=event.new or (),
            dirty=event.dirty or (),
            deleted=event.deleted or (),
        )
        self._definitions.sites.when(event.site, partial(setattr, session, "site"))
        self._definitions.sites.when(event.added, partial(setattr, session, "added"))
        self.scopes.place(event.scope).sessions.append(session)

    def _connection(self, event: events.Connection, ref: EventRef) -> None:
        self._facts.connection(event, ref)
        at_us = self._base_us + event.at
        use = ConnectionUse(ref, event.id, at_us, event.action, event.thread, event.loop)
        self._definitions.sites.when(event.site, partial(setattr, use, "site"))
        scope = self.scopes.place(event.scope)
        scope.connections.append(use)
        if event.action == "held" and scope.kind == "request":
            self._facts.kept(event, ref)

    def _failure(self, event: events.Failure, ref: EventRef) -> None:
        failure = self._errors.failure(event, ref)
        self.scopes.place(event.scope).failures.append(failure)
        if event.scope is None:
            self._facts.failed(failure)

    def _unawaited(self, event: events.Unawaited, ref: EventRef) -> None:
        at_us = self._base_us + event.at
        unawaited = Unawaited(ref, at_us, event.name, event.module, wants=event.wants or AWAIT)
        self._definitions.sites.when(event.site, partial(setattr, unawaited, "site"))
        self._definitions.frames(event.frames, partial(setattr, unawaited, "frames"))
        self.scopes.place(event.scope).unawaited.append(unawaited)

    def _response(self, event: events.Response, ref: EventRef) -> None:
        scope = self.scopes.place(event.scope)
        scope.status = event.status
        scope.response = Response(ref, event.status, event.content_type, event.body, event.cut or 0)

    def _check(self, event: events.Check, ref: EventRef) -> None:
        check = Check(
            event=ref,
            at_us=self._base_us + event.at,
            operator=event.operator,
            left=event.left,
            right=event.right,
            expected=event.expected,
            message=event.message,
            form=event.form,
            calls=tuple(
                CallMade(made.line, made.last or made.line, made.name, made.values or {})
                for made in event.calls or ()
            ),
        )
        self._definitions.sites.when(event.site, partial(setattr, check, "site"))
        self.scopes.place(event.scope).checks.append(check)
