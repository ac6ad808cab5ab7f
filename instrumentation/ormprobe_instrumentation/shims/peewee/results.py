"""Rows of results: told when they were read, as far as they were read.

Rows that nobody fetched are not counted, for they were not seen.
"""

from __future__ import annotations

import sys
import weakref
from functools import partial
from typing import Any, Dict, Iterator, List, Optional, Tuple

from ...events import MAX_VALUE_ROWS
from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from ..row_facts import COUNT
from .shapes import Shape, kind_of, shape_of
from .unsaved import unsaved_of

READING = "_ormprobe"

_WAITING = 1024
_SHAPES = 2048
_PORTION = 100  # rows of a stream that are told at once

_waiting: Dict[int, Reading] = {}
"""By the id of a cursor that has just been executed and is about to be wrapped."""


class Reading:
    """How far the rows of one statement have been read and told.

    values: of the first rows that are not told yet, as they were when they were read.
    """

    __slots__ = ("statement", "sql", "file", "told", "empty", "values")

    def __init__(self, statement: int, sql: int, file: int) -> None:
        self.statement = statement
        self.sql = sql
        self.file = file
        self.told = 0
        self.empty = False
        self.values: List[str] = []


def expect(recorder: Recorder, cursor: Any, statement: int, sql: int) -> None:
    """Tie the rows of a cursor to the statement that it has just executed."""
    if len(_waiting) >= _WAITING:
        _waiting.clear()
    _waiting[id(cursor)] = Reading(statement, sql, recorder.started)


class Results:
    """Tells rows, by the statement's text and the kind of result that the app asked for."""

    def __init__(self, recorder: Recorder, switch: Switch) -> None:
        self.recorder = recorder
        self.switch = switch
        self.unsaved = unsaved_of(recorder)
        self.shapes: Dict[Tuple[Any, ...], Tuple[Shape, Tuple[Any, ...]]] = {}
        recorder.tables.append(self.shapes)

    def reading(self, wrapper: Any) -> Optional[Reading]:
        """How far a result has been read; None where that is not followed."""
        found: Optional[Reading] = wrapper.__dict__.get(READING)
        if found is None or not self.switch.on or found.file != self.recorder.started:
            return None
        return found

    def keep(self, wrapper: Any, row: Any) -> None:
        """Keep the values of one of the first rows, before the app changes them."""
        reading = self.reading(wrapper)
        if reading is not None:
            try:
                read = self._shape(wrapper, reading).read
                if read is not None:
                    reading.values.append(self.recorder.digests.scalars(read(row)))
            except Exception as error:
                self.switch.fail(error)

    def tell_read(self, wrapper: Any) -> None:
        """Tell the rows that have been read since the last time."""
        reading = self.reading(wrapper)
        if reading is None:
            return
        try:
            rows: List[Any] = wrapper.row_cache
            count = len(rows)
            if count > reading.told:
                told, reading.told = reading.told, count
                self._tell(wrapper, reading, rows[told:] if told else rows)
            elif wrapper.populated and not wrapper.count and not reading.empty:
                reading.empty = True
                self.recorder.later(COUNT % (reading.statement, 0))
        except Exception as error:
            self.switch.fail(error)

    def tell_portion(self, wrapper: Any, rows: List[Any]) -> None:
        """Tell rows that are not kept."""
        reading = self.reading(wrapper)
        if reading is not None and rows:
            try:
                self._tell(wrapper, reading, rows)
            except Exception as error:
                self.switch.fail(error)

    def _shape(self, wrapper: Any, reading: Reading) -> Shape:
        kind, names = kind_of(wrapper)
        # by id, and weakly: a class that is held would hold its database, and that a connection
        key = (reading.sql, names, *map(id, kind))
        known = self.shapes.get(key)
        if known is not None and all(
            ref is None or ref() is part for ref, part in zip(known[1], kind)
        ):
            return known[0]
        if len(self.shapes) >= _SHAPES:
            self.shapes.clear()
        shape = shape_of(self.recorder, wrapper)
        refs = tuple([None if part is None else weakref.ref(part) for part in kind])
        self.shapes[key] = shape, refs
        return shape

    def _tell(self, wrapper: Any, reading: Reading, rows: List[Any]) -> None:
        values, reading.values = reading.values, []
        shape = self._shape(wrapper, reading)
        self.recorder.later(shape.line(self.recorder, reading.statement, rows, values))
        if self.unsaved is not None:
            self.unsaved.read(rows, reading.statement)

    def stream(self, wrapper: Any, rows: Iterator[Any]) -> Iterator[Any]:
        """Hand on rows that are not kept, and tell of them in portions."""
        portion: List[Any] = []
        try:
            for row in rows:
                portion.append(row)
                if len(portion) >= _PORTION:
                    self.tell_portion(wrapper, portion)
                    portion = []
                yield row
        except BaseException as error:
            hide_own_frame(error)
            raise
        finally:
            self.tell_portion(wrapper, portion)


class End:
    """The end of one iteration: a loop that is done, left or failed lets go of its iterator."""

    __slots__ = ("results", "wrapper")

    def __init__(self, results: Results, wrapper: Any) -> None:
        self.results = results
        self.wrapper = wrapper

    def __del__(self) -> None:
        try:
            self.results.tell_read(self.wrapper)
        except Exception:
            pass


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    peewee: Any = sys.modules["peewee"]
    results = Results(recorder, switch)

    def make_init(original: Any) -> Any:
        def __init__(self: Any, cursor: Any, *args: Any) -> None:
            original(self, cursor, *args)
            if _waiting:
                reading = _waiting.pop(id(cursor), None)
                if reading is not None and switch.on:
                    self.__dict__[READING] = reading

        return __init__

    def make_iter(original: Any) -> Any:
        def __iter__(self: Any) -> Any:
            iterator = original(self)
            if switch.on and READING in self.__dict__:
                held = getattr(iterator, "__dict__", None)
                if held is not None:
                    held[READING] = End(results, self)
            return iterator

        return __iter__

    def make_iterate(original: Any) -> Any:
        def iterate(self: Any, cache: Any = True) -> Any:
            try:
                row = original(self, cache)
            except StopIteration:
                results.tell_read(self)
                raise
            except BaseException as error:
                hide_own_frame(error)
                raise
            if self.count <= MAX_VALUE_ROWS:
                results.keep(self, row)
            return row

        return iterate

    def make_fill(original: Any) -> Any:
        def fill_cache(self: Any, n: Any = 0) -> Any:
            held = self.__dict__
            try:
                if (
                    READING not in held
                    or (n and n <= MAX_VALUE_ROWS)  # without a number: all of them
                    or self.__class__.iterate is not own
                ):
                    result = original(self, n)
                else:
                    original(self, MAX_VALUE_ROWS)
                    held["iterate"] = partial(iterate, self)  # the other rows are only counted
                    try:
                        result = original(self, n)
                    finally:
                        del held["iterate"]
            except BaseException as error:
                hide_own_frame(error)
                raise
            results.tell_read(self)
            return result

        return fill_cache

    def make_iterator(original: Any) -> Any:
        def iterator(self: Any) -> Any:
            rows = original(self)
            if switch.on and READING in self.__dict__:
                followed: Any = results.stream(self, rows)
                followed.__name__, followed.__qualname__ = rows.__name__, rows.__qualname__
                return followed
            return rows

        return iterator

    kind = peewee.CursorWrapper
    iterate = kind.iterate
    for name, make in (
        ("__init__", make_init),
        ("__iter__", make_iter),
        ("iterate", make_iterate),
        ("fill_cache", make_fill),
        ("iterator", make_iterator),
    ):
        hooks.wrap(kind, name, make)
    own = kind.iterate
