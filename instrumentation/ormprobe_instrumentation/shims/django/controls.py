"""Statements that begin, divide or end a transaction."""

from __future__ import annotations

import re
from typing import Any

from ...recorder import Recorder
from .ends import end
from .harness import open_transaction
from .links import Link

_BEGINS = frozenset(("BEGIN", "START"))
_COMMITS = frozenset(("COMMIT", "END"))
_ROLLBACKS = frozenset(("ROLLBACK", "ABORT"))
_POINTS = {"SAVEPOINT": "begin", "RELEASE": "release", "ROLLBACK": "rollback"}
CONTROLS = _BEGINS | _COMMITS | _ROLLBACKS | frozenset(_POINTS)

_POINT = re.compile(
    r"\s*(?:SAVEPOINT|RELEASE|ROLLBACK)(?:\s+(?:WORK|TRANSACTION))?(?:\s+TO)?(?:\s+SAVEPOINT)?"
    r"\s+[\"`\[]?([\w.$-]+)",
    re.IGNORECASE,
)
_PARTIAL = re.compile(r"\s*ROLLBACK(?:\s+(?:WORK|TRANSACTION))?\s+TO\b", re.IGNORECASE)


def control(recorder: Recorder, db: Any, link: Link, verb: str, text: str, sender: Any) -> bool:
    """Take such a statement in; False for one that is to be recorded as any other."""
    if verb in _POINTS and (verb != "ROLLBACK" or _PARTIAL.match(text)):
        found = _POINT.match(text)
        if found is not None:
            _divide(recorder, db, link, _POINTS[verb], found.group(1))
        return True
    if verb in _BEGINS:
        # Django's own tells of it by its `autocommit`
        link.begun = link.begun or db.autocommit and not db.in_atomic_block
        if link.begun and sender is not None and _begins_atomic(sender):
            link.begun = False
        return True
    link.begun = False
    if link.transaction is not None and link.block is None:
        end(recorder, link, "commit" if verb in _COMMITS else "rollback", sender)
    return True


def _begins_atomic(sender: Any) -> bool:
    return bool(sender.f_code.co_name == "_start_transaction_under_autocommit")


def _divide(recorder: Recorder, db: Any, link: Link, action: str, name: str) -> None:
    transaction = link.transaction
    if transaction is None:
        if action != "begin":
            return
        # under a test's transaction, the savepoint of the app's outermost block is its beginning
        transaction = open_transaction(link, db)
        if transaction is None:
            return
    points = transaction.savepoints or ()
    if action == "begin" or name in [point[0] for point in points]:
        transaction.savepoint(recorder, action, name)
