"""Values that can be changed in place: of loaded instances, and those that columns give as default.

SQLAlchemy compares neither: a list that is appended to is not written, and a default that is a list
is one list for every row.
"""

from __future__ import annotations

import sys
from typing import Any, Dict, List, Optional, Tuple

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from ..defaults import Defaults
from ..row_facts import encode_key
from ..unwritten import tell

BEFORE = "_ormprobe_places"

_TYPES = frozenset(("JSON", "ARRAY", "PickleType", "HSTORE"))
_PLACES: Tuple[type, ...] = (dict, list, set)
_LONG = 20_000
_MAX_STATES = 2000


class _Places:
    """What is known of one process's mappings."""

    def __init__(self, recorder: Recorder, switch: Switch, hooks: Hooks) -> None:
        self.recorder = recorder
        self.switch = switch
        self.hooks = hooks
        self.seen: Dict[int, Any] = {}
        self.defaults = Defaults(recorder, lambda named: named)
        self.any = False

    def configured(self) -> None:
        """Mappers were configured: watch those that have columns of the kind."""
        if not self.switch.on:
            return
        try:
            orm: Any = sys.modules["sqlalchemy.orm"]
            registries: Any = getattr(sys.modules["sqlalchemy.orm.mapper"], "_all_registries", None)
            if registries is None:
                return
            for registry in registries():
                # not `registry.mappers`, which fails while a class is mapped or let go of
                managers = [found for found in list(registry._managers) if found.is_mapped]
                for mapper in [found.mapper for found in managers]:
                    if id(mapper) not in self.seen:
                        self.seen[id(mapper)] = mapper
                        self._learn(orm, mapper)
        except Exception as error:
            self.switch.fail(error)

    def _learn(self, orm: Any, mapper: Any) -> None:
        names: List[str] = []
        for attribute in mapper.column_attrs:
            column = attribute.columns[0]
            if _is_place(getattr(column, "type", None)):
                names.append(str(attribute.key))
            default = getattr(column, "default", None)
            value = getattr(default, "arg", None)
            if getattr(default, "is_scalar", False):
                self.defaults.declared((str(mapper.class_.__name__), str(attribute.key)), value)
        if names:
            self.any = True
            self._listen(mapper, tuple(names))

    def _listen(self, mapper: Any, names: Tuple[str, ...]) -> None:
        from sqlalchemy import event

        def load(target: Any, *_: Any) -> None:
            if self.switch.on:
                try:
                    keep(target._sa_instance_state, names)
                except Exception as error:
                    self.switch.fail(error)

        for moment in ("load", "refresh", "refresh_flush"):
            event.listen(mapper.class_, moment, load)
            self.hooks.undo_with(event.remove, mapper.class_, moment, load)

    def flushed(self, session: Any, context: Any = None) -> None:
        """After a flush the row holds what the instances hold."""
        if self.any and self.switch.on:
            try:
                for state in list(getattr(context, "states", ()) or ()):
                    names = self.names_of(state)
                    if names:
                        keep(state, names)
            except Exception as error:
                self.switch.fail(error)

    def names_of(self, state: Any) -> Tuple[str, ...]:
        found = state.__dict__.get(BEFORE)
        if found is not None:
            return tuple(found)
        return tuple(
            [str(a.key) for a in state.mapper.column_attrs if _is_place(a.columns[0].type)]
        )

    def look(self, session: Any, committed: bool = False) -> None:
        """Before a commit or a close: what was changed and would not be written."""
        if not self.switch.on or not self.recorder.on:
            return
        try:
            self.defaults.look(5)
            if self.any:
                for state in session.identity_map.all_states()[:_MAX_STATES]:
                    before = state.__dict__.get(BEFORE)
                    if before:
                        self._compare(session, state, before, committed)
        except Exception as error:
            self.switch.fail(error)

    def _compare(self, session: Any, state: Any, before: Dict[str, str], committed: bool) -> None:
        held = state.dict
        for name, shown in list(before.items()):
            value = held.get(name)
            if name in state.committed_state or not isinstance(value, _PLACES):
                continue
            now = shown_as(value)
            if now is None or now == shown or state in session._deleted:
                continue
            before[name] = now
            tell(
                self.recorder,
                "mutated",
                state.class_.__name__,
                encode_key(self.recorder, state.key[1]) if state.key else None,
                {name: value},
                site=(self.recorder.here(5) or None) if committed else None,
                frames=self.recorder.frames(5, 8) or None,
            )


def keep(state: Any, names: Tuple[str, ...]) -> None:
    """Keep what the values of an instance were when they were the row's."""
    held = state.dict
    before: Dict[str, str] = {}
    for name in names:
        value = held.get(name)
        if isinstance(value, _PLACES) and not hasattr(value, "_parents"):  # those say it themselves
            shown = shown_as(value)
            if shown is not None:
                before[name] = shown
    state.__dict__[BEFORE] = before


def shown_as(value: Any) -> Optional[str]:
    """A text by which two states of a value are told apart; None where it is long."""
    if len(value) > _LONG:
        return None
    text = repr(value)
    return text if len(text) <= _LONG else None


def _is_place(kind: Any) -> bool:
    """Whether a column's type holds values that can be changed in place."""
    for _ in range(3):
        if any(base.__name__ in _TYPES for base in type(kind).__mro__):
            return True
        inner = getattr(kind, "impl", None)
        if inner is None or inner is kind:
            return False
        kind = inner
    return False


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    from sqlalchemy import event
    from sqlalchemy.orm import Mapper, Session

    places = _Places(recorder, switch, hooks)
    looks: Any = places.look

    def before_commit(session: Any) -> None:
        places.look(session, committed=True)

    def make_expunge_all(original: Any) -> Any:
        def expunge_all(self: Any) -> Any:
            looks(self)
            return original(self)

        return expunge_all

    for owner, moment, listener in (
        (Mapper, "after_configured", places.configured),
        (Session, "before_commit", before_commit),
        (Session, "after_flush_postexec", places.flushed),
    ):
        event.listen(owner, moment, listener)
        hooks.undo_with(event.remove, owner, moment, listener)
    hooks.wrap(Session, "expunge_all", make_expunge_all)
