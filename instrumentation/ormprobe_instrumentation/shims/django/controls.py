"""Statements that begin, divide or end a transaction."""

from __future__ import annotations

from typing import Any

from ...recorder import Recorder
from ..controls import BEGINS, COMMITS, POINTS, is_of_point, point_of
from .ends import end
from .links import Link

_ATOMIC = "_start_transaction_under_autocommit"


def control(recorder: Recorder, db: Any, link: Link, verb: str, text: str, sender: Any) -> None:
    """Take such a statement in. sender: the frame that it came from."""
    if is_of_point(verb, text):
        name = point_of(text)
        if name is not None:
            _divide(recorder, db, link, POINTS[verb], name)
    elif verb in BEGINS:
        # Django's own is known by its `autocommit`
        link.begun = sender is None or sender.f_code.co_name != _ATOMIC
    else:
        link.begun = False
        if link.transaction is not None and link.block is None:
            end(recorder, link, "commit" if verb in COMMITS else "rollback", sender)


def _divide(recorder: Recorder, db: Any, link: Link, action: str, name: str) -> None:
    transaction = link.transaction
    if transaction is None:
        if action != "begin":
            return
        # under a test's transaction, the savepoint of the app's outermost block is its beginning
        transaction = link.open(db)
        if transaction is None:
            return
    points = transaction.savepoints or ()
    if action == "begin" or name in [point[0] for point in points]:
        transaction.savepoint(recorder, action, name)
