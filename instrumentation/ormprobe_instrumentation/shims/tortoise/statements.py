"""Statements, as a client sends them: text, binds, time, transaction, call site, load."""

from __future__ import annotations

import json
import sys
from time import perf_counter_ns
from types import FrameType
from typing import Any, Optional, Tuple

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from ..composed import said as said_composed
from ..controls import WRITES
from ..drivers.disguise import hide
from ..paths import Paths
from ..statement_line import many, statement_line
from .clients import on_client, wrap_own
from .failures import failed
from .handles import handle_of, is_transaction
from .loads import load_of
from .operations import Operation, asker, leave, reading, running
from .rows import name_of, raw_line

_EXECUTES = (
    "execute_insert",
    "execute_many",
    "execute_query",
    "execute_query_dict",
    "execute_query_dict_with_affected",
    "execute_script",
)
_REFRESH = "refresh"
_SKIPS = ("CONFLICT", "IGNORE", "DUPLICATE")  # of an INSERT that leaves rows out

_ORM = ',"orm":"tortoise"'
_ENTITY = '%s,"entity":%s'


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    from tortoise.models import Model

    paths = Paths()
    recorder.tables.append(paths.known)

    def make(original: Any) -> Any:
        name = str(original.__name__)

        async def execute(self: Any, *args: Any, **kwargs: Any) -> Any:
            outer = running.get()
            if not switch.on or not recorder.on or (outer is not None and not outer.over):
                try:
                    return await original(self, *args, **kwargs)
                except BaseException as error:
                    hide(error)
                    raise
            operation = Operation(self, args[0] if args else kwargs.get("query"), name)
            token = running.set(operation)
            started = perf_counter_ns()
            try:
                result = await original(self, *args, **kwargs)
            except BaseException as error:
                if switch.on:
                    try:
                        _refused(recorder, error, operation, sys._getframe(1))
                    except Exception as own:
                        switch.fail(own)
                hide(error)
                raise
            finally:
                operation.over = True
                leave(running, token)
            try:
                values = args[1] if len(args) > 1 else kwargs.get("values")
                _record(recorder, operation, values, result, started, paths)
            except Exception as error:
                switch.fail(error)
            return result

        return execute

    def found(kind: Any) -> None:
        for name in _EXECUTES:
            wrap_own(hooks, kind, name, make)

    on_client(hooks, found)
    recorder.sites.mark(Model.refresh_from_db, _REFRESH)


def _record(
    recorder: Recorder,
    operation: Operation,
    values: Any,
    result: Any,
    started: int,
    paths: Paths,
) -> None:
    """Write the line of a statement that has returned."""
    ended = perf_counter_ns()
    text = operation.text
    if type(text) is not str:
        text = str(text)
    sql, verb = recorder._sql.get(text) or recorder.sql(text)
    frame: Any
    path: Any
    frame, path = paths.again(sql)
    refreshed = False
    if path is not None:
        site, said = path.site, path.said
    else:
        frame, site, said, refreshed = _asked(recorder, sql, paths)
    query = reading.get()
    if query is not None and (query.number or query.over or not said.startswith(_ORM)):
        query = None
    number = recorder.statement_number()
    client, name = operation.client, operation.name
    handle = operation.handle or handle_of(recorder, client)
    transaction = handle.transaction
    if transaction is not None:
        if is_transaction(client):
            transaction.statements += 1
        else:
            transaction = None
    more = said if query is None else _ENTITY % (_ORM, name_of(query.query.model))
    if verb == "SELECT":
        more += load_of(recorder, query, refreshed)
        if frame is not None:
            callers = recorder.callers(frame)
            if callers:
                more += ',"callers":%s' % callers
    elif verb in WRITES:
        more += ',"affected":%d' % _affected(name, verb, text, values, result)
        if transaction is None:
            more += ',"durable":true'
        else:
            transaction.wrote(number)
    if query is not None:
        more += said_composed(recorder, query.query, site)
    if name == "execute_many" and values:
        more += many(recorder, values)
        values = values[0]
    scope = recorder.current()
    line = statement_line(
        recorder, number, started, ended, scope, transaction, handle.number, sql, site, values, more
    )
    recorder.now(line)
    rows = _rows_of(name, result)
    if verb != "SELECT" and not rows:
        rows = None
    if query is not None:
        query.number, query.rows = number, rows
    elif rows is not None:
        recorder.later(raw_line(recorder, number, rows))


def _asked(recorder: Recorder, sql: int, paths: Paths) -> Tuple[Any, int, str, bool]:
    """Who asked for a statement: the app's frame and line, what that says, whether to refresh.

    To be called by a function that the hook calls.
    """
    start = sys._getframe(3)
    asked, own = asker(start)
    caller, passed = recorder.sites.walk(start)
    frame = caller if caller is not None else recorder.sites.awaiter("tortoise")
    site = recorder.site(frame)
    refreshed = passed is not None and _REFRESH in [name for name, _ in passed]
    if not own:
        said = _source(recorder, asked)
    else:
        model = _model_of(asked)
        said = _ORM if model is None else _ENTITY % (_ORM, name_of(model))
    if caller is not None and not refreshed:
        paths.learn(sql, start, caller, site, said)
    return frame, site, said, refreshed


def _refused(recorder: Recorder, error: BaseException, operation: Operation, frame: Any) -> None:
    """Record what the driver, or the event loop, raised for a statement."""
    failed(recorder, error, operation.client, frame)


def _model_of(frame: Optional[FrameType]) -> Any:
    """The model whose table one of Tortoise's own functions works on."""
    if frame is None or frame.f_code.co_name.startswith("_prefetch_"):
        return None  # the table between two models
    model = getattr(frame.f_locals.get("self"), "model", None)
    return model if isinstance(model, type) else None


def _source(recorder: Recorder, asked: Optional[FrameType]) -> str:
    """Who sent a statement by a client's own methods: the app, or a library that it uses."""
    if asked is not None:
        kind = recorder.sites.kind(asked.f_code.co_filename)
        name = str(asked.f_globals.get("__name__") or "").partition(".")[0]
        if kind == 0 and name not in ("", "asyncio", "contextlib"):
            return ',"source":"library","library":%s' % json.dumps(name)
    return ',"source":"app"'


def _rows_of(name: str, result: Any) -> Any:
    """The rows that a call gave, None where it gives none."""
    if name == "execute_query":
        return result[1]
    if name == "execute_query_dict":
        return result
    return result[0] if name == "execute_query_dict_with_affected" else None


def _affected(name: str, verb: str, text: str, values: Any, result: Any) -> int:
    """How many rows a write changed, -1 where that is not known."""
    if name == "execute_query" or name == "execute_query_dict_with_affected":
        count = result[0 if name == "execute_query" else 1]
        if type(count) is not int or (verb == "INSERT" and not count):
            return -1  # asyncpg's client reads the wrong number of an INSERT's tag
        return count
    if name not in ("execute_insert", "execute_many") or any(word in text for word in _SKIPS):
        return -1
    return 1 if name == "execute_insert" else len(values)
