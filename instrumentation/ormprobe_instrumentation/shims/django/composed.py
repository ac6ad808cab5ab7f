"""Tags queries with the app's lines that composed them.

It is the query inside a query set that carries them: it is what a compiler sends, and what updates,
counts and aggregates are copied from.
"""

from __future__ import annotations

import sys
from typing import Any

from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch
from ..composed import Composing


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    add = Composing(recorder).add
    queryset: Any = sys.modules["django.db.models.query"].QuerySet

    def make(original: Any) -> Any:
        def _chain(self: Any) -> Any:
            made = original(self)
            if switch.on and recorder.on:
                try:
                    add(made._query.__dict__, sys._getframe(1))
                except Exception as error:
                    switch.fail(error)
            return made

        return _chain

    hooks.wrap(queryset, "_chain", make)
