"""Values that were changed in place: of rows, unnoticed by the ORM, and defaults of all rows."""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe.checks.differences import extra_members
from ormprobe.checks.failing import failed_checks
from ormprobe.checks.model import FailedCheck, Leaf
from ormprobe.checks.values import is_sequence, is_strong, same, scalars
from ormprobe.signals.known import Known, in_tests
from ormprobe.signals.rehearsal import rehearses
from ormprobe.signals.skipped_writes import near, read_later, tables_of
from ormprobe.source.declared import Declared
from ormprobe.source.sets import changed_at, changes_in
from ormprobe.timeline.model import Scope, Shape, Unwritten
from ormprobe_taxonomy.signals.unwritten import ChangedInPlace

READS = ("unwritten",)


def detect(scope: Scope, known: Known) -> Iterator[ChangedInPlace]:
    checks = failed_checks(scope, known)
    for holder in scope.walk():
        for found in holder.unwritten:
            values = found.values if isinstance(found.values, dict) else {}
            for name, value in values.items():
                if found.why == "mutated":
                    yield _mutated(scope, holder, known, found, name, value, checks)
                elif found.why == "shared":
                    yield _shared(scope, holder, known, found, name, value, checks)


def _mutated(
    scope: Scope,
    holder: Scope,
    known: Known,
    found: Unwritten,
    name: str,
    value: Shape,
    checks: list[FailedCheck],
) -> ChangedInPlace:
    tables = tables_of(known, found.entity)
    request = holder if holder.kind == "request" else None
    sites = near(found, None)
    place = changed_at(known.source, name, sites)
    if place is None and sites:
        place = known.place(sites[0])
    tested = [site for site in found.frames if in_tests(site)]
    return ChangedInPlace(
        at_us=found.at_us,
        place=place,
        entity=found.entity,
        attribute=name,
        tables=tables,
        related=any(_is_missed(leaf, value) for check in checks for leaf in check.leaves),
        committed=found.site is not None,
        read=read_later(scope, known, set(tables), found.at_us),
        method=request.method if request is not None else None,
        harness=place is None or any(changes_in(known.source, s, name) for s in tested),
        rehearsal=rehearses(request, *found.frames[:1]),
        events=(found.event,),
    )


def _shared(
    scope: Scope,
    holder: Scope,
    known: Known,
    found: Unwritten,
    name: str,
    value: Shape,
    checks: list[FailedCheck],
) -> ChangedInPlace:
    tables = tables_of(known, found.entity)
    was = found.was.get(name) if isinstance(found.was, dict) else None
    return ChangedInPlace(
        at_us=found.at_us,
        place=Declared(known.source).attribute(found.entity, name),
        entity=found.entity,
        attribute=name,
        tables=tables,
        shared=True,
        related=any(_is_met(leaf, value, was) for check in checks for leaf in check.leaves),
        read=read_later(scope, known, set(tables), found.at_us),
        events=(found.event,),
    )


def _is_missed(leaf: Leaf, value: Shape) -> bool:
    """Whether a check expected something of the changed value, and did not see it."""
    if same(leaf.expected, value):
        return True
    parts = [value, *(value.values() if isinstance(value, dict) and "#" not in value else ())]
    if any(same(leaf.expected, part) and not same(leaf.actual, part) for part in parts):
        return True
    seen = list(scalars(leaf.actual))
    return any(
        is_strong(each)
        and any(same(each, part) for part in scalars(leaf.expected))
        and not any(same(each, part) for part in seen)
        for each in scalars(value)
    )


def _is_met(leaf: Leaf, value: Shape, was: Shape) -> bool:
    """Whether a check saw what the default had become, or a part that it had not at first."""
    if same(leaf.actual, value) and not same(leaf.expected, value):
        return True
    old = list(scalars(was))
    new = [each for each in scalars(value) if not any(same(each, part) for part in old)]
    extra = extra_members(leaf) if is_sequence(leaf.expected) else [leaf.actual]
    wanted = list(scalars(leaf.expected))
    return any(
        is_strong(each)
        and any(same(each, part) for member in extra for part in scalars(member))
        and not any(same(each, part) for part in wanted)
        for each in new
    )
