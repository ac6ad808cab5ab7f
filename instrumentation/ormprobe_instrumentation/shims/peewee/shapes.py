"""What the rows of a statement look like, found out once, and their line.

Instances are read by what they hold, so nothing is loaded and nothing of the app's runs.
"""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from ...recorder import Recorder
from ..row_facts import LINE, columns_of, composite_facts, entity_facts
from .keys import Names, key_names

Way = Tuple[str, ...]
"""Attributes that lead from a row's instance to one that was selected with it."""


class Part:
    """Instances of one model in the rows: on the way to them, their name as JSON, their key."""

    __slots__ = ("way", "name", "key")

    def __init__(self, way: Way, name: str, key: Names) -> None:
        self.way = way
        self.name = json.dumps(name)
        self.key = key


class Shape:
    """parts: the models of the rows, none where rows are values. columns: JSON list of the names of
    `values`. read: the values of one row."""

    __slots__ = ("parts", "columns", "read")

    def __init__(
        self, parts: Sequence[Part], columns: str, read: Optional[Callable[[Any], Sequence[Any]]]
    ) -> None:
        self.parts = parts
        self.columns = columns
        self.read = read

    def line(
        self, recorder: Recorder, statement: int, rows: Sequence[Any], values: Sequence[str]
    ) -> str:
        """The line of some rows; values: of the first of them, encoded."""
        entities = [_entity(recorder, part, rows) for part in self.parts]
        return LINE % (statement, len(rows), ",".join(entities), self.columns, ",".join(values))


def kind_of(wrapper: Any) -> Tuple[Tuple[Any, ...], Way]:
    """What tells apart results of one text: the classes that are made of the rows, None for none,
    and the names that joined ones are under."""
    held: Dict[str, Any] = wrapper.__dict__
    made = held.get("constructor")
    steps: Sequence[Any] = held.get("src_to_dest") or ()
    kind: Any = wrapper.__class__
    # what an app constructs of a row may be anything; a bound method is another one each time
    classes = (kind, held.get("model"), made if isinstance(made, type) else None)
    return classes, tuple([step[1] for step in steps])


def shape_of(recorder: Recorder, wrapper: Any) -> Shape:
    """The shape of what a wrapper makes of its rows, of which it has read one at least."""
    names = [kind.__name__ for kind in type(wrapper).__mro__]
    if "ModelCursorWrapper" in names:
        return _of_instances(recorder, wrapper)
    if "ObjectCursorWrapper" in names or "ModelObjectCursorWrapper" in names:
        constructor = wrapper.constructor
        if not isinstance(constructor, type) or not hasattr(constructor, "_meta"):
            return Shape((), "[]", None)  # what the app's own constructor made is not looked into
        columns = [str(name) for name in _names_of(wrapper)]
        key = key_names(constructor)
        return Shape(
            [Part((), constructor.__name__, key if set(key) <= set(columns) else ())],
            columns_of(recorder, _labels(wrapper, columns)),
            _reader([((), name) for name in columns]),
        )
    columns = [str(name) for name in _names_of(wrapper)]
    return Shape((), columns_of(recorder, _labels(wrapper, columns)), _values_of)


def _of_instances(recorder: Recorder, wrapper: Any) -> Shape:
    """Of instances, and of those that joins put into them."""
    ways: Dict[Any, Way] = {wrapper.model: ()}
    for source, attribute, target in [step[:3] for step in wrapper.src_to_dest]:
        if source in ways and target not in ways:
            ways[target] = (*ways[source], str(attribute))
    selected = list(wrapper.column_keys)
    names = [step[2] for step in wrapper.__dict__.get("_row_spec", ())] or wrapper.columns
    places = [(ways.get(key, ()), str(name)) for key, name in zip(selected, names)]
    parts: List[Part] = []
    for key, way in ways.items():
        # by identity: what is compared with a source makes an expression
        if key is not wrapper.model and not any(found is key for found in selected):
            continue
        model = key if isinstance(key, type) else getattr(key, "model", key)  # of an alias
        if not hasattr(model, "_meta"):
            continue
        key_parts = key_names(model)
        if key_parts and all((way, name) in places for name in key_parts):
            parts.append(Part(way, model.__name__, key_parts))
        elif not way:
            parts.append(Part(way, model.__name__, ()))
    labels = _labels(wrapper, [name for _, name in places])
    return Shape(parts, columns_of(recorder, labels), _reader(places))


def _labels(wrapper: Any, names: Sequence[str]) -> List[str]:
    """The names of columns in the database, where they are those of fields; else as they are."""
    fields: Sequence[Any] = wrapper.__dict__.get("fields") or ()
    found = list(names)
    for index, (field, name) in enumerate(zip(fields, names)):
        if getattr(field, "name", None) == name:
            found[index] = str(field.column_name)
    return found


def _reader(places: Sequence[Tuple[Way, str]]) -> Callable[[Any], Sequence[Any]]:
    """Reads the values of an instance, and of those in it, in the order of the columns."""
    if not any(way for way, _ in places):
        names = [name for _, name in places]

        def read(instance: Any) -> Sequence[Any]:
            data, own = instance.__data__, instance.__dict__
            return [data[name] if name in data else own.get(name) for name in names]

        return read

    def read_within(instance: Any) -> Sequence[Any]:
        return [_value(_follow(instance, way), name) for way, name in places]

    return read_within


def _value(instance: Any, name: str) -> Any:
    if instance is None:
        return None
    data = getattr(instance, "__data__", None)
    if data is not None and name in data:
        return data[name]
    return getattr(instance, "__dict__", {}).get(name)


def _follow(instance: Any, way: Way) -> Any:
    """The instance at the end of a way, None where a join found none; loads nothing."""
    for name in way:
        if instance is None:
            return None
        related: Dict[str, Any] = getattr(instance, "__rel__", None) or {}
        found = related.get(name)
        if found is None:
            found = getattr(instance, "__dict__", {}).get(name)
        instance = found
    return instance


def _values_of(row: Any) -> Sequence[Any]:
    """The values of a row that is a mapping or a tuple."""
    return list(row.values()) if row.__class__ is dict else tuple(row)


def _names_of(wrapper: Any) -> Sequence[Any]:
    """The names of columns as a wrapper has them, or its cursor; none where that is closed."""
    held: Dict[str, Any] = wrapper.__dict__
    named: Sequence[Any] = held.get("unique_columns") or held.get("columns") or ()
    if named:
        return named
    try:
        description = wrapper.cursor.description
    except Exception:
        return []
    return [column[0] for column in description or ()]


def _entity(recorder: Recorder, part: Part, rows: Sequence[Any]) -> str:
    """The instances of one model: how many keys, and the first of them."""
    if not part.key:
        return '{"entity":%s}' % part.name
    if part.way:
        found = [_follow(row, part.way) for row in rows]
        rows = [instance for instance in found if hasattr(instance, "__data__")]
    if len(part.key) == 1:
        name = part.key[0]
        return entity_facts(recorder, part.name, [row.__data__.get(name) for row in rows])
    keys = [tuple([row.__data__.get(name) for name in part.key]) for row in rows]
    return composite_facts(recorder, part.name, keys)
