"""Rows that become entities or ORM tuples: `loading.instances` makes every such result.

Rows that nobody fetched are not counted, for they were not seen.
"""

from __future__ import annotations

from itertools import chain
from typing import Any, Dict, Iterator, Optional, Sequence, Tuple

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from .rows import Shape, orm_line
from .statements import Operation

_SHAPES = 2048


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    from sqlalchemy.orm import context as orm_context
    from sqlalchemy.orm import loading

    mapped = orm_context._MapperEntity
    shapes: Dict[Tuple[Any, ...], Shape] = {}
    recorder.tables.append(shapes)

    def make(original: Any) -> Any:
        def instances(cursor: Any, context: Any) -> Any:
            operation: Optional[Operation] = None
            if switch.on:
                found = getattr(getattr(cursor, "context", None), "_ormprobe", None)
                if type(found) is Operation:  # not where the statement could not be recorded
                    operation = found
                    operation.orm = True
            try:
                result = original(cursor, context)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if operation is not None and switch.on:
                try:
                    shape = _shape(recorder, shapes, operation, result, context, mapped)
                    _follow(recorder, switch, result, operation, shape)
                except Exception as error:
                    switch.fail(error)
            return result

        return instances

    hooks.wrap(loading, "instances", make)


def _shape(
    recorder: Recorder,
    shapes: Dict[Tuple[Any, ...], Shape],
    operation: Operation,
    result: Any,
    context: Any,
    mapped: Any,
) -> Shape:
    entities = context.compile_state._entities
    # columns have a mapper too: only these stand for instances
    mappers = tuple([found.mapper if isinstance(found, mapped) else None for found in entities])
    single = (
        len(entities) == 1
        and entities[0].supports_single_entity
        and not context.load_options._only_return_tuples
    )
    key = (operation.sql, single, mappers)
    shape = shapes.get(key)
    if shape is None:
        if len(shapes) >= _SHAPES:
            shapes.clear()
        labels = list(getattr(result._metadata, "keys", ()) or ())
        shape = shapes[key] = Shape(recorder, mappers, single, labels)
    return shape


def _follow(
    recorder: Recorder, switch: Switch, result: Any, operation: Operation, shape: Shape
) -> None:
    """Pass the chunks of a result on, and note each on the way."""
    original = result.chunks

    def chunks(size: Any) -> Iterator[Sequence[Any]]:
        try:
            for rows in original(size):
                if switch.on:
                    try:
                        recorder.later(orm_line(recorder, operation.number, shape, rows))
                    except Exception as error:
                        switch.fail(error)
                yield rows
        except BaseException as error:
            hide_own_frame(error)
            raise

    result.chunks = chunks
    # with `yield_per` the size must be handed on, or the stream is read whole
    result.iterator = chain.from_iterable(chunks(result._yield_per))
