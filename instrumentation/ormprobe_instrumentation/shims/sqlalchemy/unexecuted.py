"""INSERT, UPDATE and DELETE constructs that nobody executed: they run when a session or connection
is handed them, and Python warns of none that was not.

Used is one that was executed, compiled, copied on the way to another, or put into another one.
"""

from __future__ import annotations

import sys
from typing import Any, Dict

from ...calls import drops
from ...callsite import APP
from ...hooks import Hooks, hide_own_frame
from ...lines import Raw
from ...recorder import Recorder
from ...shim import Switch

USED = "_ormprobe_used"
MADE = "_ormprobe_made"

_USES = (
    "_execute_on_connection", "_execute_on_scalar", "_compile_w_cache", "compile",
    "_compiler_dispatch", "_generate_cache_key", "_gen_cache_key", "_annotate",
    "_with_annotations", "_clone", "get_children", "cte", "add_cte",
)  # fmt: skip
_KINDS = ("Insert", "Update", "Delete")


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    dml: Any = sys.modules["sqlalchemy.sql.dml"]
    base = dml.UpdateBase
    if "__del__" in vars(base):
        return

    def make_copy(original: Any) -> Any:
        def copy(self: Any, *args: Any, **kwargs: Any) -> Any:
            copied = original(self, *args, **kwargs)
            self.__dict__[USED] = True
            copied.__dict__.pop(USED, None)
            return copied

        return copy

    def make_use(original: Any) -> Any:
        def use(self: Any, *args: Any, **kwargs: Any) -> Any:
            self.__dict__[USED] = True
            try:
                return original(self, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise

        return use

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
            held = self.__dict__
            if USED not in held and held.get(MADE) and switch.on and recorder.on:
                frame = sys._getframe().f_back
                if frame is not None:
                    _dropped(recorder, self, frame)
        except Exception:  # also of one that failed to be made, and while the interpreter goes down
            pass

    hooks.wrap(base, "_generate", make_copy)
    for name in _USES:
        if callable(getattr(base, name, None)):
            hooks.wrap(base, name, make_use)
    for name in _KINDS:
        kind: Any = getattr(dml, name, None)
        if kind is not None and "__init__" in vars(kind):
            hooks.wrap(kind, "__init__", make_init)
    hooks.add(base, "__del__", __del__)


def _dropped(recorder: Recorder, statement: Any, frame: Any) -> None:
    done = next((k for k in _KINDS if k in [base.__name__ for base in type(statement).__mro__]), "")
    own = recorder.sites.kind(frame.f_code.co_filename) == APP
    at_once = own and drops(frame)
    made = statement.__dict__[MADE]
    frames = recorder.frames_of(frame, 24)
    values, _ = recorder.digests.shape(_values(statement))
    recorder.event(
        "unawaited",
        at=recorder.at(),
        scope=recorder.scope_id(),
        name=done.lower(),
        module="sqlalchemy.sql.dml",
        site=(recorder.site(frame) if at_once else made) or None,
        frames=frames or None,
        wants="execute",
        table=str(getattr(statement.table, "name", "")) or None,
        values=Raw(values),
        kept=None if at_once else True,
    )


def _values(statement: Any) -> Dict[str, Any]:
    """What it was to write, by column."""
    found: Dict[str, Any] = {}
    values: Any = getattr(statement, "_values", None) or {}
    for column, value in values.items():
        name = getattr(column, "key", None) or getattr(column, "name", column)
        found[str(name)] = getattr(value, "value", None) if hasattr(value, "value") else value
    return found
