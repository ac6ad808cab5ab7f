"""Statements, as they reach the cursor: text, binds, time, transaction, call site, load."""

from __future__ import annotations

import sys
from time import perf_counter_ns
from typing import Any, Dict, Optional, Tuple

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from .engines import KEY, link_of
from .transactions import Transaction

WRITES = frozenset(("INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE"))

_LOADS = frozenset(("lazy", "deferred", "expired", "get", "refresh", "eager"))

_LINE = (
    '{"kind":"statement","id":%d,"at":%d,"duration":%d,"scope":%s,"session":%s,"transaction":%s,'
    '"connection":%d,"sql":%d,"site":%d,"binds":%s%s}\n'
)


class Operation:
    """One execution of a cursor: its start, then what its rows will be counted for."""

    __slots__ = ("started", "number", "orm", "rows", "told")

    def __init__(self) -> None:
        self.started = perf_counter_ns()
        self.number = 0
        self.orm = False
        self.rows = 0
        self.told = False


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    walk = recorder.sites.walk
    gets: Dict[int, int] = {}

    def before(
        conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
    ) -> None:
        if context is not None and switch.on:
            context._ormprobe = Operation()

    def after(
        conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
    ) -> None:
        if not switch.on or not recorder.on:
            return
        try:
            operation = context._ormprobe
            ended = perf_counter_ns()
            sql, verb = recorder.sql(statement)
            number = operation.number = recorder.statement_number()
            info = conn.info
            link = info.get(KEY)
            if link is None:
                link = link_of(recorder, info)
            if not link.announced:
                link.announce(recorder, conn)
            transaction = link.transaction
            if transaction is None:
                transaction = link.transaction = Transaction(recorder, link.number)
            transaction.statements += 1
            more = ""
            if verb in WRITES:
                more = ',"affected":%d' % _affected(cursor)
                if is_autocommit(conn):
                    more += ',"durable":true'
                else:
                    transaction.wrote(number)
            frame, passed = walk(sys._getframe(1))
            site = recorder.site(frame)
            transaction.last_site = site
            if passed is not None:
                more += _passed(recorder, passed, sql, gets)
            if executemany and parameters and isinstance(parameters[0], (tuple, list, dict)):
                more += ',"many":%d' % len(parameters)
                parameters = parameters[0]
            scope = recorder.scope.get()
            recorder.now(
                _LINE
                % (
                    number,
                    (operation.started - recorder.started) // 1000,
                    (ended - operation.started) // 1000,
                    "null" if scope is None else scope.id,
                    transaction.session or "null",
                    transaction.id,
                    link.number,
                    sql,
                    site,
                    recorder.digests.binds(parameters),
                    more,
                )
            )
        except Exception as error:
            switch.fail(error)

    for moment, listener in (("before_cursor_execute", before), ("after_cursor_execute", after)):
        event.listen(Engine, moment, listener)
        hooks.undo_with(event.remove, Engine, moment, listener)


def _affected(cursor: Any) -> int:
    if cursor.description is not None:  # RETURNING: the driver counts while rows are fetched
        return -1
    count = cursor.rowcount
    return count if type(count) is int else -1


def is_autocommit(conn: Any) -> bool:
    """Whether writes on this connection are durable without a commit."""
    level = conn._execution_options.get("isolation_level")
    if level is None:
        level = conn.dialect.__dict__.get("_on_connect_isolation_level")
    return bool(level == "AUTOCOMMIT")


def _passed(recorder: Recorder, passed: Any, sql: int, gets: Dict[int, int]) -> str:
    """What the frames between the hook and the app say: a load, a flush."""
    names = [name for name, _ in passed]
    more = ""
    if "autoflush" in names:
        return ',"via":"autoflush"'
    if "flush" in names:
        return ',"via":"flush"'
    for name, frame in passed:
        if name not in _LOADS:
            continue
        if name == "get":
            load = gets.get(sql)
            if load is None:
                if len(gets) > 4096:
                    gets.clear()
                load = gets[sql] = recorder.load("get", _entity_of(frame), None)
            return ',"load":%d' % load
        if name in ("refresh", "eager"):
            return ',"load":%d' % recorder.load(name, _entity_of(frame), None)
        load, parent = _load(recorder, name, frame, passed)
        return ',"load":%d,"parent":%s' % (load, parent)
    return more


def _load(recorder: Recorder, kind: str, frame: Any, passed: Any) -> Tuple[int, str]:
    """The load that a loader's frame stands for, and the key of the instance it loads for."""
    values = frame.f_locals
    state = values.get("state")
    owner = values.get("self")
    if kind == "expired":  # here `self` is the instance's state, the attribute is further up
        state, attribute = owner, None
        for name, other in passed:
            if name == "attribute" and other.f_locals.get("state") is state:
                attribute = other.f_locals.get("key")
                break
    else:
        attribute = getattr(owner, "key", None)
    entity = state.class_.__name__ if state is not None else ""
    key = state.key[1] if state is not None and state.key else None
    return recorder.load(kind, entity, attribute), encode_key(recorder, key)


def encode_key(recorder: Recorder, key: Optional[Any]) -> str:
    """A primary key: the value of a single column, a list for several."""
    if key is None:
        return "null"
    if len(key) == 1:
        return recorder.digests.scalar(key[0])
    return recorder.digests.scalars(key)


def _entity_of(frame: Any) -> str:
    values = frame.f_locals
    for name in ("entity", "instance", "effective_entity"):
        found = values.get(name)
        if found is not None:
            kind = found if isinstance(found, type) else getattr(found, "class_", type(found))
            return str(getattr(kind, "__name__", ""))
    owner = values.get("self")
    parent = getattr(owner, "parent", None)
    return str(getattr(getattr(parent, "class_", None), "__name__", ""))
