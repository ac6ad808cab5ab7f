"""The mapped schema: tables, columns, keys and relations, as the models have them.

The models are told of when a statement is about one that has not been: by then all are declared.
"""

from __future__ import annotations

import sys
from typing import Any, Dict, Iterator, List
from weakref import WeakKeyDictionary

from ...recorder import Recorder
from ...scrub import words_of

_LISTS = (tuple, list)  # an expression answers to an index, too, and never ends
_HIDDEN = ("+", "!")  # names of relations that are not to be read from their other side

_told: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
"""By model, the file that it was told to."""


def tell_models(recorder: Recorder, asked: Any) -> None:
    """Tell of the model that a statement is about, and of all others, unless that has been done."""
    if not isinstance(asked, type) or _told.get(asked) == recorder.started:
        return
    base: Any = sys.modules["peewee"].Model
    for model in [asked, *_below(base)]:
        if _told.get(model) != recorder.started and (model is asked or _has_table(model)):
            _told[model] = recorder.started
            _tell(recorder, model)


def _below(model: Any) -> Iterator[Any]:
    for found in type.__subclasses__(model):
        yield found
        yield from _below(found)


def _has_table(model: Any) -> bool:
    """Whether a model is more than what others are derived from."""
    meta = model._meta
    return bool(meta.refs or meta.backrefs) or not type.__subclasses__(model)


def _tell(recorder: Recorder, model: Any) -> None:
    meta = model._meta
    fields = list(meta.sorted_fields)
    columns = [_column(meta, field) for field in fields]
    relations = list(_relations(meta))
    table = str(meta.table_name)
    words = [table, model.__name__, *_constraints(meta, table, fields)]
    words += [column["name"] for column in columns]
    words += [str(field.name) for field in fields]
    words += [relation["name"] for relation in relations]
    recorder.know(words_of(words))
    recorder.rider(
        "schema",
        **{"db.collection.name": table},
        entity=model.__name__,
        columns=columns,
        relations=relations,
    )


def _column(meta: Any, field: Any) -> Dict[str, Any]:
    parts = getattr(meta.primary_key, "field_names", ()) if meta.composite_key else ()
    found: Dict[str, Any] = {
        "name": str(field.column_name),
        "type": type(field).__name__,
        "nullable": bool(field.null),
        "primary_key": bool(field.primary_key) or field.name in parts,
    }
    if field.unique:
        found["unique"] = True
    if field in meta.refs:
        target = field.rel_model._meta
        found["foreign_key"] = "%s.%s" % (target.table_name, field.rel_field.column_name)
    return found


def _relations(meta: Any) -> Iterator[Dict[str, Any]]:
    for field, target in list(meta.refs.items()):
        yield _relation(field.name, target, "MANYTOONE", False)
    for field, source in list(meta.backrefs.items()):
        if field.backref and field.backref not in _HIDDEN:
            yield _relation(field.backref, source, "ONETOMANY", True)
    for name, field in list(meta.manytomany.items()):
        found = _relation(name, field.rel_model, "MANYTOMANY", True)
        through = getattr(getattr(field, "_through_model", None), "_meta", None)
        if through is not None:
            found["secondary"] = str(through.table_name)
        yield found


def _relation(name: Any, target: Any, direction: str, uselist: bool) -> Dict[str, Any]:
    return {
        "name": str(name),
        "target": str(getattr(target, "__name__", target)),
        "direction": direction,
        "uselist": uselist,
    }


def _constraints(meta: Any, table: str, fields: List[Any]) -> Iterator[str]:
    """The names of a table's constraints and indexes, those that PostgreSQL gives included."""
    yield from ("%s_pkey" % table, "%s_check" % table)
    for field in fields:
        name = str(field.column_name)
        yield "%s_%s" % (table, name)
        for kind in ("key", "fkey", "check"):
            yield "%s_%s_%s" % (table, name, kind)
    for index in meta.indexes:
        parts = _parts(index)
        if parts:
            named = [meta.combined.get(part) for part in parts]
            known = [str(found.column_name) for found in named if found is not None]
            yield "_".join([table, *known])


def _parts(index: Any) -> List[str]:
    """The fields of an index that was declared by their names."""
    if index.__class__ not in _LISTS or not index or index[0].__class__ not in _LISTS:
        return []
    return [part for part in index[0] if type(part) is str]
