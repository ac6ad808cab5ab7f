"""Tags queries with the app's lines that composed them.

It is the query inside a query set that carries them: it is what a compiler sends, and what updates,
counts and aggregates are copied from.
"""

from __future__ import annotations

import sys
from typing import Any, Dict

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from ..composed import TAG, Composing


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    add = Composing(recorder).add
    queryset: Any = sys.modules["django.db.models.query"].QuerySet

    def make(original: Any) -> Any:
        def _chain(self: Any) -> Any:
            try:
                made = original(self)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on and recorder.on:
                try:
                    add(made._query.__dict__, sys._getframe(1))
                except Exception as error:
                    switch.fail(error)
            return made

        return _chain

    def make_all(original: Any) -> Any:
        def all(self: Any) -> Any:
            try:
                made = original(self)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on and recorder.on:
                try:
                    query = getattr(made, "__dict__", _NOTHING).get("_query")
                    if query is not None:  # a manager may give anything
                        add(query.__dict__, sys._getframe(1))
                except Exception as error:
                    switch.fail(error)
            return made

        return all

    def make_state(original: Any) -> Any:
        def __getstate__(self: Any) -> Any:
            try:
                state: Dict[str, Any] = original(self)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if state is not self.__dict__ and hasattr(state, "pop"):
                state.pop(TAG, None)
            return state

        return __getstate__

    hooks.wrap(queryset, "_chain", make)
    query: Any = sys.modules["django.db.models.sql.query"].Query
    if hasattr(query, "__getstate__"):
        hooks.wrap(query, "__getstate__", make_state)
    hooks.wrap(sys.modules["django.db.models.manager"].BaseManager, "all", make_all)


_NOTHING: Dict[str, Any] = {}
