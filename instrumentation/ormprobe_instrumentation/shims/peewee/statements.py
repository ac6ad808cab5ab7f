"""Statements, as they reach the cursor: text, binds, time, transaction, call site, load."""

from __future__ import annotations

import json
import sys
from time import perf_counter_ns
from typing import Any, Callable

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...scrub import operation
from ...serializers import read_at
from ...shim import Switch
from ..composed import said as said_composed
from ..controls import CONTROLS, WRITES
from ..paths import Paths
from ..statement_line import statement_line
from ..transaction import Transaction
from .composed import carrier
from .failures import statement_failed
from .links import Link, known_link, link_of
from .loads import load_of, tag_of
from .queries import asked_by, entity_of
from .results import expect
from .schema import tell_models
from .state import connection_of, is_inside
from .transactions import control

_VARYING = frozenset(("lazy", "eager", "asked"))  # what these say is not the same each time


class Statements:
    """The recording of statements; one for all databases."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.paths = Paths()
        recorder.tables.append(self.paths.known)

    def record(self, database: Any, cursor: Any, text: Any, params: Any, started: int) -> None:
        """Write the line of a statement that has returned; called by the hook itself."""
        ended = perf_counter_ns()
        recorder = self.recorder
        if not isinstance(text, str):  # an object of the driver's
            return
        conn = connection_of(database)
        link = known_link(recorder, conn) or link_of(recorder, database, conn)
        start = sys._getframe(2)
        defined = recorder._sql.get(text)
        if defined is None:  # the names of savepoints are made up: their texts are not defined
            verb = operation(text)
            if verb in CONTROLS:
                control(recorder, link, conn, verb, text, start)
                return
            defined = recorder.sql(text)
        sql, verb = defined
        query, raw, origin = asked_by(recorder, database, start)
        frame: Any = None
        passed: Any = None
        path: Any = None
        tag = None if query is None else tag_of(query, None)
        if tag is None:
            frame, path = self.paths.again(sql)
        if frame is None:
            frame, passed = recorder.sites.walk(origin)
            if passed is not None and tag is None:
                tag = tag_of(query, passed)
        number = recorder.statement_number()
        transaction = link.transaction
        more = ""
        if verb in WRITES:
            if transaction is None and is_inside(conn):
                transaction = link.transaction = Transaction(recorder, link.number)
            more = ',"affected":%d' % _affected(cursor, link)
            if transaction is None:
                more += ',"durable":true'
            else:
                transaction.wrote(number)
        if transaction is not None:
            transaction.statements += 1
        scope = recorder.current()
        caller = frame
        if path is not None:
            site = path.site
            more += path.said
        else:
            said = self._said(query, raw, tag, passed)
            more += said
            if frame is None:
                frame = recorder.sites.awaiter("playhouse")
            site = recorder.site(frame)
            if caller is not None and tag is None and _is_steady(passed):
                self.paths.learn(sql, start, caller, site, said)
            if tag is not None:
                passed = [("lazy", origin), *(passed or ())]
            if frame is None or passed is not None:
                site, read = read_at(recorder, scope, site, passed, start)
                more += read
        if verb == "SELECT" and caller is not None:
            callers = recorder.callers(caller)
            if callers:
                more += ',"callers":%s' % callers
        if query is not None:
            more += said_composed(recorder, carrier(query), site)
        link.scope = scope
        link.site = site
        link.used = (ended - recorder.started) // 1000
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
            params,
            more,
        )
        recorder.now(line)
        if hasattr(query, "_cursor_wrapper") and (
            verb not in WRITES or getattr(query, "_returning", None)
        ):
            expect(recorder, cursor, number, sql)

    def _said(self, query: Any, raw: bool, tag: Any, passed: Any) -> str:
        """What a statement's line says of who sent it and why, as JSON with a comma before."""
        if raw:
            return ',"source":"app"'
        tell_models(self.recorder, getattr(query, "model", None))
        entity = entity_of(query, passed)
        said = ',"orm":"peewee"'
        if entity is not None:
            said += ',"entity":%s' % json.dumps(entity)
        return said + load_of(self.recorder, tag, entity, passed)


def _is_steady(passed: Any) -> bool:
    return passed is None or _VARYING.isdisjoint([name for name, _ in passed])


def _affected(cursor: Any, link: Link) -> int:
    """Rows that a write changed, -1 for unknown."""
    if link.sqlite and cursor.description:  # RETURNING: SQLite counts while rows are fetched
        return -1
    count = getattr(cursor, "rowcount", -1)
    return count if type(count) is int else -1


def make_execute(recorder: Recorder, switch: Switch) -> Callable[[Any], Any]:
    """Makes the hook around a function that sends one statement and returns its cursor."""
    statements = Statements(recorder)

    def make(original: Any) -> Any:
        def execute_sql(self: Any, sql: Any, params: Any = None, *args: Any, **kwargs: Any) -> Any:
            started = perf_counter_ns()
            try:
                cursor = original(self, sql, params, *args, **kwargs)
            except BaseException as error:
                if switch.on and recorder.on:
                    try:
                        statement_failed(recorder, self, sql, error)
                    except Exception as own:
                        switch.fail(own)
                hide_own_frame(error)
                raise
            if switch.on and recorder.on:
                try:
                    statements.record(self, cursor, sql, params, started)
                except Exception as error:
                    switch.fail(error)
            return cursor

        return execute_sql

    return make


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    """Hook the one function of each major version that every statement of a database passes."""
    database: Any = sys.modules["peewee"].Database
    name = "_execute_cursor" if hasattr(database, "_execute_cursor") else "execute_sql"
    hooks.wrap(database, name, make_execute(recorder, switch))
