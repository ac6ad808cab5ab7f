"""Functions of SQLAlchemy that, met on the stack, say what it is doing.

Names differ: 2.1 put underscores before internal classes. A name that a version lacks is left out.
"""

from __future__ import annotations

import sys
from typing import Tuple

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch

# marker, module, candidates for "Class.function" or "function"
_CORE: Tuple[Tuple[str, str, Tuple[str, ...]], ...] = (
    ("close", "sqlalchemy.engine.base", ("Connection.close",)),
    ("exit", "sqlalchemy.engine.base", ("Connection.__exit__",)),
    ("exit", "sqlalchemy.engine.util", ("TransactionalContext.__exit__",)),
    ("rollback", "sqlalchemy.engine.base", ("Transaction.rollback", "Connection.rollback")),
    ("end", "sqlalchemy.engine.base", ("Transaction.close",)),
    ("commit", "sqlalchemy.engine.base", ("Transaction.commit", "Connection.commit")),
    ("reset", "sqlalchemy.pool.base", ("_ConnectionFairy._reset",)),
    ("checkin", "sqlalchemy.pool.base", ("_ConnectionFairy._checkin", "_ConnectionFairy.close")),
)
_ORM: Tuple[Tuple[str, str, Tuple[str, ...]], ...] = (
    ("close", "sqlalchemy.orm.session", ("Session.close", "Session.invalidate", "Session.reset")),
    ("exit", "sqlalchemy.orm.session", ("Session.__exit__", "SessionTransaction.__exit__")),
    ("rollback", "sqlalchemy.orm.session", ("Session.rollback", "SessionTransaction.rollback")),
    ("commit", "sqlalchemy.orm.session", ("Session.commit",)),
    ("flush", "sqlalchemy.orm.session", ("Session.flush",)),
    ("autoflush", "sqlalchemy.orm.session", ("Session._autoflush",)),
    ("get", "sqlalchemy.orm.session", ("Session.get",)),
    ("get", "sqlalchemy.orm.query", ("Query.get",)),
    ("refresh", "sqlalchemy.orm.session", ("Session.refresh",)),
    ("close", "sqlalchemy.orm.scoping", ("scoped_session.remove",)),
    (
        "lazy",
        "sqlalchemy.orm.strategies",
        ("_LazyLoader._emit_lazyload", "LazyLoader._emit_lazyload"),
    ),
    (
        "deferred",
        "sqlalchemy.orm.strategies",
        ("_DeferredColumnLoader._load_for_state", "DeferredColumnLoader._load_for_state"),
    ),
    ("expired", "sqlalchemy.orm.state", ("InstanceState._load_expired",)),
    (
        "attribute",
        "sqlalchemy.orm.attributes",
        ("_AttributeImpl._fire_loader_callables", "AttributeImpl._fire_loader_callables"),
    ),
    (
        "eager",
        "sqlalchemy.orm.strategies",
        (
            "_SelectInLoader._load_for_path",
            "SelectInLoader._load_for_path",
            "_SubqueryLoader._SubqCollections._load",
            "SubqueryLoader._SubqCollections._load",
        ),
    ),
)


def install_core(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    _mark(recorder, _CORE)


def install_orm(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    _mark(recorder, _ORM)


def _mark(recorder: Recorder, table: Tuple[Tuple[str, str, Tuple[str, ...]], ...]) -> None:
    for marker, module_name, candidates in table:
        module = sys.modules.get(module_name)
        for dotted in candidates:
            found: object = module  # then a class, then its function
            for part in dotted.split("."):
                found = None if found is None else vars(found).get(part)
            if found is not None:
                recorder.sites.mark(found, marker)
