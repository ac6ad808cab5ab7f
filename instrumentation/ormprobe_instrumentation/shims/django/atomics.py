"""Blocks of `atomic` that stand for the app's transaction, within that of a test."""

from __future__ import annotations

import sys
from _thread import get_ident
from typing import Any

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from .ends import end
from .links import Link, blocks


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    transaction: Any = sys.modules["django.db.transaction"]

    def make_exit(original: Any) -> Any:
        def __exit__(self: Any, exc_type: Any, exc_value: Any, traceback: Any) -> Any:
            link = blocks.get((id(self), get_ident())) if blocks else None
            undone = exc_type is not None
            db: Any = None
            if link is not None:
                try:
                    db = transaction.get_connection(self.using)
                    undone = undone or bool(db.needs_rollback)
                except Exception as error:
                    switch.fail(error)
            try:
                return original(self, exc_type, exc_value, traceback)
            except BaseException as error:
                undone = True
                hide_own_frame(error)
                raise
            finally:
                if db is not None and link is not None and switch.on and recorder.on:
                    try:
                        _left(recorder, link, self, db, undone, exc_type is not None)
                    except Exception as error:
                        switch.fail(error)

        return __exit__

    hooks.wrap(transaction.Atomic, "__exit__", make_exit)


def _left(recorder: Recorder, link: Link, block: Any, db: Any, undone: bool, raised: bool) -> None:
    if any(found is block for found in db.atomic_blocks):  # entered once more, further in
        return
    link.leave()
    end(recorder, link, "rollback" if undone else "commit", sys._getframe(1), raised)
