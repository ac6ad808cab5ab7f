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
    relations = list(_relations(model))
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


def _relations(model: Any) -> Iterator[Dict[str, Any]]:
    """The attributes of a model that lead to others, as its descriptors have them.

    Django is not asked for a model's relations: what it then remembers of them would be in the
    pickles of query sets.
    """
    told: Dict[str, None] = {}
    bases: Tuple[Any, ...] = model.__mro__
    for base in bases:
        for name, descriptor in list(base.__dict__.items()):
            kind = _KINDS.get(type(descriptor).__name__)
            if kind is not None and name not in told:
                told[name] = None
                yield _relation(str(name), descriptor, *kind)


def _relation(name: str, descriptor: Any, direction: str, many: bool) -> Dict[str, Any]:
    rel: Any = getattr(descriptor, "rel", None) or getattr(descriptor, "related", None)
    if rel is None:
        target: Any = descriptor.field.remote_field.model
    elif not getattr(descriptor, "reverse", True) or _is_generic(descriptor):
        target = rel.model
    else:
        target = rel.field.model
    found: Dict[str, Any] = {
        "name": name,
        "target": str(getattr(target, "__name__", target)),
        "direction": direction,
        "uselist": many,
    }
    meta: Any = getattr(getattr(rel, "through", None), "_meta", None)
    if meta is not None and direction == _MANY:
        found["secondary"] = str(meta.db_table)
    return found


def _is_generic(descriptor: Any) -> bool:
    return type(descriptor).__name__ == "ReverseGenericManyToOneDescriptor"


_MANY = "MANYTOMANY"

_KINDS: Dict[str, Tuple[str, bool]] = {
    "ForwardManyToOneDescriptor": ("MANYTOONE", False),
    "ForwardOneToOneDescriptor": ("MANYTOONE", False),
    "ReverseOneToOneDescriptor": ("ONETOMANY", False),
    "ReverseManyToOneDescriptor": ("ONETOMANY", True),
    "ReverseGenericManyToOneDescriptor": ("ONETOMANY", True),
    "ManyToManyDescriptor": (_MANY, True),
}
"""By the class of the descriptor: the direction, as SQLAlchemy calls it, and whether the attribute
gives several."""


def _constraints(meta: Any) -> List[str]:
    """The names of constraints and indexes, those that PostgreSQL gives included."""
    found = [str(each.name) for each in (*meta.constraints, *meta.indexes) if each.name]
    found += [meta.db_table + end for end in _NAMES]
    for field in meta.local_concrete_fields:
        found += ["%s_%s_%s" % (meta.db_table, field.column, end) for end in ("key", "check")]
    return found
