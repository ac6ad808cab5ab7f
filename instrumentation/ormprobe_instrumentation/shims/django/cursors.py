"""Statements, as they reach a cursor: text, binds, time, transaction, call site, load.

Below the functions in `execute_wrappers` and the cursor that logs, so what is seen is what is sent.
"""

from __future__ import annotations

import json
import sys
from time import perf_counter_ns
from types import FrameType
from typing import Any, List, Optional, Tuple

from ...callsite import APP
from ...handed import handed_by
from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...serializers import read_at, serializer
from ...shim import Switch
from ..composed import said as said_composed
from ..controls import CONTROLS, WRITES
from ..paths import Paths
from ..row_facts import COUNT, encode_key
from ..statement_line import statement_line
from .controls import control
from .links import link_of
from .loads import VARYING, asked, said_of
from .relations import EXTRA, TAG
from .schema import MODELS, tell
from .senders import DJANGO, Senders, package_of
from .wanted import wanted

NAME = "django.cursors"
ROLE = "orm"
TRIGGER = "django.db.backends.utils"

_SEQUENCE: Any = (list, tuple)


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    cursor: Any = sys.modules[TRIGGER].CursorWrapper
    statements = Statements(recorder, Senders(recorder, cursor))

    def make_execute(original: Any) -> Any:
        def _execute(self: Any, sql: Any, params: Any, *ignored: Any) -> Any:
            started = perf_counter_ns()
            try:
                result = original(self, sql, params, *ignored)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on and recorder.on:
                try:
                    statements.sent(self, sql, params, started, None)
                except Exception as error:
                    switch.fail(error)
            return result

        return _execute

    def make_many(original: Any) -> Any:
        def _executemany(self: Any, sql: Any, param_list: Any, *ignored: Any) -> Any:
            counted = Counted(param_list) if switch.on else None
            started = perf_counter_ns()
            try:
                result = original(
                    self, sql, param_list if counted is None else counted.rows, *ignored
                )
            except BaseException as error:
                hide_own_frame(error)
                raise
            if counted is not None and switch.on and recorder.on:
                try:
                    statements.sent(self, sql, counted.first, started, counted.count())
                except Exception as error:
                    switch.fail(error)
            return result

        return _executemany

    hooks.wrap(cursor, "_execute", make_execute)
    hooks.wrap(cursor, "_executemany", make_many)
    hooks.wrap(cursor, "callproc", _make_callproc(recorder, switch, statements))


def _make_callproc(recorder: Recorder, switch: Switch, statements: Statements) -> Any:
    def make(original: Any) -> Any:
        def callproc(self: Any, procname: Any, params: Any = None, kparams: Any = None) -> Any:
            started = perf_counter_ns()
            try:
                result = original(self, procname, params, kparams)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on and recorder.on:
                try:
                    statements.sent(self, "CALL %s" % procname, params, started, None)
                except Exception as error:
                    switch.fail(error)
            return result

        return callproc

    return make


class Counted:
    """The sets of binds of one call; an iterator's are counted as they are taken."""

    def __init__(self, given: Any) -> None:
        self.rows = given
        self.first: Any = ()
        self._taken = 0
        if isinstance(given, _SEQUENCE):
            self._taken = len(given)
            self.first = given[0] if given else ()
        elif hasattr(given, "__next__"):
            self.rows = map(self._take, given)  # no frame of ours is in between

    def _take(self, row: Any) -> Any:
        if not self._taken:
            self.first = row
        self._taken += 1
        return row

    def count(self) -> int:
        return self._taken


class Statements:
    """Writes the line of each statement that has returned."""

    def __init__(self, recorder: Recorder, senders: Senders) -> None:
        self.recorder = recorder
        self.senders = senders
        self.paths = Paths()
        recorder.tables.append(self.paths.known)

    def sent(self, cursor: Any, query: Any, params: Any, started: int, many: Optional[int]) -> None:
        ended = perf_counter_ns()
        recorder = self.recorder
        db = cursor.db
        text: str = query if type(query) is str else text_of(query, db)
        sql, verb = recorder._sql.get(text) or recorder.sql(text)
        start = sys._getframe(2)
        sender = self.senders.of(start, cursor)
        link = link_of(recorder, db)
        if verb in CONTROLS:
            control(recorder, db, link, verb, text, sender)
            return
        number = recorder.statement_number()
        more, source, asking = "", "", None
        if sender is not None and sender.f_code.co_name == "execute_sql":
            asking = sender.f_locals["self"].query
            more = self._about(asking)
        elif sender is not None and sender.f_code.co_name == "_execute_query":
            asking = sender.f_locals["self"]
            more = ',"orm":"django"%s,"via":"raw"' % _raw_entity(sender)
        else:
            source = self._source(sender)
        transaction = None
        if not db.autocommit or link.begun:
            transaction = link.open(db)
            if transaction is not None:
                transaction.statements += 1
        if verb in WRITES:
            more += ',"affected":%d' % affected(cursor, db, asking, many)
            if transaction is None:
                more += ',"durable":true'
            else:
                transaction.wrote(number)
        box = wanted.get()
        if box is not None:
            box.seen(asking, number, sql, link, transaction)
        scope = recorder.current()
        frame, path = self.paths.again(sql)
        site, said = self._site(sql, verb, sender or start, start, asking, scope, frame, path)
        if asking is not None:
            inner = asking.__dict__.get("inner_query")  # of an aggregate over a query
            said += said_composed(recorder, asking if inner is None else inner, site)
        if many is not None:
            said += ',"many":%d' % many
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
            source + more + said,
        )
        recorder.now(line)
        if source and verb == "SELECT" and many is None:
            count = cursor.cursor.rowcount  # SQLite does not know it
            if type(count) is int and count >= 0:
                recorder.later(COUNT % (number, count))

    def _about(self, query: Any) -> str:
        model = query.model
        if model is None:
            inner = getattr(query, "inner_query", None)  # of an aggregate over a query
            model = getattr(inner, "model", None)
            if model is None:
                return ',"orm":"django"'
        if MODELS not in model._meta.__dict__:
            tell(self.recorder, model)
        via = ',"via":"extra"' if EXTRA in query.__dict__ else ""
        return ',"orm":"django","entity":"%s"%s' % (model.__name__, via)

    def _source(self, sender: Optional[FrameType]) -> str:
        kind = APP if sender is None else self.senders.kind(sender)
        if kind == DJANGO:
            return ',"orm":"django"'
        if sender is None or kind == APP:
            return ',"source":"app"'
        return ',"source":"library","library":"%s"' % package_of(sender)

    def _site(
        self,
        sql: int,
        verb: str,
        sender: Any,
        start: Any,
        asking: Any,
        scope: Any,
        caller: Any,
        path: Any,
    ) -> Tuple[int, str]:
        """The app's line, and what the line of the statement says of the way from it."""
        recorder = self.recorder
        passed: Any = None
        marker: Any = None
        said = ""
        if path is not None:
            site, said = path.site, path.said
        else:
            caller, passed = recorder.sites.walk(sender)
            marker = None if passed is None or asking is None else asked(passed)
            site = recorder.site(caller)
            if marker is not None and verb == "SELECT":
                said = said_of(recorder, marker, _entity(asking))
            else:
                marker = None
            if caller is not None and (marker is None or marker[0] not in VARYING):
                self.paths.learn(sql, start, caller, site, said)
        callers: List[int] = []
        if caller is not None:
            callers = recorder.callers(caller) if verb == "SELECT" else []
        else:
            handed = handed_by(recorder)
            if handed is not None:
                site, callers = handed.site, handed.callers
        if path is None and (caller is None or (marker is not None and marker[0] in VARYING)):
            site, read = read_at(recorder, scope, site, passed, sender)
            said += read
        if not said and verb == "SELECT" and asking is not None:
            said = self._relation(asking, sender)
        if callers and verb == "SELECT":
            said += ',"callers":%s' % callers
        return site, said

    def _relation(self, query: Any, sender: FrameType) -> str:
        """The load of a query that a related manager made."""
        tag = query.__dict__.get(TAG)
        if tag is None:
            inner = query.__dict__.get("inner_query")
            tag = None if inner is None else inner.__dict__.get(TAG)
            if tag is None:
                return ""
        entity, attribute, key = tag
        recorder = self.recorder
        load = recorder.load("lazy", entity, attribute)
        said = ',"load":%d,"parent":%s' % (load, encode_key(recorder, key))
        reader = serializer(recorder, sender)
        return said if reader is None else said + ',"serializer":%s' % json.dumps(reader)


def affected(cursor: Any, db: Any, asking: Any, many: Optional[int]) -> int:
    """How many rows a write has changed, -1 where the driver does not know."""
    inner = cursor.cursor
    if inner.description is not None and db.vendor != "postgresql":
        # RETURNING: SQLite counts while rows are fetched
        objects: Any = getattr(asking, "objs", None)
        if objects is None or getattr(asking, "on_conflict", None) is not None:
            return -1
        return len(objects)
    count = inner.rowcount
    return count if type(count) is int else -1


def text_of(query: Any, db: Any) -> str:
    """The text of a statement: a string, bytes, or a composition of psycopg's."""
    if isinstance(query, str):
        return str(query)
    if isinstance(query, bytes):
        return query.decode("utf-8", "replace")
    compose = getattr(query, "as_string", None)
    return str(compose(db.connection)) if compose is not None else ""


def _entity(query: Any) -> str:
    model = getattr(query, "model", None)
    return str(getattr(model, "__name__", ""))


def _raw_entity(frame: Any) -> str:
    """The model that a raw query is made into, from who reads it."""
    for _ in range(4):
        frame = frame.f_back
        if frame is None or package_of(frame) != "django":
            break
        if "self" in frame.f_code.co_varnames:
            model = getattr(getattr(frame.f_locals.get("self"), "queryset", None), "model", None)
            if isinstance(model, type):
                return ',"entity":"%s"' % model.__name__
    return ""
