"""The mapped schema: tables, columns, keys and relations, as the mappers have them."""

from __future__ import annotations

from typing import Any, Dict, List
from weakref import WeakSet

from ...hooks import Hooks
from ...recorder import Recorder
from ...scrub import words_of
from ...shim import Switch


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    from sqlalchemy import event
    from sqlalchemy.exc import InvalidRequestError
    from sqlalchemy.orm import Mapper, mapperlib

    told: WeakSet[Any] = WeakSet()  # not ids, which later mappers get again

    def after_configured() -> None:
        if switch.on:
            try:
                for registry in list(mapperlib._all_registries()):
                    # not `registry.mappers`, which fails while a class is mapped or let go of
                    managers = list(registry._managers)
                    for mapper in [found.mapper for found in managers if found.is_mapped]:
                        if mapper not in told:
                            told.add(mapper)
                            try:
                                _tell(recorder, mapper)
                            except InvalidRequestError:  # a class that it refers to is gone
                                continue
            except Exception as error:
                switch.fail(error)

    event.listen(Mapper, "after_configured", after_configured)
    hooks.undo_with(event.remove, Mapper, "after_configured", after_configured)


_told_tables: WeakSet[Any] = WeakSet()


def tell_table(recorder: Recorder, table: Any) -> None:
    """Record a table that nothing has been told of yet."""
    if table in _told_tables:
        return
    _told_tables.add(table)
    columns = [_column(column) for column in table.columns]
    words = [table.name, *_constraints(table)] + [column["name"] for column in columns]
    recorder.know(words_of(words))
    recorder.rider("schema", **{"db.collection.name": str(table.name)}, columns=columns)


def _tell(recorder: Recorder, mapper: Any) -> None:
    table = mapper.local_table
    name = getattr(table, "name", None)
    if not isinstance(name, str):
        return
    _told_tables.add(table)
    columns = [_column(column) for column in table.columns]
    relations = [_relation(found) for found in mapper.relationships]
    words = [name, mapper.class_.__name__, *_constraints(table)]
    words += [column["name"] for column in columns]
    words += [relation["name"] for relation in relations]
    recorder.know(words_of(words))
    recorder.rider(
        "schema",
        **{"db.collection.name": name},
        entity=mapper.class_.__name__,
        columns=columns,
        relations=relations,
    )


def _constraints(table: Any) -> List[str]:
    """The names of a table's constraints and indexes, those that PostgreSQL gives included.

    A class may be mapped to a subquery, which has none.
    """
    if not hasattr(table, "constraints"):
        return []
    found = [str(found.name) for found in (*table.constraints, *table.indexes) if found.name]
    found += ["%s_pkey" % table.name, "%s_check" % table.name]
    for column in table.columns:
        found += ["%s_%s_%s" % (table.name, column.name, kind) for kind in ("key", "fkey", "check")]
    return found


def _column(column: Any) -> Dict[str, Any]:
    keys = [str(key.target_fullname) for key in column.foreign_keys]
    found: Dict[str, Any] = {
        "name": str(column.name),
        "type": type(column.type).__name__,
        "primary_key": bool(column.primary_key),
    }
    nullable = getattr(column, "nullable", None)  # of an expression in a subquery nobody knows
    if nullable is not None:
        found["nullable"] = bool(nullable)
    if getattr(column, "unique", False):
        found["unique"] = True
    if keys:
        found["foreign_key"] = keys[0]
    return found


def _relation(relation: Any) -> Dict[str, Any]:
    secondary = getattr(relation.secondary, "name", None)
    found: Dict[str, Any] = {
        "name": str(relation.key),
        "target": relation.mapper.class_.__name__,
        "direction": relation.direction.name,
        "uselist": bool(relation.uselist),
    }
    if isinstance(secondary, str):
        found["secondary"] = secondary
    return found
