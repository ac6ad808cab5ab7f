"""Statements, as they reach the cursor: text, binds, time, transaction, call site, load."""

from __future__ import annotations

import sys
from time import perf_counter_ns
from typing import Any, Dict, List, Tuple

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...serializers import read_at
from ...shim import Switch
from ..composed import said as said_composed
from ..controls import WRITES
from ..paths import Paths
from ..row_facts import encode_key
from ..statement_line import many, statement_line
from ..transaction import Transaction
from .engines import connection_link, on_dialect, wrap_own

_VIA = frozenset(("flush", "autoflush"))
_LOADS = frozenset(("lazy", "deferred", "expired", "get", "refresh", "eager"))
_VARYING = _LOADS - {"get"}  # what these say is not the same each time

_FIRST = "initialize"


class Operation:
    """One execution that has returned: its number, and what its rows are counted for."""

    __slots__ = ("number", "sql", "orm", "rows", "values", "told")

    def __init__(self, number: int, sql: int) -> None:
        self.number = number
        self.sql = sql
        self.orm = False
        self.rows = 0
        self.values: List[Any] = []
        self.told = False


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    """Hook the execution context: unlike an event of the engine, that costs other calls nothing,
    and no frame of ours is on the stack while a statement runs."""
    from sqlalchemy.engine.default import DefaultExecutionContext

    gets: Dict[int, int] = {}
    paths = Paths()
    recorder.tables += gets, paths.known

    def make_pre(original: Any) -> Any:
        def pre_exec(self: Any) -> Any:
            self._ormprobe = perf_counter_ns()
            return original(self)

        return pre_exec

    def make_post(original: Any) -> Any:
        def post_exec(self: Any) -> Any:
            try:
                result = original(self)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on and recorder.on:
                try:
                    _record(recorder, self, gets, paths)
                except Exception as error:
                    switch.fail(error)
            return result

        return post_exec

    moments = (("pre_exec", make_pre), ("post_exec", make_post))
    wrap_own(hooks, DefaultExecutionContext, moments)

    def made(dialect: Any) -> None:
        wrap_own(hooks, dialect.execution_ctx_cls, moments)
        for base in type(dialect).__mro__:
            if "initialize" in vars(base):
                recorder.sites.mark(vars(base)["initialize"], _FIRST)

    on_dialect(recorder, made)


def _record(recorder: Recorder, context: Any, gets: Dict[int, int], paths: Paths) -> None:
    """Write the line of a statement that has returned."""
    ended = perf_counter_ns()
    started = context._ormprobe
    if type(started) is Operation:  # an override has called the inherited method
        return
    passed: Any = None
    frame: Any = None
    path: Any = None
    known = recorder._sql.get(context.statement)
    if known is not None:
        frame, path = paths.again(known[0])
    if frame is None:
        frame, passed = recorder.sites.walk(sys._getframe(2))
        if passed is not None and _FIRST in [name for name, _ in passed]:
            return  # the dialect's own, on the first connection of an engine
    sql, verb = known or recorder.sql(context.statement)
    number = recorder.statement_number()
    context._ormprobe = Operation(number, sql)
    conn = context.root_connection
    link = connection_link(recorder, conn)
    transaction = link.transaction
    if transaction is None:
        transaction = link.transaction = Transaction(recorder, link.number)
    transaction.statements += 1
    more = ""
    if verb in WRITES:
        more = ',"affected":%d' % _affected(context)
        if is_autocommit(conn):
            more += ',"durable":true'
        else:
            transaction.wrote(number)
    scope = recorder.current()
    caller = frame
    if path is not None:
        site = path.site
        more += path.said
    else:
        said = "" if passed is None else _passed(recorder, passed, sql, gets)
        more += said
        if frame is None:
            frame = recorder.sites.awaiter("sqlalchemy")
        site = recorder.site(frame)
        if caller is not None and (
            passed is None or _VARYING.isdisjoint([name for name, _ in passed])
        ):
            paths.learn(sql, sys._getframe(2), caller, site, said)
        if frame is None or passed is not None:
            site, read = read_at(recorder, scope, site, passed, sys._getframe(2))
            more += read
    if verb == "SELECT" and caller is not None:
        callers = recorder.callers(caller)
        if callers:
            more += ',"callers":%s' % callers
    more += said_composed(recorder, context.invoked_statement, site)
    parameters = context.parameters
    if context.executemany:
        more += many(recorder, parameters)
    link.scope = scope
    link.site = site
    link.used = ended
    line = statement_line(
        recorder,
        number,
        started,
        ended,
        scope,
        transaction,
        link.number,
        sql,
        site,
        parameters[0] if parameters else (),
        more,
    )
    recorder.now(line)


def _affected(context: Any) -> int:
    cursor = context.cursor
    if cursor.description is not None and (
        context.dialect.name != "postgresql" or context.executemany
    ):  # RETURNING: SQLite counts while rows are fetched; of many, only the last were counted
        return -1
    count = cursor.rowcount
    return count if type(count) is int else -1


def is_autocommit(conn: Any) -> bool:
    """Whether writes on this connection are durable without a commit."""
    level = conn._execution_options.get("isolation_level")
    if level is None:
        own = conn.dialect.__dict__
        level = own.get("_on_connect_isolation_level") or own.get("isolation_level")  # 2.x, 1.4
    return bool(level == "AUTOCOMMIT")


def _passed(recorder: Recorder, passed: Any, sql: int, gets: Dict[int, int]) -> str:
    """What the frames between the hook and the app say: a flush, or else a load."""
    asked: Any = None
    for found in passed:
        name = found[0]
        if name in _VIA:
            via = "autoflush" if "autoflush" in [marker for marker, _ in passed] else name
            return ',"via":"%s"' % via
        if asked is None and name in _LOADS:
            asked = found
    if asked is None:
        return ""
    name, frame = asked
    if name == "get":
        load = gets.get(sql)
        if load is None:
            if len(gets) > 4096:
                gets.clear()
            load = gets[sql] = recorder.load("get", _entity_of(frame), None)
        return ',"load":%d' % load
    if name in ("refresh", "eager"):
        return ',"load":%d' % recorder.load(name, _entity_of(frame), None)
    return ',"load":%d,"parent":%s' % _load(recorder, name, frame, passed)


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


def _entity_of(frame: Any) -> str:
    values = frame.f_locals
    for name in ("entity", "instance", "effective_entity"):
        found: object = values.get(name)
        if found is not None:
            kind = found if isinstance(found, type) else getattr(found, "class_", type(found))
            return str(getattr(kind, "__name__", ""))
    owner = values.get("self")
    parent = getattr(owner, "parent", None)
    return str(getattr(getattr(parent, "class_", None), "__name__", ""))
