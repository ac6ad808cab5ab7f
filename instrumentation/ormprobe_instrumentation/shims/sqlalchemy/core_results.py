"""Rows of Core results, at the strategies that take them from the driver's cursor."""

from __future__ import annotations

from itertools import islice
from typing import Any, Dict, List, Sequence, Tuple

from ...events import MAX_VALUE_ROWS
from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from .rows import Shape, line
from .statements import Operation

_SHAPES = 2048


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    from sqlalchemy.engine import cursor as module

    counter = _Counter(recorder)

    def make_fetch(ended: Any) -> Any:
        """ended: of the rows of one fetch, whether they are the last."""

        def make(original: Any) -> Any:
            def fetch(self: Any, result: Any, dbapi_cursor: Any, *more: Any, **named: Any) -> Any:
                try:
                    rows = original(self, result, dbapi_cursor, *more, **named)
                except BaseException as error:
                    hide_own_frame(error)
                    raise
                if switch.on:
                    try:
                        counter.seen(result, rows, ended)
                    except Exception as error:
                        switch.fail(error)
                return rows

            return fetch

        return make

    def make_close(original: Any) -> Any:
        def hard_close(self: Any, result: Any, dbapi_cursor: Any) -> Any:
            if switch.on:
                try:
                    counter.closed(result)
                except Exception as error:
                    switch.fail(error)
            return original(self, result, dbapi_cursor)

        return hard_close

    strategies = (
        module.CursorFetchStrategy,
        module.BufferedRowCursorFetchStrategy,
        module.FullyBufferedCursorFetchStrategy,
    )
    for strategy in strategies:  # each has functions of its own and calls no other's fetch
        hooks.wrap(strategy, "fetchall", make_fetch("all"))
        hooks.wrap(strategy, "fetchmany", make_fetch("many"))
        hooks.wrap(strategy, "fetchone", make_fetch("one"))
        hooks.wrap(strategy, "hard_close", make_close)


class _Counter:
    """Counts what is fetched of a result, and tells it once."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._shapes: Dict[int, Tuple[int, Shape]] = {}
        recorder.tables.append(self._shapes)

    def seen(self, result: Any, rows: Any, fetched: str) -> None:
        operation = getattr(result.context, "_ormprobe", None)
        if type(operation) is not Operation or operation.orm or operation.told:
            return
        if fetched == "one":
            rows = () if rows is None else (rows,)
        if operation.rows < MAX_VALUE_ROWS:
            # a deque cannot be sliced
            operation.values += islice(rows, MAX_VALUE_ROWS - operation.rows)
        operation.rows += len(rows)
        if fetched == "all" or not rows:
            self._tell(operation, result)

    def closed(self, result: Any) -> None:
        operation = getattr(result.context, "_ormprobe", None)
        if type(operation) is Operation and operation.rows and not operation.orm:
            self._tell(operation, result)

    def _tell(self, operation: Operation, result: Any) -> None:
        if not operation.told:
            operation.told = True
            values: Sequence[Any] = operation.values
            width = len(values[0]) if values else -1
            shape = self._shape(operation.sql, width, result)
            operation.values = []
            found = line(self._recorder, operation.number, operation.rows, "", shape, values)
            self._recorder.later(found)

    def _shape(self, sql: int, width: int, result: Any) -> Shape:
        known = self._shapes.get(sql)
        if known is None or known[0] != width:
            if len(self._shapes) >= _SHAPES:
                self._shapes.clear()
            metadata = getattr(result, "_metadata", None)
            labels: List[str] = [str(name) for name in getattr(metadata, "keys", ()) or ()]
            known = self._shapes[sql] = (width, Shape(self._recorder, (), False, labels))
        return known[1]
