"""The line of row facts: how many rows, which model and keys, the first values.

It rides on the next event. What is the same for each result of a statement (names, as JSON) is
made once.
"""

from __future__ import annotations

import json
from operator import attrgetter
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from ...events import MAX_KEYS, MAX_VALUE_ROWS
from ...recorder import Recorder
from ..row_facts import COUNT, LINE, ONE, columns_of, composite_facts, entity_facts
from .loads import key_names
from .wanted import Wanted

_SHAPES = 2048
_PLAIN = frozenset(("DeferredAttribute", "ForeignKeyDeferredAttribute"))
_NOTHING: Dict[str, Any] = {}

# Any, so that what the app has stays Any behind isinstance() and type()
_MAPPING: Any = dict
_SEQUENCE: Any = (list, tuple)
_type_of: Callable[[object], Any] = type


class Shape:
    """What the rows of one statement look like.

    entity: the JSON name of the model. keys: the attributes of its primary key. attributes: of
    rows that are its instances, what was loaded. key_at: of others, where its key stands, -1 for
    nowhere. columns: JSON list of the names of the values.
    """

    __slots__ = ("entity", "attributes", "keys", "columns", "key_at", "key_getter")

    def __init__(self, recorder: Recorder, queryset: Any, first: Any) -> None:
        model = queryset.model
        meta = model._meta
        self.entity = json.dumps(model.__name__)
        self.keys = key_names(meta)
        self.attributes: Tuple[str, ...] = ()
        self.key_at = -1
        self.key_getter: Any = None
        if isinstance(first, model):
            loaded = first.__dict__
            names = [str(each.attname) for each in meta.concrete_fields if each.attname in loaded]
            self.attributes = tuple(names)
            if len(self.keys) == 1 and self.keys[0] in names and _is_plain(model, self.keys[0]):
                self.key_getter = attrgetter(self.keys[0])
        else:
            names = _names(queryset, first)
            for name in (self.keys[0], meta.pk.name, "pk"):
                if len(self.keys) == 1 and name in names and self.key_at < 0:
                    self.key_at = names.index(name)
        self.columns = columns_of(recorder, names)


def _is_plain(model: Any, name: str) -> bool:
    """Whether an attribute is read off an instance that has it without anything else happening.

    To ask each instance for its `__dict__` would make a dictionary of each.
    """
    for base in model.__mro__:
        if "__getattribute__" in base.__dict__:
            return base is object
        found = base.__dict__.get(name)
        if found is not None and type(found).__name__ not in _PLAIN:
            return False
    return True


def _names(queryset: Any, first: Any) -> List[str]:
    """The names of the values of a row that is no instance."""
    if isinstance(first, _MAPPING):
        return [str(name) for name in first]
    fields: Any = getattr(queryset, "_fields", None)
    if fields and all(isinstance(name, str) for name in fields):
        return list(fields)
    query = queryset.query
    if hasattr(query, "values_select"):
        named = (*query.extra_select, *query.values_select, *query.annotation_select)
        return [str(name) for name in named]
    return []


class Shapes:
    """Makes the lines of rows."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.known: Dict[Tuple[Any, ...], Shape] = {}
        recorder.tables.append(self.known)

    def line(self, queryset: Any, box: Wanted, rows: Sequence[Any], count: int) -> str:
        """rows: at least as many of the first as are shown. count: of all."""
        if not count:
            return COUNT % (box.number, 0)
        shape = self.shape(queryset, box, rows[0])
        recorder, names = self.recorder, shape.attributes
        scalars = recorder.digests.scalars
        if count == 1 and names and len(shape.keys) == 1:  # what `get` gives
            get = rows[0].__dict__.get
            key = recorder.digests.scalar(get(shape.keys[0]))
            values = scalars(map(get, names))
            return ONE % (box.number, shape.entity, key, shape.columns, values)
        entities = ""
        keys: Any = None
        if not names:
            shown = [scalars(_values(row)) for row in rows[:MAX_VALUE_ROWS]]
            if shape.key_at >= 0:
                keys = [_values(row)[shape.key_at] for row in rows]
        else:
            first = rows[:MAX_VALUE_ROWS]
            shown = [scalars(map(getattr(row, "__dict__", _NOTHING).get, names)) for row in first]
            read: Optional[Callable[[Any], Any]] = shape.key_getter
            if read is not None and len(set(map(_type_of, rows))) == 1:
                keys = list(map(read, rows))
            else:
                held = [getattr(row, "__dict__", _NOTHING) for row in rows]
                if len(shape.keys) == 1:
                    keys = [row.get(shape.keys[0]) for row in held]
                else:
                    composite = [tuple(map(row.get, shape.keys)) for row in held]
                    entities = composite_facts(recorder, shape.entity, composite, count)
        if keys is not None:
            entities = entity_facts(recorder, shape.entity, keys, count)
        return LINE % (box.number, count, entities, shape.columns, ",".join(shown))

    def shape(self, queryset: Any, box: Wanted, first: Any) -> Shape:
        """What the rows of a statement look like. first: one of them."""
        known = (box.sql, queryset.model, _type_of(first))
        shape = self.known.get(known)
        if shape is None:
            if len(self.known) >= _SHAPES:
                self.known.clear()
            shape = self.known[known] = Shape(self.recorder, queryset, first)
        return shape


class Streamed:
    """The rows of an iterator, read as they pass: none is kept, and the app may change each."""

    def __init__(self, shapes: Shapes, queryset: Any, box: Wanted) -> None:
        self._shapes = shapes
        self._queryset = queryset
        self._box = box
        self._count = 0
        self._shape: Any = None
        self._shown: List[str] = []
        self._keys: List[Tuple[Any, ...]] = []

    def add(self, row: Any) -> None:
        self._count += 1
        if self._count > MAX_KEYS:
            return
        shape = self._shape
        if shape is None:
            shape = self._shape = self._shapes.shape(self._queryset, self._box, row)
        if shape.attributes:
            get = getattr(row, "__dict__", _NOTHING).get
            values: Sequence[Any] = list(map(get, shape.attributes))
            self._keys.append(tuple(map(get, shape.keys)))
        else:
            values = _values(row)
            if shape.key_at >= 0:
                self._keys.append((values[shape.key_at],))
        if self._count <= MAX_VALUE_ROWS:
            self._shown.append(self._shapes.recorder.digests.scalars(values))

    def line(self) -> str:
        count, shape = self._count, self._shape
        if shape is None:
            return COUNT % (self._box.number, 0)
        recorder, entities = self._shapes.recorder, ""
        if self._keys:
            entities = composite_facts(recorder, shape.entity, self._keys, count)
        shown = ",".join(self._shown)
        return LINE % (self._box.number, count, entities, shape.columns, shown)


def _values(row: Any) -> Sequence[Any]:
    """The values of a row of `values` or `values_list`, or of one that is a value itself."""
    if isinstance(row, _MAPPING):
        return list(row.values())
    return row if isinstance(row, _SEQUENCE) else (row,)
