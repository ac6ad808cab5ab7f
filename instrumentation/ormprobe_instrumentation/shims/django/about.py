"""What an error of Django is about, from the library's frames that make it.

The app's frames are left alone: to read the locals of a frame keeps them alive with it.
"""

from __future__ import annotations

from types import FrameType
from typing import Any, Dict, Optional

from ...callsite import APP
from ...exceptions import head_of
from ...lines import Raw
from ...recorder import Recorder
from ...scrub import scrub_sql, words_of
from ..row_facts import encode_key
from .cursors import text_of
from .links import KEY, Link
from .loads import attribute_of, key_of
from .relations import TAG
from .schema import MODELS, tell
from .wanted import last

_DEPTH = 40


def about(recorder: Recorder, error: BaseException, frame: Any) -> Dict[str, Any]:
    """Fields of the error's event. frame: the one that makes it."""
    fields: Dict[str, Any] = {}
    _named(error, fields)
    depth = 0
    found: Optional[FrameType] = frame
    while found is not None and depth < _DEPTH:
        if recorder.sites.kind(found.f_code.co_filename) == APP:
            break
        code = found.f_code
        if depth == 0:
            path = code.co_filename.replace("\\", "/").rsplit("/", 1)[-1]
            fields["origin"] = "%s:%s" % (path, code.co_name)
        package = str(found.f_globals.get("__name__") or "")
        if package.startswith("django."):
            _frame(recorder, error, found, package, fields)
        found, depth = found.f_back, depth + 1
    return fields


def _named(error: BaseException, fields: Dict[str, Any]) -> None:
    """`Author.DoesNotExist`, `Book.author.RelatedObjectDoesNotExist`."""
    parts = type(error).__qualname__.split(".")
    if parts[-1] in ("DoesNotExist", "MultipleObjectsReturned") and len(parts) > 1:
        fields["entity"] = parts[-2]
    elif parts[-1] == "RelatedObjectDoesNotExist" and len(parts) > 2:
        fields["entity"], fields["attribute"] = parts[-3], parts[-2]


def _frame(
    recorder: Recorder, error: BaseException, frame: FrameType, package: str, fields: Dict[str, Any]
) -> None:
    name = frame.f_code.co_name
    if package == "django.db.utils" and name == "__exit__":
        values = frame.f_locals
        _beneath(recorder, values.get("exc_value"), fields)
        wrapper = getattr(values.get("self"), "wrapper", None)
        if wrapper is not None:
            _connection(recorder, wrapper, fields)
    elif package == "django.db.backends.utils" and name in ("_execute", "_executemany"):
        values = frame.f_locals
        cursor = values.get("self")
        db = getattr(cursor, "db", None)
        if db is not None and "statement" not in fields:
            text = text_of(values.get("sql"), db)
            recorder.know(words_of((scrub_sql(text, recorder.digests),)))
            fields["statement"] = recorder.sql(text)[0]
            _connection(recorder, db, fields, sent=True)
    elif name == "execute_sql" and "entity" not in fields:
        query = getattr(frame.f_locals.get("self"), "query", None)
        _entity(recorder, getattr(query, "model", None), fields)
        tag = getattr(query, TAG, None)
        if tag is not None and type(error).__name__ == "SynchronousOnlyOperation":
            fields["entity"], fields["attribute"] = tag[0], tag[1]
            fields["access"], fields["parent"] = "lazy", Raw(encode_key(recorder, tag[2]))
    elif package == "django.db.models.query":
        values = frame.f_locals
        if name == "get" and "statement" not in fields:
            _asked(values.get("clone"), fields)
        if "entity" not in fields:
            _entity(recorder, getattr(values.get("self"), "model", None), fields)
    elif name == "__get__" and "attribute" not in fields:
        values = frame.f_locals
        instance = values.get("instance")
        if instance is not None and hasattr(instance, "_meta"):
            fields["attribute"] = attribute_of(values.get("self"))
            fields["access"] = "deferred" if "query_utils" in package else "lazy"
            fields["entity"] = type(instance).__name__
            fields["parent"] = Raw(encode_key(recorder, key_of(instance)))
    elif package == "django.db.backends.base.base" and "connection" not in fields:
        db = frame.f_locals.get("self")
        if db is not None and hasattr(db, "settings_dict"):
            _connection(recorder, db, fields)


def _entity(recorder: Recorder, model: Any, fields: Dict[str, Any]) -> None:
    meta = getattr(model, "_meta", None)
    if isinstance(model, type) and meta is not None:
        fields["entity"] = model.__name__
        if MODELS not in meta.__dict__:
            tell(recorder, model)


def _beneath(recorder: Recorder, original: Any, fields: Dict[str, Any]) -> None:
    """The driver's exception."""
    if isinstance(original, BaseException):
        inner = head_of(recorder, original)
        fields["db.response.status_code"] = inner["db.response.status_code"]
        fields["chain"] = [{key: value for key, value in inner.items() if value is not None}]


def _asked(queryset: Any, fields: Dict[str, Any]) -> None:
    """The statement that gave no row, or too many."""
    query = getattr(queryset, "_query", None)
    if query is not None and last.query == id(query):
        fields["statement"], fields["connection"] = last.sql, last.connection
        fields["transaction"] = last.transaction or None


def _connection(recorder: Recorder, db: Any, fields: Dict[str, Any], sent: bool = False) -> None:
    """sent: whether the error answers a statement."""
    link: Optional[Link] = getattr(db, KEY, None)
    if link is None or link.file != recorder.started:
        return
    if not link.announced:
        link.announce(db)
    fields["connection"] = link.number
    transaction = link.transaction
    if sent and (not db.autocommit or link.begun):
        transaction = link.open(db)
        if transaction is not None:
            transaction.statements += 1
    if transaction is not None:
        fields["transaction"] = transaction.id
