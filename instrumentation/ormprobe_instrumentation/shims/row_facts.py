"""What every ORM's line of row facts is made of: its form, keys of entities, names of columns."""

from __future__ import annotations

import json
from typing import Any, Iterable, Optional, Sequence

from ..digests import PLAIN
from ..events import MAX_KEYS, WEAK_INTEGER
from ..recorder import Recorder
from ..scrub import scrub_sql

LINE = '{"kind":"rows","statement":%d,"count":%d,"entities":[%s],"columns":%s,"values":[%s]}\n'
ONE = (
    '{"kind":"rows","statement":%d,"count":1,"entities":[{"entity":%s,"distinct":1,"keys":[%s]}],'
    '"columns":%s,"values":[%s]}\n'
)
"""Of one instance, which a look-up by key gives."""

COUNT = '{"kind":"rows","statement":%d,"count":%d}\n'

_ENTITY = '{"entity":%s,"distinct":%d,"keys":%s}'
_INTEGERS = {int}


def encode_key(recorder: Recorder, key: Optional[Sequence[Any]]) -> str:
    """A primary key as JSON: the value of a single column, a list for several."""
    if key is None:
        return "null"
    if len(key) == 1:
        return recorder.digests.scalar(key[0])
    return recorder.digests.scalars(key)


def entity_facts(
    recorder: Recorder, name: str, keys: Sequence[Any], count: Optional[int] = None
) -> str:
    """An entity by keys of one column. name: as JSON. count: of all, where keys are left out."""
    shown = keys[:MAX_KEYS]
    if (
        set(map(type, shown)) == _INTEGERS
        and min(shown) >= -WEAK_INTEGER
        and max(shown) <= WEAK_INTEGER
    ):
        text = str(shown)
    else:
        text = recorder.digests.scalars(shown)
    return _ENTITY % (name, _distinct(keys, count), text)


def composite_facts(
    recorder: Recorder, name: str, keys: Sequence[Sequence[Any]], count: Optional[int] = None
) -> str:
    """An entity by keys that may have several columns."""
    shown = ",".join([encode_key(recorder, key) for key in keys[:MAX_KEYS]])
    return _ENTITY % (name, _distinct(keys, count), "[%s]" % shown)


def _distinct(keys: Sequence[Any], count: Optional[int]) -> int:
    """How many keys there are; those that are not here are taken for others."""
    more = 0 if count is None else count - len(keys)
    try:
        return len(set(keys)) + more
    except TypeError:  # of a class that cannot be hashed
        return len(keys) + more


def columns_of(recorder: Recorder, names: Iterable[str]) -> str:
    """Names of columns as JSON; that of an expression is its SQL, without its literals."""
    return json.dumps([_label(recorder, name) for name in names], separators=(",", ":"))


def _label(recorder: Recorder, name: str) -> str:
    if name.isidentifier() or recorder.values == PLAIN:
        return name
    return scrub_sql(name, recorder.digests)
