"""The line of row facts: how many rows, which model and keys, the first values.

It rides on the next event. What is the same for each result of a statement (names, as JSON) is
made once.
"""

from __future__ import annotations

import json
from operator import attrgetter
from typing import Any, Callable, Dict, List, Sequence, Tuple

from ...events import MAX_KEYS, MAX_VALUE_ROWS, WEAK_INTEGER
from ...recorder import Recorder
from ...scrub import scrub_sql
from .loads import encode_key, key_names
from .wanted import Wanted

LINE = '{"kind":"rows","statement":%d,"count":%d,"entities":[%s],"columns":%s,"values":[%s]}\n'

_ONE = (
    '{"kind":"rows","statement":%d,"count":1,"entities":[{"entity":%s,"distinct":1,"keys":[%s]}],'
    '"columns":%s,"values":[%s]}\n'
)
_ENTITY = '{"entity":%s,"distinct":%d,"keys":[%s]}'
_SHAPES = 2048
_PLAIN = frozenset(("DeferredAttribute", "ForeignKeyDeferredAttribute"))
_INTEGERS = {int}
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
            digests = recorder.digests
            names = [name if name.isidentifier() else scrub_sql(name, digests) for name in names]
        self.columns = json.dumps(names, separators=(",", ":"))


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
            return '{"kind":"rows","statement":%d,"count":0}\n' % box.number
        shape = self.shape(queryset, box, rows[0])
        scalars = self.recorder.digests.scalars
        entities, names = "", shape.attributes
        if count == 1 and names and len(shape.keys) == 1:  # what `get` gives
            get = rows[0].__dict__.get
            key = self.recorder.digests.scalar(get(shape.keys[0]))
            values = scalars(map(get, names))
            return _ONE % (box.number, shape.entity, key, shape.columns, values)
        if names:
            first = rows[:MAX_VALUE_ROWS]
            shown = [scalars(map(getattr(row, "__dict__", _NOTHING).get, names)) for row in first]
            if shape.key_getter is not None and len(set(map(_type_of, rows))) == 1:
                entities = self._keys(shape, list(map(shape.key_getter, rows)), count)
                return LINE % (box.number, count, entities, shape.columns, ",".join(shown))
            held = [getattr(row, "__dict__", _NOTHING) for row in rows]
            if len(shape.keys) == 1:
                name = shape.keys[0]
                entities = self._keys(shape, [row.get(name) for row in held], count)
            else:
                composite = [tuple(map(row.get, shape.keys)) for row in held]
                entities = self.composites(shape, composite, count)
        else:
            shown = [scalars(_values(row)) for row in rows[:MAX_VALUE_ROWS]]
            if shape.key_at >= 0:
                at = shape.key_at
                entities = self._keys(shape, [_values(row)[at] for row in rows], count)
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

    def _keys(self, shape: Shape, keys: List[Any], count: int) -> str:
        shown = keys[:MAX_KEYS]
        if set(map(type, shown)) == _INTEGERS and (
            min(shown) >= -WEAK_INTEGER and max(shown) <= WEAK_INTEGER
        ):
            text = str(shown)[1:-1]
        else:
            text = self.recorder.digests.scalars(shown)[1:-1]
        return _ENTITY % (shape.entity, _distinct(keys, count), text)

    def composites(self, shape: Shape, keys: List[Tuple[Any, ...]], count: int) -> str:
        shown = [encode_key(self.recorder, list(key)) for key in keys[:MAX_KEYS]]
        return _ENTITY % (shape.entity, _distinct(keys, count), ",".join(shown))


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
            return '{"kind":"rows","statement":%d,"count":0}\n' % self._box.number
        entities = self._shapes.composites(shape, self._keys, count) if self._keys else ""
        shown = ",".join(self._shown)
        return LINE % (self._box.number, count, entities, shape.columns, shown)


def _distinct(keys: Sequence[Any], count: int) -> int:
    """How many keys there are; those that were not kept are taken for others."""
    try:
        return len(set(keys)) + count - len(keys)
    except TypeError:  # a value that cannot be hashed
        return count


def _values(row: Any) -> Sequence[Any]:
    """The values of a row of `values` or `values_list`, or of one that is a value itself."""
    if isinstance(row, _MAPPING):
        return list(row.values())
    return row if isinstance(row, _SEQUENCE) else (row,)
