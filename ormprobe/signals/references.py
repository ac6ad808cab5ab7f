"""Which columns of a table refer to others, and which may be NULL: as mapped, else as made."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from ormprobe.signals.known import Known
from ormprobe.sql.facts import parsed
from ormprobe.timeline.run import Table


@dataclass(frozen=True, slots=True)
class References:
    """targets: by column, the table and column that it refers to, the latter empty where it is not
    told. nullable: by column, as far as it is known."""

    targets: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    nullable: dict[str, bool] = field(default_factory=dict[str, bool])


def references_of(known: Known, table: str) -> References:
    """Of a table by its name in lower case; an association need not be mapped at all."""
    mapped = known.run.tables.get(table)
    if mapped is not None and (mapped.columns or table not in known.run.created_tables):
        return _of_mapped(mapped)
    made = known.run.created_tables.get(table)
    return References() if made is None else _of_made(made.text)


def _of_mapped(table: Table) -> References:
    targets: dict[str, tuple[str, str]] = {}
    nullable: dict[str, bool] = {}
    for column in table.columns:
        if column.foreign_key:
            target, _, key = column.foreign_key.rpartition(".")
            if not target:
                target, key = key, ""
            targets[column.name.lower()] = target.rpartition(".")[2].lower(), key.lower()
        if column.nullable is not None:
            nullable[column.name.lower()] = column.nullable
    return References(targets, nullable)


@lru_cache(maxsize=512)
def _of_made(text: str) -> References:
    from sqlglot import exp

    tree = parsed(text, "mysql" if "`" in text else None)
    if not isinstance(tree, exp.Create):
        return References()
    targets: dict[str, tuple[str, str]] = {}
    nullable: dict[str, bool] = {}
    for column in tree.find_all(exp.ColumnDef):
        kinds = [each.kind for each in column.find_all(exp.ColumnConstraint)]
        strict = (exp.NotNullColumnConstraint, exp.PrimaryKeyColumnConstraint)
        nullable[column.name.lower()] = not any(isinstance(kind, strict) for kind in kinds)
        for kind in kinds:
            if isinstance(kind, exp.Reference):
                targets[column.name.lower()] = _named(kind)
    for key in tree.find_all(exp.ForeignKey):
        reference = key.args.get("reference")
        if isinstance(reference, exp.Reference) and len(key.expressions) == 1:
            targets[key.expressions[0].name.lower()] = _named(reference)
    return References(targets, nullable)


def _named(reference: object) -> tuple[str, str]:
    """The table that REFERENCES names, and its column."""
    from sqlglot import exp

    assert isinstance(reference, exp.Reference)
    inner = reference.this
    if isinstance(inner, exp.Schema):
        column = inner.expressions[0].name.lower() if inner.expressions else ""
        return inner.this.name.lower(), column
    return inner.name.lower(), ""
