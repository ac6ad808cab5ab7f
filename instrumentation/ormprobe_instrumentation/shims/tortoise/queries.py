"""Query objects: what a statement is asked for by, and what became of its rows."""

from __future__ import annotations

import sys
from typing import Any

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from ..drivers.disguise import hide
from .operations import Reading, leave, reading
from .rows import raw_line, result_line
from .unsaved import unsaved_of

_RUNS = ("_execute", "_execute_many")


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    module = sys.modules["tortoise.queryset"]
    unsaved = unsaved_of(recorder)

    def make(original: Any) -> Any:
        async def _execute(self: Any, *args: Any, **kwargs: Any) -> Any:
            current = Reading(self)
            token = reading.set(current)
            try:
                result = await original(self, *args, **kwargs)
            except BaseException as error:
                _tell_raw(recorder, switch, current)
                hide(error)
                raise
            finally:
                current.over = True
                leave(reading, token)
            if current.number and current.rows is not None:
                try:
                    recorder.later(result_line(recorder, current, result))
                    if unsaved is not None and result is not None:
                        unsaved.read(result, current.number)
                except Exception as error:
                    switch.fail(error)
            return result

        return _execute

    for kind in list(vars(module).values()):
        if isinstance(kind, type) and kind.__module__ == module.__name__:
            for name in _RUNS:
                if name in vars(kind):
                    hooks.wrap(kind, name, make)


def _tell_raw(recorder: Recorder, switch: Switch, current: Reading) -> None:
    """Record the rows of a query that refused them: there were none, or too many."""
    if current.number and current.rows is not None:
        try:
            recorder.later(raw_line(recorder, current.number, current.rows, current.query.model))
        except Exception as error:
            switch.fail(error)
