"""Writes that were made up and never made: queries nobody ran, attributes nobody saved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ormprobe.checks.differences import missing_members
from ormprobe.checks.failing import failed_checks
from ormprobe.checks.model import FailedCheck, Leaf
from ormprobe.checks.values import has_strong, is_scalar, is_sequence, is_strong, same, scalars
from ormprobe.signals.known import Known, failed_us, in_tests
from ormprobe.signals.rehearsal import rehearses
from ormprobe.source.sets import set_at, sets_in
from ormprobe.timeline.model import AWAIT, Scope, Shape, Site, Statement, Unawaited, Unwritten
from ormprobe_taxonomy.signals import Place
from ormprobe_taxonomy.signals.unwritten import VALUE, WEAK, WriteSkipped

READS = ("unawaited", "unwritten")

_SETS = ("unsaved", "omitted", "detached")


def detect(scope: Scope, known: Known) -> Iterator[WriteSkipped]:
    checks = failed_checks(scope, known)
    for holder in scope.walk():
        for dropped in holder.unawaited:
            if dropped.wants != AWAIT and dropped.name.rpartition(".")[2] in _DONE:
                yield _unexecuted(scope, holder, known, dropped, checks)
        for unwritten in holder.unwritten:
            if unwritten.why in _SETS:
                signal = _set(scope, holder, known, unwritten, checks)
                if signal is not None:
                    yield signal


_DONE = ("insert", "update", "delete")


def _unexecuted(
    scope: Scope, holder: Scope, known: Known, dropped: Unawaited, checks: list[FailedCheck]
) -> WriteSkipped:
    values = dropped.values if isinstance(dropped.values, dict) else {}
    tables = (dropped.table.lower(),) if dropped.table else ()
    request = holder if holder.kind == "request" else None
    return WriteSkipped(
        at_us=dropped.at_us,
        place=known.place(dropped.site),
        how="kept" if dropped.kept else "unexecuted",
        entity=dropped.table or "a table",
        attributes=tuple(values),
        tables=tables,
        wanted=_wanted(checks, [(value, None, False) for value in values.values()]),
        read=read_later(scope, known, set(tables), dropped.at_us),
        method=request.method if request is not None else None,
        harness=in_tests(dropped.site),
        rehearsal=rehearses(request, dropped.site),
        events=(dropped.event,),
    )


def _set(
    scope: Scope, holder: Scope, known: Known, found: Unwritten, checks: list[FailedCheck]
) -> WriteSkipped | None:
    values = found.values if isinstance(found.values, dict) else {}
    was = found.was if isinstance(found.was, dict) else {}
    load = loaded_by(scope, found)
    since = found.since_us or (load.at_us if load is not None else found.at_us)
    tables = tables_of(known, found.entity)
    later = [each for each in scope.all_statements() if each.at_us >= since and each is not load]
    left = {n: v for n, v in values.items() if not _is_written(known, later, found, n, v)}
    if not left:
        return None
    request = holder if holder.kind == "request" else None
    place, harness = _place_of(known, found, load, next(iter(left)))
    return WriteSkipped(
        at_us=found.at_us,
        place=place,
        how=found.why,
        entity=found.entity,
        attributes=tuple(left),
        tables=tables,
        wanted=_wanted(checks, [(v, was.get(n), n in was) for n, v in left.items()]),
        sought=_is_sought(known, later, set(tables), list(left.values()), failed_us(scope)),
        read=read_later(scope, known, set(tables), since, load),
        method=request.method if request is not None else None,
        harness=harness,
        rehearsal=rehearses(request, *found.frames[:1]),
        events=(found.event, *((load.event,) if load is not None else ())),
    )


def loaded_by(scope: Scope, found: Unwritten) -> Statement | None:
    """The statement that loaded an instance."""
    process = found.event.rpartition(":")[0]
    for statement in scope.all_statements():
        if (statement.process, statement.number) == (process, found.statement):
            return statement
    return None


def tables_of(known: Known, entity: str) -> tuple[str, ...]:
    mapped = known.run.tables.values()
    return tuple(sorted({table.name.lower() for table in mapped if table.entity == entity}))


def near(found: Unwritten, load: Statement | None) -> list[Site]:
    """The app's lines that had an instance at hand, the likeliest first, without those of tests."""
    sites = [load.site, *load.callers] if load is not None else []
    sites = [found.site, *sites, *found.frames]
    return [site for site in sites if site is not None and not in_tests(site)]


def _place_of(
    known: Known, found: Unwritten, load: Statement | None, name: str
) -> tuple[Place | None, bool]:
    """The line of the set, and whether test code did it."""
    if found.why == "detached" or (found.why == "omitted" and found.site is not None):
        return known.place(found.site), in_tests(found.site)
    after = load.site if load is not None else None
    tested = [site for site in (after, *found.frames) if site is not None and in_tests(site)]
    if any(sets_in(known.source, site, name) for site in tested[:4]):
        return None, True
    sites = near(found, load)
    place = set_at(known.source, found.entity, name, sites, after)
    if place is None and sites:
        place = known.place(sites[0])
    return place, place is None


def _is_written(
    known: Known, later: Sequence[Statement], found: Unwritten, name: str, value: Shape
) -> bool:
    """Whether a statement wrote the value after all, or took its row away."""
    tables = set(tables_of(known, found.entity))
    for statement in later:
        if not statement.is_write or not known.facts(statement).writes & tables:
            continue
        if statement.operation == "DELETE":
            if any(is_scalar(b) and same(b, found.key) for b in statement.bind_values):
                return True
            continue
        bound = any(is_scalar(b) and same(b, value) for b in statement.bind_values)
        if bound and (is_strong(value) or name.removesuffix("_id") in statement.text.lower()):
            return True
    return False


def _is_sought(
    known: Known,
    later: Sequence[Statement],
    tables: set[str],
    values: list[Shape],
    until: int | None,
) -> bool:
    return any(
        not statement.is_write
        and (until is None or statement.at_us <= until)
        and bool(known.facts(statement).reads & tables)
        and any(is_strong(b) and same(b, v) for b in statement.bind_values for v in values)
        for statement in later
    )


def read_later(
    scope: Scope, known: Known, tables: set[str], since: int, but: Statement | None = None
) -> tuple[str, ...]:
    """Those of the tables that were read after a moment, before the scope was seen to fail."""
    until = failed_us(scope)
    found: set[str] = set()
    for statement in scope.all_statements():
        if statement.at_us <= since or statement.is_write or statement is but:
            continue
        if until is not None and statement.at_us > until:
            break
        found |= tables & known.facts(statement).reads
    return tuple(sorted(found))


def _wanted(checks: list[FailedCheck], values: list[tuple[Shape, Shape, bool]]) -> str | None:
    """How a failing check expected a value that was not written: see `WriteSkipped`."""
    weak = False
    for check in checks:
        for leaf in check.leaves:
            for value, was, known in values:
                if _misses(leaf, value):
                    return VALUE
                if known and same(leaf.expected, value) and same(leaf.actual, was):
                    weak = True
    return WEAK if weak else None


def _misses(leaf: Leaf, value: Shape) -> bool:
    """Whether a value that hardly agrees by accident was expected at a place, and not there."""
    if not has_strong(value):
        return False
    if same(leaf.expected, value):
        return True
    if is_sequence(leaf.expected):
        return any(_holds(member, value) for member in missing_members(leaf))
    wanted, seen = list(scalars(leaf.expected)), list(scalars(leaf.actual))
    return any(
        is_strong(each) and _among(each, scalars(value)) and not _among(each, seen)
        for each in wanted
    )


def _holds(member: Shape, value: Shape) -> bool:
    return any(is_strong(each) and _among(each, scalars(value)) for each in scalars(member))


def _among(one: Shape, others: Iterator[Shape] | list[Shape]) -> bool:
    return any(same(one, other) for other in others)
