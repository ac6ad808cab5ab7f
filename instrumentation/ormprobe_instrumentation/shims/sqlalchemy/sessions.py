"""Sessions: which transaction is whose, and what a session drops when it ends."""

from __future__ import annotations

import sys
from typing import Any, Dict, List

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from ..transaction import Transaction
from .closings import GIVEN
from .endings import current_ending
from .engines import connection_link

DETACHED = "_ormprobe"
ADDED = "_ormprobe_added"
_NAMES = 32


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    from sqlalchemy import event
    from sqlalchemy.orm import Session

    def after_begin(session: Any, transaction: Any, connection: Any) -> None:
        if switch.on:
            try:
                link = connection_link(recorder, connection)
                if link.transaction is None:
                    link.transaction = Transaction(recorder, link.number, session.hash_key)
                else:  # begun before, maybe by another session that joined it
                    link.transaction.session = session.hash_key
            except Exception as error:
                switch.fail(error)

    def make_expunge_all(original: Any) -> Any:
        def expunge_all(self: Any) -> Any:
            if switch.on:
                try:
                    _closing(recorder, self)
                except Exception as error:
                    switch.fail(error)
            return original(self)

        return expunge_all

    def make_expunge(original: Any) -> Any:
        def _expunge_states(self: Any, states: Any, to_transient: bool = False) -> Any:
            if switch.on and not to_transient:
                try:
                    _leave(recorder, self, states)
                except Exception as error:
                    switch.fail(error)
            return original(self, states, to_transient)

        return _expunge_states

    def __del__(self: Any) -> None:
        # also after a failed __init__, and while the interpreter goes down
        try:
            if switch.on and recorder.on and _unwritten(self):
                _record(recorder, self, "gc", 0)
        except Exception:
            pass

    def transient_to_pending(session: Any, instance: Any) -> None:
        if switch.on:
            try:
                session.__dict__[ADDED] = recorder.here(2)
            except Exception as error:
                switch.fail(error)

    def make_connection(original: Any) -> Any:
        def connection(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                made = original(self, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on:
                try:
                    made.__dict__[GIVEN] = True
                except Exception as error:
                    switch.fail(error)
            return made

        return connection

    for moment, listener in (
        ("after_begin", after_begin),
        ("transient_to_pending", transient_to_pending),
    ):
        event.listen(Session, moment, listener)
        hooks.undo_with(event.remove, Session, moment, listener)
    hooks.wrap(Session, "connection", make_connection)
    hooks.wrap(Session, "expunge_all", make_expunge_all)
    hooks.wrap(Session, "_expunge_states", make_expunge)
    if "__del__" not in Session.__dict__:
        hooks.add(Session, "__del__", __del__)


def _closing(recorder: Recorder, session: Any) -> None:
    """Before a session lets go of its instances: tag each, and record what was not written."""
    identities = session.identity_map
    dropped = _unwritten(session)
    states = identities.all_states()
    if not states and not dropped:
        return
    site = _leave(recorder, session, states)
    if dropped:
        ending = current_ending()
        raised = sys.exc_info()[0] is not None or (ending is not None and ending.raised)
        _record(recorder, session, "exception" if raised else "close", site)


def _leave(recorder: Recorder, session: Any, states: Any) -> int:
    """Tag instances with the session that lets go of them, and the line that made it."""
    ending = current_ending()
    sites = recorder.sites
    site = recorder.site(sites.owner(sys._getframe(2))) if ending is None else ending.owner
    tag = (session.hash_key, site)
    for state in states:
        state.__dict__[DETACHED] = tag
    return site


def _unwritten(session: Any) -> Any:
    """Whether new, changed or deleted instances wait for a flush."""
    return session._new or session._deleted or session.identity_map._modified


def _record(recorder: Recorder, session: Any, how: str, site: int) -> None:
    added = session.__dict__.get(ADDED) if session._new else None
    recorder.event(
        "session",
        id=session.hash_key,
        at=recorder.at(),
        scope=recorder.scope_id(),
        end=how,
        site=site or None,
        added=added or None,
        new=_names(session._new),
        dirty=_names(session.identity_map._modified),
        deleted=_names(session._deleted),
    )


def _names(states: Any) -> List[str]:
    """`Entity` of new and deleted instances, `Entity.attribute` of changed ones."""
    found: Dict[str, None] = {}
    for state in list(states)[:_NAMES]:
        changed = [str(name) for name in state.committed_state] if state.key else []
        for name in changed or [""]:
            found[state.class_.__name__ + ("." + name if name else "")] = None
    return list(found)
