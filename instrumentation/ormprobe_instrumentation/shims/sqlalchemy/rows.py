"""The line of row facts: how many rows, which entities and keys, the first values.

It rides on the next event. What is the same for every result of a statement (names of entities and
columns, as JSON) is made once.
"""

from __future__ import annotations

import json
from typing import Any, Callable, List, Optional, Sequence, Tuple

from ...events import MAX_VALUE_ROWS
from ...recorder import Recorder
from ..row_facts import LINE, ONE, columns_of, composite_facts, encode_key, entity_facts


class Shape:
    """What the rows of one statement look like.

    entities: per position the JSON name of a mapped class, None for a column. single: rows are
    instances or values, not tuples of them. attributes: of a single entity, the names to read.
    columns: JSON list of the names of `values`.
    """

    __slots__ = ("entities", "single", "attributes", "columns")

    def __init__(
        self, recorder: Recorder, mappers: Sequence[Any], single: bool, labels: Sequence[str]
    ) -> None:
        self.entities: List[Optional[str]] = [
            None if mapper is None else json.dumps(mapper.class_.__name__) for mapper in mappers
        ]
        self.single = single
        self.attributes: Tuple[str, ...] = ()
        names = [str(label) for label in labels]
        if single and mappers and mappers[0] is not None:
            names = [str(found.key) for found in mappers[0].column_attrs]
            self.attributes = tuple(names)
        self.columns = columns_of(recorder, names)


def orm_line(recorder: Recorder, statement: int, shape: Shape, rows: Sequence[Any]) -> str:
    """The line for a chunk of a result of the ORM."""
    if len(rows) == 1 and shape.attributes and rows[0] is not None:
        state = rows[0]._sa_instance_state
        if state.key is not None:  # what a look-up by key gives
            keys = encode_key(recorder, state.key[1])
            values = recorder.digests.scalars(map(state.dict.get, shape.attributes))
            return ONE % (statement, shape.entities[0], keys, shape.columns, values)
    facts: List[str] = []
    for index, name in enumerate(shape.entities):
        if name is not None and rows:
            column = rows if shape.single else [row[index] for row in rows]
            if None in column:
                column = [found for found in column if found is not None]
            facts.append(_entity(recorder, name, column))
    first = rows[:MAX_VALUE_ROWS]
    if shape.attributes:
        shown: Sequence[Any] = [
            _loaded(found, shape.attributes) for found in first if found is not None
        ]
    else:
        shown = [[found] for found in first] if shape.single else first
    return line(recorder, statement, len(rows), ",".join(facts), shape, shown)


def _loaded(instance: Any, attributes: Sequence[str]) -> List[Any]:
    """What an instance holds of these attributes, without loading any."""
    get: Callable[[str], Any] = instance._sa_instance_state.dict.get
    return list(map(get, attributes))


def line(
    recorder: Recorder,
    statement: int,
    count: int,
    entities: str,
    shape: Shape,
    values: Sequence[Sequence[Any]],
) -> str:
    shown = [recorder.digests.scalars(row) for row in values]
    return LINE % (statement, count, entities, shape.columns, ",".join(shown))


def _entity(recorder: Recorder, name: str, instances: Sequence[Any]) -> str:
    states = [found._sa_instance_state.key for found in instances]
    keys = [key[1] for key in states if key is not None]  # a refreshed one may be pending
    if keys and len(keys[0]) == 1:
        return entity_facts(recorder, name, [key[0] for key in keys])
    return composite_facts(recorder, name, keys)
