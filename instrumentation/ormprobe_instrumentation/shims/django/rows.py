"""Rows that become instances, values and numbers: where a query set takes them."""

from __future__ import annotations

import json
import sys
from typing import Any, Dict, Iterator

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from ..row_facts import COUNT, LINE
from .shapes import Shapes, Streamed
from .unsaved import unsaved_of
from .wanted import Wanted, remember, wanted


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    module: Any = sys.modules["django.db.models.query"]
    shapes = Shapes(recorder)
    unsaved = unsaved_of(recorder)

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
                    rows: Any = self.__dict__["_result_cache"]
                    count = len(rows)
                    if count != 1:
                        remember(box)
                    recorder.later(shapes.line(self, box, rows, count))
                    if unsaved is not None:
                        unsaved.read(rows, box.number)
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
            seen = Streamed(shapes, self, box)
            token: Any = wanted.set(box)
            try:
                for row in generator:
                    if token is not None:
                        _reset(token)
                        token = None
                    if switch.on:
                        try:
                            seen.add(row)
                        except Exception as error:
                            switch.fail(error)
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
                        recorder.later(seen.line())
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
    return LINE % (statement, 1, "", names, recorder.digests.scalars(result.values()))


def _existence(recorder: Recorder, statement: int, result: bool) -> str:
    return COUNT % (statement, 1 if result else 0)
