"""Row facts: how many rows a statement gave, which entities and keys, the first values.

They ride on the next event. Rows that nobody fetched are not counted, for they were not seen.
"""

from __future__ import annotations

import json
from itertools import chain
from typing import Any, Iterator, List, Optional, Sequence

from ...digests import is_scalar
from ...events import MAX_KEYS, MAX_VALUE_ROWS
from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from .statements import Operation, encode_key


def install_orm(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    """Rows that become entities or ORM tuples: `loading.instances` makes every such result."""
    from sqlalchemy.orm import context as orm_context
    from sqlalchemy.orm import loading

    mapped = orm_context._MapperEntity

    def make(original: Any) -> Any:
        def instances(cursor: Any, context: Any) -> Any:
            operation: Optional[Operation] = None
            if switch.on:
                operation = getattr(getattr(cursor, "context", None), "_ormprobe", None)
                if operation is not None:
                    operation.orm = True
            try:
                result = original(cursor, context)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if operation is not None and switch.on:
                try:
                    _follow(recorder, switch, result, context, operation, mapped)
                except Exception as error:
                    switch.fail(error)
            return result

        return instances

    hooks.wrap(loading, "instances", make)


def _follow(
    recorder: Recorder,
    switch: Switch,
    result: Any,
    context: Any,
    operation: Operation,
    mapped: Any,
) -> None:
    """Pass the chunks of a result on, and note each on the way."""
    entities = context.compile_state._entities
    # columns have a mapper too: only these stand for instances
    mappers = [found.mapper if isinstance(found, mapped) else None for found in entities]
    single = (
        len(entities) == 1
        and entities[0].supports_single_entity
        and not context.load_options._only_return_tuples
    )
    labels: List[str] = list(getattr(result._metadata, "keys", ()) or ())
    original = result.chunks

    def chunks(size: Any) -> Iterator[Sequence[Any]]:
        try:
            for rows in original(size):
                if switch.on:
                    try:
                        _note(recorder, operation, mappers, single, labels, rows)
                    except Exception as error:
                        switch.fail(error)
                yield rows
        except BaseException as error:
            hide_own_frame(error)
            raise

    result.chunks = chunks
    # with `yield_per` the size must be handed on, or the stream is read whole
    result.iterator = chain.from_iterable(chunks(result._yield_per))


def _note(
    recorder: Recorder,
    operation: Operation,
    mappers: Sequence[Any],
    single: bool,
    labels: List[str],
    rows: Sequence[Any],
) -> None:
    facts: List[str] = []
    for index, mapper in enumerate(mappers):
        if mapper is None or not rows:
            continue
        column = rows if single else [row[index] for row in rows]
        keys = [found._sa_instance_state.key[1] for found in column if found is not None]
        name = json.dumps(mapper.class_.__name__)
        facts.append(
            '{"entity":%s,"distinct":%d,"keys":%s}' % (name, len(set(keys)), _keys(recorder, keys))
        )
    if single and mappers[0] is not None:
        names, values = _instance_values(rows[:MAX_VALUE_ROWS])
    else:
        first = rows[:MAX_VALUE_ROWS]
        names, values = labels, [(row,) for row in first] if single else first
    _write(recorder, operation, len(rows), facts, names, values)


def _keys(recorder: Recorder, keys: Sequence[Any]) -> str:
    shown = keys[:MAX_KEYS]
    return "[" + ",".join([encode_key(recorder, key) for key in shown]) + "]"


def _instance_values(rows: Sequence[Any]) -> Any:
    """The loaded scalar attributes of the first entities."""
    if not rows or rows[0] is None:
        return [], []
    first = rows[0]._sa_instance_state.dict
    names = [name for name, value in first.items() if name[0] != "_" and is_scalar(value)]
    loaded = [row._sa_instance_state.dict for row in rows if row is not None]
    return names, [[values.get(name) for name in names] for values in loaded]


def _write(
    recorder: Recorder,
    operation: Operation,
    count: int,
    facts: Sequence[str],
    names: Sequence[str],
    values: Sequence[Any],
) -> None:
    operation.told = True
    scalar = recorder.digests.scalar
    shown = [
        "[" + ",".join([scalar(v) if is_scalar(v) else "null" for v in row]) + "]" for row in values
    ]
    recorder.later(
        '{"kind":"rows","statement":%d,"count":%d,"entities":[%s],"columns":%s,"values":[%s]}\n'
        % (
            operation.number,
            count,
            ",".join(facts),
            json.dumps([str(name) for name in names], separators=(",", ":")),
            ",".join(shown),
        )
    )


def install_core(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    """Rows of Core results, at the strategy that takes them from the driver's cursor.

    Buffered strategies fetch in blocks of their own; their rows stay uncounted.
    """
    from sqlalchemy.engine import cursor as module

    strategy = module.CursorFetchStrategy
    kept: Any = {}

    def tell(operation: Operation, names: Sequence[str]) -> None:
        values = kept.pop(id(operation), [])
        if not operation.told:
            _write(recorder, operation, operation.rows, (), names, values)

    def seen(result: Any, dbapi_cursor: Any, rows: Sequence[Any], ended: bool) -> None:
        operation = getattr(result.context, "_ormprobe", None)
        if operation is None or operation.orm or operation.told:
            return
        if operation.rows < MAX_VALUE_ROWS:
            kept.setdefault(id(operation), []).extend(
                [tuple(row) for row in rows[: MAX_VALUE_ROWS - operation.rows]]
            )
        operation.rows += len(rows)
        if ended:
            tell(operation, _names(result))

    def make_all(original: Any) -> Any:
        def fetchall(self: Any, result: Any, dbapi_cursor: Any) -> Any:
            try:
                rows = original(self, result, dbapi_cursor)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on:
                try:
                    seen(result, dbapi_cursor, rows, True)
                except Exception as error:
                    switch.fail(error)
            return rows

        return fetchall

    def make_many(original: Any) -> Any:
        def fetchmany(self: Any, result: Any, dbapi_cursor: Any, size: Any = None) -> Any:
            try:
                rows = original(self, result, dbapi_cursor, size)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on:
                try:
                    seen(result, dbapi_cursor, rows, not rows)
                except Exception as error:
                    switch.fail(error)
            return rows

        return fetchmany

    def make_one(original: Any) -> Any:
        def fetchone(self: Any, result: Any, dbapi_cursor: Any, hard_close: bool = False) -> Any:
            try:
                row = original(self, result, dbapi_cursor, hard_close)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on:
                try:
                    seen(result, dbapi_cursor, () if row is None else (row,), row is None)
                except Exception as error:
                    switch.fail(error)
            return row

        return fetchone

    def make_close(original: Any) -> Any:
        def close(self: Any, result: Any, dbapi_cursor: Any) -> Any:
            if switch.on:
                try:
                    operation = getattr(result.context, "_ormprobe", None)
                    if operation is not None and not operation.orm and operation.rows:
                        tell(operation, _names(result))
                except Exception as error:
                    switch.fail(error)
            return original(self, result, dbapi_cursor)

        return close

    hooks.wrap(strategy, "fetchall", make_all)
    hooks.wrap(strategy, "fetchmany", make_many)
    hooks.wrap(strategy, "fetchone", make_one)
    hooks.wrap(strategy, "hard_close", make_close)


def _names(result: Any) -> List[str]:
    metadata = getattr(result, "_metadata", None)
    return [str(name) for name in getattr(metadata, "keys", ()) or ()]
