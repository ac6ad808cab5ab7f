"""Queries that write and were dropped at once: `Model.update(...)` runs when it is executed.

Python warns of none of them. Only those are told of that die on the app's own line that made them;
what is kept, to be run later or not, is left alone.
"""

from __future__ import annotations

import sys
from typing import Any, Dict, Iterable, Tuple

from ...calls import drops
from ...callsite import APP
from ...hooks import Hooks, hide_own_frame
from ...lines import Raw
from ...recorder import Recorder
from ...shim import Switch

MADE = "_ormprobe_made"
USED = "_ormprobe_used"
"""Marks a query that was made into SQL, by itself or inside of another, or refined."""

_KINDS = (("Insert", "insert"), ("Update", "update"), ("Delete", "delete"))


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    peewee: Any = sys.modules["peewee"]
    base = peewee._WriteQuery

    def make_sql(original: Any) -> Any:
        def __sql__(self: Any, ctx: Any) -> Any:
            self.__dict__[USED] = True
            try:
                return original(self, ctx)
            except BaseException as error:
                hide_own_frame(error)
                raise

        return __sql__

    def make_clone(original: Any) -> Any:
        def clone(self: Any) -> Any:
            copied = original(self)
            self.__dict__[USED] = True
            copied.__dict__.pop(USED, None)
            return copied

        return clone

    def make_init(original: Any) -> Any:
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            try:
                original(self, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on and recorder.on:
                try:
                    self.__dict__[MADE] = recorder.here(2)
                except Exception as error:
                    switch.fail(error)

        return __init__

    def __del__(self: Any) -> None:
        try:
            if USED not in self.__dict__ and switch.on and recorder.on:
                frame = sys._getframe().f_back
                if frame is not None:
                    _dropped(recorder, self, frame)
        except Exception as error:
            switch.fail(error)

    if hasattr(base, "__del__"):
        return
    hooks.wrap(base, "__sql__", make_sql)
    hooks.wrap(base, "clone", make_clone)
    hooks.wrap(base, "__init__", make_init)
    hooks.add(base, "__del__", __del__)


def _is_apps(recorder: Recorder, frame: Any) -> bool:
    return recorder.sites.kind(frame.f_code.co_filename) == APP


def _dropped(recorder: Recorder, query: Any, frame: Any) -> None:
    names = [kind.__name__ for kind in type(query).__mro__]
    done = next((verb for name, verb in _KINDS if name in names), None)
    if done is None:
        return
    at_once = _is_apps(recorder, frame) and drops(frame)
    made = query.__dict__.get(MADE)
    if not at_once and not made:
        return
    owner = "Model" if hasattr(query, "model") else "Table"
    values, _ = recorder.digests.shape(_values(query))
    stack = recorder.sites.app_stack(frame, 24)
    recorder.event(
        "unawaited",
        at=recorder.at(),
        scope=recorder.scope_id(),
        name="%s.%s" % (owner, done),
        module="peewee",
        site=(recorder.site(frame) if at_once else made) or None,
        frames=[recorder.site(each) for each in stack] or None,
        wants="execute",
        table=_table(query),
        values=Raw(values),
        kept=None if at_once else True,
    )


def _table(query: Any) -> Any:
    meta = getattr(getattr(query, "model", None), "_meta", None)
    return getattr(meta, "table_name", None)


def _values(query: Any) -> Dict[str, Any]:
    """What it was to write, by field."""
    values: Any = getattr(query, "_update", None) or getattr(query, "_insert", None)
    if not hasattr(values, "items"):
        return {}
    items: Iterable[Tuple[Any, Any]] = values.items()
    return {str(getattr(field, "name", field)): value for field, value in items}
