"""Sessions: which transaction is whose, and what a session drops when it ends."""

from __future__ import annotations

import sys
from typing import Any, Dict, List

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from .engines import link_of
from .transactions import Transaction

DETACHED = "_ormprobe"
_NAMES = 32


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    from sqlalchemy import event
    from sqlalchemy.orm import Session

    def after_begin(session: Any, transaction: Any, connection: Any) -> None:
        if switch.on:
            try:
                link = link_of(recorder, connection.info)
                if link.transaction is None:
                    link.transaction = Transaction(recorder, link.number, session.hash_key)
                elif not link.transaction.session:
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

    def __del__(self: Any) -> None:
        # also after a failed __init__, and while the interpreter goes down
        try:
            if switch.on and recorder.on and self.__dict__.get("_new"):
                _record(recorder, self, "gc", 0)
        except Exception:
            pass

    event.listen(Session, "after_begin", after_begin)
    hooks.undo_with(event.remove, Session, "after_begin", after_begin)
    hooks.wrap(Session, "expunge_all", make_expunge_all)
    if "__del__" not in Session.__dict__:
        hooks.add(Session, "__del__", __del__)


def _closing(recorder: Recorder, session: Any) -> None:
    """Before a session lets go of its instances: tag each, and record what was not written."""
    identities = session.identity_map
    dropped = session._new or session._deleted or identities._modified
    states = identities.all_states()
    if not states and not dropped:
        return
    site = recorder.site(recorder.sites.owner(sys._getframe(2)))
    tag = (session.hash_key, site)
    for state in states:
        state.__dict__[DETACHED] = tag
    if dropped:
        _record(recorder, session, "close", site)


def _record(recorder: Recorder, session: Any, how: str, site: int) -> None:
    recorder.event(
        "session",
        id=session.hash_key,
        at=recorder.at(),
        scope=recorder.scope_id(),
        end=how,
        site=site or None,
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
