"""The declarations that errors of the mapping are about, found in the app's source."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ormprobe.signals.errors import cause_of, key_of, reading_of
from ormprobe.signals.known import Known
from ormprobe.signals.refused_models import overwritten, relation_at
from ormprobe.source.declared import declared_in
from ormprobe.timeline.model import Error, Failure, Scope
from ormprobe_taxonomy.signals import Place
from ormprobe_taxonomy.signals.refusals import MappingDeclared

READS = ("errors", "failures")

CAUSE = "mapping-misconfiguration"

_COLUMN = re.compile(r"column '(?:\w+\.)?(\w+)\.(\w+)' could not find")
_TARGET = re.compile(r"ForeignKey '([\w.]+)' on table '(\w+)'")
_DANGLING = re.compile("^Related model .* cannot be resolved|declared with a lazy reference")
_TO = re.compile(r"^No (?:model|app) with name ")
_TWICE = re.compile(r"^backward relation .* duplicates in model (\w+)")
_OTHERS = re.compile(r'^Module ".*" not found|^You can\'t set .* through init')
_DDL = re.compile(r"\(in table '(\w+)', column '(\w+)'\)")


def detect(scope: Scope, known: Known) -> Iterator[MappingDeclared]:
    for error in scope.all_errors():
        found = declaration(known, error)
        if found is not None:
            yield found
    for owner in scope.walk():
        for failure in owner.failures:
            yield from _dangling(known, failure)


def _dangling(known: Known, failure: Failure) -> Iterator[MappingDeclared]:
    """A relation whose model nobody defines, which fails where the tables are made or asked."""
    if any(_DANGLING.search(link.message) for link in failure.chain):
        place = declared_in(known.source).dangling_relation()
        if place is not None:
            yield MappingDeclared(
                error=failure.event,
                entity=place.function or "",
                attribute=None,
                place=place,
                events=(failure.event,),
            )


def declaration(known: Known, error: Error) -> MappingDeclared | None:
    """The class and attribute that an error names, with their line."""
    declared = declared_in(known.source)
    column = _COLUMN.search(error.message) or _DDL.search(error.message)
    if column is not None:
        table, name = column.groups()
        return _signal(error, table, name, declared.column(table, name))
    target = _TARGET.search(error.message)
    if target is not None:
        place = declared.foreign_key(target.group(1))
        return _signal(error, target.group(2), None, place)
    read = reading_of(error)
    clash = overwritten(known, error, read) if read is not None else None
    if clash is not None:
        return _signal(error, *clash, relation_at(known, clash[1]))
    if _OTHERS.search(error.message):
        return None  # no declaration of the app's is at fault
    twice = _TWICE.search(error.message)
    if twice is not None:
        return _signal(error, twice.group(1), None, declared.doubled(twice.group(1)))
    if error.entity is not None and _TO.search(error.message):
        return _signal(error, error.entity, None, declared.dangling(error.entity))
    if error.entity is None or cause_of(error) not in (CAUSE, "unresolved-reference"):
        return None
    place = declared.attribute(error.entity, error.attribute)
    return _signal(error, error.entity, error.attribute, place)


def _signal(
    error: Error, entity: str, attribute: str | None, place: Place | None
) -> MappingDeclared:
    return MappingDeclared(
        error=key_of(error),
        entity=entity,
        attribute=attribute,
        place=place,
        events=(error.event,),
    )
