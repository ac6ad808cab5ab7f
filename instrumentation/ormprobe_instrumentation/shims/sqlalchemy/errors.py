"""SQLAlchemy's errors: each that is created, with the statement or instance that it is about."""

from __future__ import annotations

import os
import sys
from typing import Any, Dict, List, Optional

from ...errors import error_number, note, watch
from ...exceptions import head_of, message_of
from ...hooks import Hooks, hide_own_frame
from ...lines import Raw
from ...recorder import Recorder
from ...scrub import scrub_sql, words_of
from ...shim import Switch
from ..row_facts import encode_key
from .engines import known_link, made_at
from .mappings import about_mapping
from .schema import tell_table
from .sessions import DETACHED
from .surroundings import surroundings

_DEPTH = 60
_REFUSED = 256
_NEAR = 5
_ACCESS = frozenset(("_emit_lazyload", "_load_for_state", "_load_expired"))


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    from sqlalchemy import event, exc
    from sqlalchemy.engine import Engine
    from sqlalchemy.pool import base

    library = os.path.dirname(exc.__file__) + os.sep

    of_mappings = (exc.ArgumentError, exc.InvalidRequestError, exc.CompileError)

    def about(error: BaseException, frame: Any) -> Dict[str, Any]:
        fields = _instance(recorder, frame, library)
        if type(error).__name__ == "MissingGreenlet":
            _refuse(recorder, frame)
        if isinstance(error, of_mappings):
            fields.update(about_mapping(recorder, frame))
            fields["message"] = message_of(recorder, error, frame)
        fields.update(surroundings(recorder, error, frame))
        return fields

    def failed(context: Any) -> None:
        if switch.on:
            try:
                _statement_failed(recorder, context)
            except Exception as error:
                switch.fail(error)

    def make_connect(original: Any) -> Any:
        def connect(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return original(self, *args, **kwargs)
            except Exception as error:
                if switch.on:
                    try:
                        _connect_failed(recorder, self, error)
                    except Exception as problem:
                        switch.fail(problem)
                hide_own_frame(error)
                raise

        return connect

    watch(recorder, hooks, switch, exc.SQLAlchemyError, about)
    event.listen(Engine, "handle_error", failed)
    hooks.undo_with(event.remove, Engine, "handle_error", failed)
    if "_ConnectionRecord__connect" in vars(base._ConnectionRecord):
        hooks.wrap(base._ConnectionRecord, "_ConnectionRecord__connect", make_connect)


def _refuse(recorder: Recorder, frame: Any) -> None:
    """Remember what SQLAlchemy made and cannot await: that is not the app's to await."""
    for _ in range(_NEAR):
        if frame is None or "sqlalchemy" not in frame.f_code.co_filename:
            break
        values: List[Any] = list(frame.f_locals.values())
        for found in map(_coroutine_of, values):
            if found is not None and found.cr_frame is not None:  # not closed
                if len(recorder.refused) > _REFUSED:
                    recorder.refused.clear()
                recorder.refused[id(found)] = found.cr_code
        frame = frame.f_back


def _coroutine_of(value: Any) -> Any:
    name, module = type(value).__name__, type(value).__module__
    if name == "coroutine" and module == "builtins":
        return value
    wraps = str(module).partition(".")[0] == "aiosqlite"
    return _coroutine_of(getattr(value, "_coro", None)) if wraps else None


def _connect_failed(recorder: Recorder, record: Any, error: Exception) -> None:
    """Record what a driver raised, unless the engine is going to wrap it in an error of its own."""
    pool = getattr(record, "_ConnectionRecord__pool", None)
    dialect = getattr(pool, "_dialect", None)
    driver = getattr(dialect, "loaded_dbapi", None) or getattr(dialect, "dbapi", None)
    base = getattr(driver, "Error", None)
    if error_number(error) is None and not (isinstance(base, type) and isinstance(error, base)):
        note(recorder, error, **surroundings(recorder, error, sys._getframe(2)))


def _statement_failed(recorder: Recorder, context: Any) -> None:
    """Complete the error's record with what only the engine knows."""
    error: Optional[BaseException] = context.sqlalchemy_exception
    original: BaseException = context.original_exception
    if error is None:
        error = original
        if not isinstance(error, Exception):  # cancelled, interrupted
            return
    text = context.statement
    if text is not None:  # its identifiers: what stands in literals is the user's
        recorder.know(words_of((scrub_sql(text, recorder.digests),)))
    frame = sys._getframe(2)
    number = error_number(error)
    if number is None:
        if error is not original:
            return
        number = note(recorder, error, **surroundings(recorder, error, frame))
    fields = head_of(recorder, error, frame)
    chain: Any = None
    if error is not original:
        inner = head_of(recorder, original, frame)
        fields["db.response.status_code"] = inner["db.response.status_code"]
        chain = [{name: value for name, value in inner.items() if value is not None}]
    link = known_link(recorder, context.connection)
    if link is not None and not link.announced:
        link.announce(recorder, context.connection)
    transaction = None if link is None else link.transaction
    _declare_tables(recorder, context.execution_context)
    recorder.event(
        "error",
        id=number,
        at=recorder.at(),
        **fields,
        statement=None if text is None else recorder.sql(text)[0],
        connection=None if link is None else link.number,
        engine_site=made_at(getattr(context, "engine", None)),
        transaction=None if transaction is None else transaction.id,
        session=(transaction.session or None) if transaction is not None else None,
        chain=chain,
    )


def _declare_tables(recorder: Recorder, context: Any) -> None:
    """Record the tables of a failed statement that no mapper has told of."""
    compiled = getattr(context, "compiled", None)
    statement = getattr(compiled, "statement", None)
    if statement is None:
        return
    from sqlalchemy.sql.schema import Table
    from sqlalchemy.sql.visitors import iterate

    try:
        elements = list(iterate(statement))
    except Exception:  # an element of the app's own may not be made for walking
        return
    for element in elements:
        for found in (element, getattr(element, "table", None)):  # an INSERT does not visit its own
            if isinstance(found, Table):
                tell_table(recorder, found)


def _instance(recorder: Recorder, frame: Any, library: str) -> Dict[str, Any]:
    """Which instance and attribute an ORM error is about, from the library's frames that raise it.

    The app's frames are left alone: to read the locals of a frame keeps them alive with it.
    """
    fields: Dict[str, Any] = {}
    about: Any = None
    depth = 0
    while frame is not None and depth < _DEPTH:
        code = frame.f_code
        if not code.co_filename.startswith(library):
            break
        if depth == 0:
            fields["origin"] = (
                code.co_filename.replace("\\", "/").rsplit("/", 1)[-1] + ":" + (code.co_name)
            )
        if "state" in code.co_varnames and "entity" not in fields:
            state = frame.f_locals.get("state")
            if hasattr(state, "class_") and hasattr(state, "key"):
                about = state
                _about_state(recorder, state, fields)
        if "attribute" not in fields and ("key" in code.co_varnames or "self" in code.co_varnames):
            _about_attribute(frame, fields)
        elif code.co_name == "_fire_loader_callables" and frame.f_locals.get("state") is about:
            fields["attribute"] = frame.f_locals.get("key")  # what led to the load of a key
        if "access" not in fields and code.co_name in _ACCESS:
            fields["access"] = _access(frame)
        if "session" not in fields and code.co_filename.endswith("session.py"):
            owner = frame.f_locals.get("self")
            owner = getattr(owner, "session", owner)  # a session's own transaction
            fields["session"] = getattr(owner, "hash_key", None)
        frame = frame.f_back
        depth += 1
    return fields


def _access(frame: Any) -> str:
    """How an attribute was read, by the function that loads it."""
    if frame.f_code.co_name == "_load_expired":
        return "expired"
    kind = type(frame.f_locals.get("self")).__name__
    return "deferred" if "Deferred" in kind else "lazy"


def _about_state(recorder: Recorder, state: Any, fields: Dict[str, Any]) -> None:
    fields["entity"] = state.class_.__name__
    if state.key:
        fields["parent"] = Raw(encode_key(recorder, state.key[1]))
    left = state.__dict__.get(DETACHED)
    if left is not None:
        fields["detached"] = {"session": left[0], "site": left[1]}
    elif state.session_id is not None:
        fields["detached"] = {"session": state.session_id}


def _about_attribute(frame: Any, fields: Dict[str, Any]) -> None:
    values = frame.f_locals
    key = values.get("key")
    if (isinstance(key, str) and "AttributeImpl" in type(values.get("self")).__qualname__) or (
        frame.f_code.co_name == "_fire_loader_callables" and isinstance(key, str)
    ):
        fields["attribute"] = key
    elif frame.f_code.co_name in ("_load_for_state", "_emit_lazyload"):
        found = getattr(values.get("self"), "key", None)
        if isinstance(found, str):
            fields["attribute"] = found
