"""Keywords that a model does not have: Tortoise drops them without a word."""

from __future__ import annotations

import sys
from typing import Any

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from ..unmapped import record


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    models: Any = sys.modules["tortoise.models"]

    def make(original: Any) -> Any:
        def _set_kwargs(self: Any, kwargs: Any) -> Any:
            try:
                taken = original(self, kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on and recorder.on:
                try:
                    known = self._meta.fields_map
                    for name in kwargs:
                        if name not in known:
                            record(recorder, self, kwargs, known)
                            break
                except Exception as error:
                    switch.fail(error)
            return taken

        return _set_kwargs

    hooks.wrap(models.Model, "_set_kwargs", make)
