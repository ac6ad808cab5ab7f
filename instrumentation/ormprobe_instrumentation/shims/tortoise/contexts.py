"""Use of Tortoise where it is not set up: never, no longer, or not in the context of this task."""

from __future__ import annotations

import sys
from typing import Any, Dict

from ...errors import error_number, note
from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from ..drivers.disguise import hide
from .connections import last_closed
from .failures import closing_of, frames_of

NAME = "tortoise.contexts"
ROLE = "orm"
TRIGGER = "tortoise.context"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    """Hook what 1.x asks for its context; earlier versions raise errors of their own."""
    module: Any = sys.modules[TRIGGER]

    def make(original: Any) -> Any:
        def require_context() -> Any:
            try:
                return original()
            except BaseException as error:
                if switch.on and recorder.on:
                    try:
                        _missing(recorder, error, sys._getframe(1))
                    except Exception as own:
                        switch.fail(own)
                hide(error)
                raise

        return require_context

    hooks.wrap(module, "require_context", make)


def _missing(recorder: Recorder, error: BaseException, frame: Any) -> None:
    if error_number(error) is not None:
        return
    fields: Dict[str, Any] = {**closed_before()}
    frames = frames_of(recorder, frame)
    if frames:
        fields.update(frames=frames, site=frames[0])
    note(recorder, error, **fields)


def closed_before() -> Dict[str, Any]:
    """The field `closed`: where the app last closed its connections, as far as it did."""
    closed = last_closed[0]
    return {} if closed is None else {"closed": closing_of(closed)}
