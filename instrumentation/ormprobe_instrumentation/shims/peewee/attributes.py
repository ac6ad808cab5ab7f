"""Attributes that a model does not have: Peewee keeps them on the instance and writes none.

`create(nmae=...)` and `instance.nmae = ...` are the same to it.
"""

from __future__ import annotations

import sys
from typing import Any

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from ..unmapped import record

_OWN = 3  # what an instance holds itself: its data, its related objects, the names that changed


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    model: Any = sys.modules["peewee"].Model

    def make(original: Any) -> Any:
        def save(self: Any, *args: Any, **kwargs: Any) -> Any:
            if len(self.__dict__) > _OWN and switch.on and recorder.on:
                try:
                    record(recorder, self, self.__dict__, self._meta.combined)
                except Exception as error:
                    switch.fail(error)
            try:
                return original(self, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise

        return save

    hooks.wrap(model, "save", make)
