"""Queries of related managers (`author.books`): which relation of which instance each is for.

They run later than they are made, so the query itself bears that. Clones keep it; a pickle does
not.
"""

from __future__ import annotations

import functools
import sys
from typing import Any, Callable

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from .loads import key_of

TAG = "_ormprobe_relation"
"""On a query: (entity, attribute, key of the instance)."""

EXTRA = "_ormprobe_extra"
"""On a query that has SQL of the app's own, by `extra`."""

_TAGS = frozenset((TAG, EXTRA))

_RELATED = "django.db.models.fields.related_descriptors"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    module: Any = sys.modules[_RELATED]
    wrap_factory(hooks, switch, module, "create_reverse_many_to_one_manager", _of_reverse)
    wrap_factory(hooks, switch, module, "create_forward_many_to_many_manager", _of_many)
    query: Any = sys.modules["django.db.models.sql.query"].Query

    def make_getstate(original: Any) -> Any:
        def __getstate__(self: Any) -> Any:
            state = original(self)
            if not _TAGS.isdisjoint(state):
                state = {name: value for name, value in state.items() if name not in _TAGS}
            return state

        return __getstate__

    def make_extra(original: Any) -> Any:
        def add_extra(self: Any, *args: Any, **kwargs: Any) -> Any:
            if switch.on:
                self.__dict__[EXTRA] = True
            try:
                return original(self, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise

        return add_extra

    hooks.wrap(query, "__getstate__", make_getstate)
    hooks.wrap(query, "add_extra", make_extra)


def _of_reverse(superclass: Any, rel: Any) -> str:
    return str(rel.get_accessor_name())


def _of_many(superclass: Any, rel: Any, reverse: Any = False) -> str:
    return str(rel.get_accessor_name() if reverse else rel.field.name)


def wrap_factory(
    hooks: Hooks, switch: Switch, module: Any, name: str, named: Callable[..., str]
) -> None:
    """Tag the queries of the managers whose classes a function of Django makes.

    named: the attribute that a manager is reached by, from the arguments of that function.
    """

    def make(original: Any) -> Any:
        def create(*args: Any, **kwargs: Any) -> Any:
            made = original(*args, **kwargs)
            if switch.on:
                try:  # no undo: that would keep a class which Django makes for one call
                    inner = made._apply_rel_filters
                    apply = make_apply(inner, named(*args, **kwargs))
                    made._apply_rel_filters = functools.wraps(inner)(apply)
                except Exception as error:
                    switch.fail(error)
            return made

        return create

    def make_apply(original: Any, attribute: str) -> Any:
        def _apply_rel_filters(self: Any, queryset: Any) -> Any:
            try:
                found = original(self, queryset)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on:
                try:
                    instance = self.instance
                    # not `query`, which would make Django apply a filter that it puts off
                    found._query.__dict__[TAG] = (
                        type(instance).__name__,
                        attribute,
                        key_of(instance),
                    )
                except Exception as error:
                    switch.fail(error)
            return found

        return _apply_rel_filters

    hooks.wrap(module, name, make)
