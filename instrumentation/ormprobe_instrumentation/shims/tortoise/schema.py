"""The mapped schema: tables, columns, keys and relations, as the models have them."""

from __future__ import annotations

from typing import Any, Dict, List, Set
from weakref import WeakSet

from ...hooks import Hooks
from ...recorder import Recorder
from ...scrub import words_of
from ...shim import Switch


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    from tortoise.models import MetaInfo

    told: WeakSet[Any] = WeakSet()
    through: Set[str] = set()

    def make(original: Any) -> Any:
        def finalise_model(self: Any, *args: Any, **kwargs: Any) -> Any:
            result = original(self, *args, **kwargs)
            if switch.on:
                try:
                    model = self._model
                    if model not in told:
                        told.add(model)
                        _tell(recorder, model, through)
                except Exception as error:
                    switch.fail(error)
            return result

        return finalise_model

    hooks.wrap(MetaInfo, "finalise_model", make)


def _tell(recorder: Recorder, model: Any, through: Set[str]) -> None:
    meta = model._meta
    table = str(meta.db_table)
    columns = _columns(meta)
    relations = [_relation(meta, name) for name in sorted(meta.fetch_fields)]
    words = [table, model.__name__, "%s_pkey" % table]
    words += [column["name"] for column in columns] + list(meta.fields_map)
    for column in columns:
        words += ["%s_%s_%s" % (table, column["name"], kind) for kind in ("key", "fkey", "check")]
    recorder.know(words_of(words))
    recorder.rider(
        "schema",
        **{"db.collection.name": table},
        entity=model.__name__,
        columns=columns,
        relations=relations,
    )
    for name in meta.m2m_fields:
        _tell_through(recorder, model, meta.fields_map[name], through)


def _columns(meta: Any) -> List[Dict[str, Any]]:
    references = _references(meta)
    found: List[Dict[str, Any]] = []
    for name, column in meta.fields_db_projection.items():
        field = meta.fields_map[name]
        entry: Dict[str, Any] = {
            "name": str(column),
            "type": type(field).__name__,
            "nullable": bool(field.null),
            "primary_key": bool(field.pk),
        }
        if field.unique and not field.pk:
            entry["unique"] = True
        if name in references:
            entry["foreign_key"] = references[name]
        found.append(entry)
    return found


def _references(meta: Any) -> Dict[str, str]:
    """By the fields that hold a foreign key, the columns that they refer to."""
    found: Dict[str, str] = {}
    for name in (*meta.fk_fields, *meta.o2o_fields):
        field = meta.fields_map[name]
        target = field.related_model._meta
        key = field.to_field_instance
        column = key.source_field or key.model_field_name
        found[str(field.source_field)] = "%s.%s" % (target.db_table, column)
    return found


def _relation(meta: Any, name: str) -> Dict[str, Any]:
    field = meta.fields_map[name]
    many = name in meta.m2m_fields
    single = name in meta.fk_fields or name in meta.o2o_fields
    found: Dict[str, Any] = {
        "name": str(name),
        "target": field.related_model.__name__,
        "direction": "MANYTOMANY" if many else "MANYTOONE" if single else "ONETOMANY",
        "uselist": many or name in meta.backward_fk_fields,
    }
    if many:
        found["secondary"] = str(field.through)
    return found


def _tell_through(recorder: Recorder, model: Any, field: Any, through: Set[str]) -> None:
    """Record the table between two models, which has no model of its own."""
    table = str(field.through)
    if table in through:
        return
    through.add(table)
    ends = ((field.backward_key, model), (field.forward_key, field.related_model))
    columns = [
        {
            "name": str(key),
            "type": type(end._meta.pk).__name__,
            "nullable": False,
            "primary_key": False,
            "foreign_key": "%s.%s" % (end._meta.db_table, end._meta.db_pk_column),
        }
        for key, end in ends
    ]
    recorder.know(words_of([table, *[str(column["name"]) for column in columns]]))
    recorder.rider("schema", **{"db.collection.name": table}, columns=columns)
