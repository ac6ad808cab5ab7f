"""New, changed and deleted instances that a session let go of before it had written them."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.signals.known import Known, failed_us, in_tests
from ormprobe.signals.rehearsal import rehearses
from ormprobe.timeline.model import Scope, Session, Site
from ormprobe_taxonomy.signals import WriteLost

READS = ("sessions",)


def detect(scope: Scope, known: Known) -> Iterator[WriteLost]:
    for holder in scope.walk():
        for session in holder.sessions:
            if session.end != "exception":
                signal = _signal(scope, holder, known, session)
                if signal is not None:
                    yield signal


def _signal(scope: Scope, holder: Scope, known: Known, session: Session) -> WriteLost | None:
    site = session.added or _last_line(scope, session) or session.site
    tables = _tables(known, (*session.new, *session.deleted, *session.dirty))
    if site is None or not tables:
        return None
    request = holder if holder.kind == "request" else None
    ended_well = request is None or (request.status or 0) < 400
    failed_before = any(
        (error.process, error.session) == (session.process, session.number)
        and error.at_us <= session.at_us
        for error in scope.all_errors()
    )
    return WriteLost(
        at_us=session.at_us,
        place=known.place(site),
        ended=known.place(session.site),
        end="dropped",
        by=session.end,
        tables=tables,
        writes=len(session.new) + len(session.deleted) + len(session.dirty),
        explicit=bool(session.new or session.deleted),
        answered=request.status if request is not None else None,
        method=request.method if request is not None else None,
        kept_on=ended_well and not failed_before,
        read=tuple(_read_later(scope, known, session, set(tables))),
        harness=in_tests(site) or (request is None and in_tests(session.site)),
        rehearsal=rehearses(request, site),
        session=f"{session.process}/{session.number}",
        events=(session.event,),
    )


def _tables(known: Known, names: tuple[str, ...]) -> tuple[str, ...]:
    """The tables of `Entity` and `Entity.attribute` names."""
    entities = {name.partition(".")[0] for name in names}
    mapped = known.run.tables.values()
    return tuple(sorted(table.name for table in mapped if table.entity in entities))


def _last_line(scope: Scope, session: Session) -> Site | None:
    """The app's line of the session's last statement: it loaded what was changed."""
    found = [
        statement
        for statement in scope.all_statements()
        if (statement.process, statement.session) == (session.process, session.number)
        and statement.at_us <= session.at_us
    ]
    return found[-1].site if found else None


def _read_later(scope: Scope, known: Known, session: Session, tables: set[str]) -> Iterator[str]:
    """The tables that another session or connection read after the loss, before the failure."""
    until = failed_us(scope)
    for statement in scope.all_statements():
        if until is not None and statement.at_us > until:
            break
        if statement.at_us < session.at_us or statement.is_write:
            continue
        found = tables & known.facts(statement).reads
        yield from sorted(found)
        tables -= found
