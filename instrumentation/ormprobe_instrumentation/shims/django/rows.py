"""Rows that become instances, values and numbers: where a query set takes them."""

from __future__ import annotations

import json
import sys
from itertools import islice
from typing import Any, Dict, Iterator, List, Sequence, Tuple

from ...events import MAX_KEYS, MAX_VALUE_ROWS
from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...scrub import scrub_sql
from ...shim import Switch
from .loads import encode_key, key_names
from .wanted import Wanted, wanted

_LINE = '{"kind":"rows","statement":%d,"count":%d,"entities":[%s],"columns":%s,"values":[%s]}\n'
_SHAPES = 2048


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    module: Any = sys.modules["django.db.models.query"]
    shapes = Shapes(recorder)

    def make_fetch(original: Any) -> Any:
        def _fetch_all(self: Any) -> Any:
            if self._result_cache is not None or not switch.on:
                return original(self)
            box = Wanted(self.__dict__.get("_query") or self.query)
            token = wanted.set(box)
            try:
                result = original(self)
            except BaseException as error:
                hide_own_frame(error)
                raise
            finally:
                wanted.reset(token)
            if box.number and switch.on:
                try:
                    rows = self._result_cache
                    recorder.later(shapes.line(self, box, rows, len(rows)))
                except Exception as error:
                    switch.fail(error)
            return result

        return _fetch_all

    hooks.wrap(module.QuerySet, "_fetch_all", make_fetch)
    hooks.wrap(module.RawQuerySet, "_fetch_all", make_fetch)
    hooks.wrap(module.QuerySet, "_iterator", _make_iterator(switch, recorder, shapes))
    query: Any = sys.modules["django.db.models.sql.query"].Query
    hooks.wrap(query, "get_aggregation", _make_single(switch, recorder, _numbers))


def install_compiler(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    compiler: Any = sys.modules["django.db.models.sql.compiler"].SQLCompiler
    hooks.wrap(compiler, "has_results", _make_single(switch, recorder, _existence))


def _make_iterator(switch: Switch, recorder: Recorder, shapes: Shapes) -> Any:
    """Count what an iterator gives; what nobody takes of it is not counted."""

    def make(original: Any) -> Any:
        def _iterator(self: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
            generator = original(self, *args, **kwargs)
            if not switch.on:
                yield from generator
                return
            box = Wanted(self._query)
            count, shown = 0, []
            token = wanted.set(box)
            try:
                for row in generator:
                    if not count:
                        _reset(token)
                        token = None
                    count += 1
                    if count <= MAX_KEYS:
                        shown.append(row)
                    yield row
            except BaseException as error:
                hide_own_frame(error)
                raise
            finally:
                if token is not None:
                    _reset(token)
                generator.close()
                if box.number and switch.on:
                    try:
                        recorder.later(shapes.line(self, box, shown, count))
                    except Exception as error:
                        switch.fail(error)

        return _iterator

    return make


def _reset(token: Any) -> None:
    try:
        wanted.reset(token)
    except (ValueError, RuntimeError):  # advanced in another context
        wanted.set(None)


def _make_single(switch: Switch, recorder: Recorder, told: Any) -> Any:
    def make(original: Any) -> Any:
        def single(self: Any, *args: Any, **kwargs: Any) -> Any:
            if not switch.on:
                return original(self, *args, **kwargs)
            box = Wanted()
            token = wanted.set(box)
            try:
                result = original(self, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            finally:
                wanted.reset(token)
            if box.number and switch.on:
                try:
                    recorder.later(told(recorder, box.number, result))
                except Exception as error:
                    switch.fail(error)
            return result

        return single

    return make


def _numbers(recorder: Recorder, statement: int, result: Dict[str, Any]) -> str:
    """The line of what an aggregate or a count gave."""
    names = json.dumps([str(name) for name in result])
    return _LINE % (statement, 1, "", names, recorder.digests.scalars(result.values()))


def _existence(recorder: Recorder, statement: int, result: bool) -> str:
    return '{"kind":"rows","statement":%d,"count":%d}\n' % (statement, 1 if result else 0)


class Shape:
    """What the rows of one statement look like.

    entity: the JSON name of the model, of rows that are its instances. attributes: to be read of
    them. keys: the attributes of the primary key. columns: JSON list of the names of the values.
    """

    __slots__ = ("entity", "attributes", "keys", "columns", "key_at")

    def __init__(
        self, model: Any, instances: bool, names: Sequence[str], shown: Sequence[str]
    ) -> None:
        meta = model._meta
        self.entity = json.dumps(model.__name__)
        self.keys = key_names(meta)
        self.attributes: Tuple[str, ...] = ()
        self.key_at = -1
        if instances:
            self.attributes = tuple([str(field.attname) for field in meta.concrete_fields])
            shown = self.attributes
        else:
            for name in (self.keys[0], meta.pk.name, "pk"):
                if len(self.keys) == 1 and name in names and self.key_at < 0:
                    self.key_at = list(names).index(name)
        self.columns = json.dumps(list(shown), separators=(",", ":"))


class Shapes:
    """Writes the lines of rows; what is the same for each result of a statement is made once."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.known: Dict[Tuple[Any, ...], Shape] = {}
        recorder.tables.append(self.known)

    def line(self, queryset: Any, box: Wanted, rows: Sequence[Any], count: int) -> str:
        """rows: at least as many of the first as are shown. count: of all."""
        model = queryset.model
        first = rows[0] if rows else None
        key = (box.sql, model, type(first))
        shape = self.known.get(key)
        if shape is None:
            if len(self.known) >= _SHAPES:
                self.known.clear()
            shape = self.known[key] = self._shape(queryset, model, first)
        scalars = self.recorder.digests.scalars
        if shape.attributes:
            entities = self._entity(shape, rows, count) if rows else ""
            shown = [
                list(map(row.__dict__.get, shape.attributes))
                for row in islice(rows, MAX_VALUE_ROWS)
            ]
        else:
            shown = [_values(row) for row in islice(rows, MAX_VALUE_ROWS)]
            entities = ""
            if shape.key_at >= 0 and rows:
                entities = self._keys(shape, [[_values(row)[shape.key_at]] for row in rows], count)
        values = ",".join([scalars(row) for row in shown])
        return _LINE % (box.number, count, entities, shape.columns, values)

    def _shape(self, queryset: Any, model: Any, first: Any) -> Shape:
        instances = isinstance(first, model) if isinstance(model, type) else False
        names: List[str] = []
        if not instances:
            fields = getattr(queryset, "_fields", None)
            query = queryset.query
            if isinstance(first, dict):
                names = [str(name) for name in first]
            elif fields and all(isinstance(name, str) for name in fields):
                names = [str(name) for name in fields]
            elif hasattr(query, "values_select"):
                names = [*query.extra_select, *query.values_select, *query.annotation_select]
        scrub = self.recorder.digests
        shown = [name if name.isidentifier() else scrub_sql(name, scrub) for name in names]
        return Shape(model, instances, names, shown)

    def _entity(self, shape: Shape, rows: Sequence[Any], count: int) -> str:
        names = shape.keys
        if len(names) == 1:
            name = names[0]
            keys = [[row.__dict__.get(name)] for row in rows]
        else:
            keys = [[row.__dict__.get(name) for name in names] for row in rows]
        return self._keys(shape, keys, count)

    def _keys(self, shape: Shape, keys: List[List[Any]], count: int) -> str:
        try:
            distinct = len({tuple(key) for key in keys})
        except TypeError:  # a value that cannot be hashed
            distinct = len(keys)
        if len(keys) < count:
            distinct += count - len(keys)
        text = ",".join([encode_key(self.recorder, key) for key in keys[:MAX_KEYS]])
        return '{"entity":%s,"distinct":%d,"keys":[%s]}' % (shape.entity, distinct, text)


def _values(row: Any) -> List[Any]:
    """The values of a row of `values`, `values_list`, or of one that is a value itself."""
    if isinstance(row, dict):
        return list(row.values())
    if isinstance(row, (tuple, list)):
        return list(row)
    return [row]
