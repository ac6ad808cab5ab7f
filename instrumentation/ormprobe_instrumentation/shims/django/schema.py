"""The mapped schema: tables, columns, keys and relations, as the models have them."""

from __future__ import annotations

import sys
from typing import Any, Dict, Iterator, List, Tuple

from ...recorder import Recorder
from ...scrub import words_of

MODELS = "_ormprobe"
"""Marks the options of a model that has been told of."""

_FAKE = "__fake__"  # the module of models in migrations, which are as they once were
_NAMES = ("_pkey", "_check")


def tell(recorder: Recorder, model: Any) -> None:
    """Record a model that is used for the first time, and with it all others that there are."""
    tell_model(recorder, model)
    apps = getattr(sys.modules.get("django.apps"), "apps", None)
    if apps is not None and apps.models_ready:
        for found in apps.get_models(include_auto_created=True, include_swapped=False):
            if MODELS not in found._meta.__dict__:
                tell_model(recorder, found)


def tell_model(recorder: Recorder, model: Any) -> None:
    """Record one model, unless a field of the app's own does not answer."""
    meta = model._meta
    meta.__dict__[MODELS] = True
    if model.__module__ != _FAKE and not meta.proxy and not meta.abstract:
        try:
            _tell(recorder, model, meta)
        except Exception:
            pass


def _tell(recorder: Recorder, model: Any, meta: Any) -> None:
    columns = [_column(field) for field in meta.local_concrete_fields if field.column]
    relations = list(_relations(meta))
    words = [meta.db_table, model.__name__, *_constraints(meta)]
    words += [column["name"] for column in columns]
    words += [relation["name"] for relation in relations]
    words += [str(field.name) for field in meta.local_concrete_fields]
    words += [str(meta.label), str(meta.app_label)]
    recorder.know(words_of(words))
    recorder.rider(
        "schema",
        **{"db.collection.name": str(meta.db_table)},
        entity=model.__name__,
        columns=columns,
        relations=relations,
    )


def _column(field: Any) -> Dict[str, Any]:
    found: Dict[str, Any] = {
        "name": str(field.column),
        "type": str(field.get_internal_type()),
        "nullable": bool(field.null),
        "primary_key": bool(field.primary_key),
    }
    if field.unique and not field.primary_key:
        found["unique"] = True
    if field.is_relation and getattr(field, "db_constraint", True):
        target = getattr(field, "target_field", None)
        if target is not None:
            found["foreign_key"] = "%s.%s" % (target.model._meta.db_table, target.column)
    return found


def _relations(meta: Any) -> Iterator[Dict[str, Any]]:
    """The attributes of a model that lead to others."""
    for field in meta.get_fields(include_hidden=False):
        target = getattr(field, "related_model", None)
        if not field.is_relation or target is None or isinstance(target, str):
            continue
        direction, many = _direction(field)
        accessor = getattr(field, "get_accessor_name", None)  # of the other side of a field
        name = field.name if accessor is None else accessor()
        if not name or not direction:
            continue
        found: Dict[str, Any] = {
            "name": str(name),
            "target": target.__name__,
            "direction": direction,
            "uselist": many,
        }
        through = getattr(getattr(field, "remote_field", None), "through", None)
        through = getattr(field, "through", None) or through
        table = getattr(getattr(through, "_meta", None), "db_table", None)
        if table is not None and field.many_to_many:
            found["secondary"] = str(table)
        yield found


def _direction(field: Any) -> Tuple[str, bool]:
    """As SQLAlchemy calls it, and whether the attribute gives several."""
    if field.many_to_many:
        return "MANYTOMANY", True
    if field.many_to_one:
        return "MANYTOONE", False
    if field.one_to_many:
        return "ONETOMANY", True
    if field.one_to_one:
        return ("ONETOMANY" if field.auto_created and not field.concrete else "MANYTOONE"), False
    return "", False


def _constraints(meta: Any) -> List[str]:
    """The names of constraints and indexes, those that PostgreSQL gives included."""
    found = [str(each.name) for each in (*meta.constraints, *meta.indexes) if each.name]
    found += [meta.db_table + end for end in _NAMES]
    for field in meta.local_concrete_fields:
        found += ["%s_%s_%s" % (meta.db_table, field.column, end) for end in ("key", "check")]
    return found
