"""The line of row facts: how many rows, which entities and keys, the first values."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Sequence, Tuple

from ...events import MAX_VALUE_ROWS
from ...recorder import Recorder
from ..row_facts import COUNT, LINE, ONE, columns_of, entity_facts
from .operations import Reading

_SHAPES = 2048

_shapes: Dict[Any, Shape] = {}


class Shape:
    """What the instances of a model hold: JSON of its name, its key's attribute, its columns."""

    __slots__ = ("name", "key", "attributes", "columns", "fields")

    def __init__(self, model: Any) -> None:
        meta = model._meta
        self.name = json.dumps(model.__name__)
        self.key = str(meta.pk_attr)
        self.attributes: Tuple[str, ...] = tuple(meta.fields_db_projection)
        self.columns = json.dumps(self.attributes, separators=(",", ":"))
        self.fields = len(self.attributes)


def shape_of(model: Any) -> Shape:
    found = _shapes.get(model)
    if found is None or found.fields != len(model._meta.fields_db_projection):
        if len(_shapes) >= _SHAPES:
            _shapes.clear()
        found = _shapes[model] = Shape(model)
    return found


def name_of(model: Any) -> str:
    """JSON of a model's name."""
    found = _shapes.get(model)
    return json.dumps(model.__name__) if found is None else found.name


def result_line(recorder: Recorder, reading: Reading, result: Any) -> str:
    """The line for what a query object gave to who awaited it."""
    query = reading.query
    kind = type(query).__name__
    if kind == "QuerySet" and not (
        query._annotations or query._fields_for_select or query._select_related
    ):
        if type(result) is query.model:
            shape = shape_of(query.model)
            held = result.__dict__
            return ONE % (
                reading.number,
                shape.name,
                recorder.digests.scalar(held.get(shape.key)),
                shape.columns,
                recorder.digests.scalars(map(held.get, shape.attributes)),
            )
        return _simple_line(recorder, reading, shape_of(query.model), _listed(result))
    if kind == "ValuesQuery":
        return _values_line(recorder, reading, query, _listed(result))
    if kind == "ValuesListQuery":
        return _tuples_line(recorder, reading, query, _listed(result))
    if kind == "QuerySet" or hasattr(query, "_prefetch_map"):
        return _instances_line(recorder, reading, query, _listed(result))
    if kind in ("RawSQLQuery", "UnionQuery"):
        return _plain_instances_line(recorder, reading, _listed(result))
    return raw_line(recorder, reading.number, reading.rows)


def _listed(result: Any) -> List[Any]:
    """The rows of a result; of one that is to be single, that one or none."""
    if result.__class__ is list:
        return result
    return [] if result is None else [result]


def _simple_line(
    recorder: Recorder, reading: Reading, shape: Shape, instances: Sequence[Any]
) -> str:
    """The line for whole instances of one model."""
    scalars = recorder.digests.scalars
    shown = [
        scalars(map(found.__dict__.get, shape.attributes)) for found in instances[:MAX_VALUE_ROWS]
    ]
    facts = _entity(recorder, shape, instances) if instances else ""
    return LINE % (reading.number, len(instances), facts, shape.columns, ",".join(shown))


def _instances_line(
    recorder: Recorder, reading: Reading, query: Any, instances: Sequence[Any]
) -> str:
    shape = shape_of(query.model)
    facts = _entity(recorder, shape, instances) if instances else ""
    for path in getattr(query, "_select_related", ()) if instances else ():
        facts += _related(recorder, query.model, path, instances)
    extra = tuple(query._annotations)
    attributes, columns = shape.attributes, shape.columns
    if instances and (extra or query._fields_for_select):
        held = instances[0].__dict__
        attributes = tuple(name for name in (*attributes, *extra) if name in held)
        columns = json.dumps(attributes, separators=(",", ":"))
    shown = [
        recorder.digests.scalars([held.get(name) for name in attributes])
        for held in [found.__dict__ for found in instances[:MAX_VALUE_ROWS]]
    ]
    return LINE % (reading.number, len(instances), facts, columns, ",".join(shown))


def _plain_instances_line(recorder: Recorder, reading: Reading, instances: Sequence[Any]) -> str:
    """Of a raw query or a union, whose instances hold what the SQL selects."""
    by_model: Dict[Any, List[Any]] = {}
    for found in instances:
        by_model.setdefault(type(found), []).append(found)
    facts = [_entity(recorder, shape_of(model), found) for model, found in by_model.items()]
    if len(by_model) != 1:
        count = len(instances)
        return LINE % (reading.number, count, ",".join(facts), "[]", "")
    shape = shape_of(type(instances[0]))
    names = [name for name in shape.attributes if name in instances[0].__dict__]
    shown = [
        recorder.digests.scalars([found.__dict__.get(name) for name in names])
        for found in instances[:MAX_VALUE_ROWS]
    ]
    columns = json.dumps(names, separators=(",", ":"))
    return LINE % (reading.number, len(instances), facts[0], columns, ",".join(shown))


def _entity(recorder: Recorder, shape: Shape, instances: Sequence[Any]) -> str:
    key = shape.key
    return _facts(recorder, shape.name, [found.__dict__.get(key) for found in instances])


def _facts(recorder: Recorder, name: str, keys: Sequence[Any]) -> str:
    known = [key for key in keys if key is not None]
    return entity_facts(recorder, name, known)


def _related(recorder: Recorder, model: Any, path: str, instances: Sequence[Any]) -> str:
    """The entities that a query joined for its instances."""
    found: List[Any] = list(instances)
    for part in path.split("__"):
        found = [inner.__dict__.get("_" + part) for inner in found]
        found = [inner for inner in found if hasattr(inner, "_meta")]
    return "," + _entity(recorder, shape_of(type(found[0])), found) if found else ""


def _values_line(
    recorder: Recorder, reading: Reading, query: Any, rows: Sequence[Dict[str, Any]]
) -> str:
    sources = getattr(query, "_fields_for_select", None)
    if sources is None:
        sources = query.fields_for_select  # of 0.20
    names = [str(name) for name in (rows[0] if rows else sources)]
    facts = ""
    if all(sources.get(name, "") in query.model._meta.fields_db_projection for name in names):
        shape = shape_of(query.model)
        for name in names:
            if sources[name] == shape.key:
                facts = _facts(recorder, shape.name, [row[name] for row in rows])
    shown = [recorder.digests.scalars(row.values()) for row in rows[:MAX_VALUE_ROWS]]
    return LINE % (
        reading.number,
        len(rows),
        facts if rows else "",
        columns_of(recorder, names),
        ",".join(shown),
    )


def _tuples_line(recorder: Recorder, reading: Reading, query: Any, rows: Sequence[Any]) -> str:
    names = [str(name) for name in query.fields.values()]
    flat = bool(getattr(query, "_flat", getattr(query, "flat", False)))
    facts = ""
    shape = shape_of(query.model)
    if shape.key in names and all(name in query.model._meta.fields_db_projection for name in names):
        place = names.index(shape.key)
        keys = rows if flat else [row[place] for row in rows]
        facts = _facts(recorder, shape.name, keys) if rows else ""
    shown = [recorder.digests.scalars([row] if flat else row) for row in rows[:MAX_VALUE_ROWS]]
    return LINE % (
        reading.number,
        len(rows),
        facts,
        columns_of(recorder, names),
        ",".join(shown),
    )


def raw_line(recorder: Recorder, statement: int, rows: Sequence[Any], model: Any = None) -> str:
    """The line for rows as the driver gave them: mappings, or records that can be like ones."""
    count = len(rows)
    first = rows[0] if rows else None
    if first is None or not hasattr(first, "keys"):
        return COUNT % (statement, count)
    names = [str(name) for name in first.keys()]  # noqa: SIM118 - some give their values
    facts = ""
    if model is not None and model._meta.db_pk_column in names:
        keys = [row[model._meta.db_pk_column] for row in rows]
        facts = _facts(recorder, json.dumps(model.__name__), keys)
    shown = [
        recorder.digests.scalars([row[name] for name in names]) for row in rows[:MAX_VALUE_ROWS]
    ]
    return LINE % (statement, count, facts, columns_of(recorder, names), ",".join(shown))
