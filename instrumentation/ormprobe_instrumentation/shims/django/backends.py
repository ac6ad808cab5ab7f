"""Connections of Django, and the ends of their transactions."""

from __future__ import annotations

import sys
from typing import Any, Optional

from ...callsite import APP
from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from .ends import end
from .links import KEY, Link, Marked, app_frames, opened

NAME = "django.backends"
ROLE = "orm"
TRIGGER = "django.db.backends.base.base"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    wrapper: Any = sys.modules[TRIGGER].BaseDatabaseWrapper
    hooks.wrap(wrapper, "connect", _make_connect(recorder, switch))
    hooks.wrap(wrapper, "commit", _make_end(recorder, switch, "commit"))
    hooks.wrap(wrapper, "rollback", _make_end(recorder, switch, "rollback"))
    hooks.wrap(wrapper, "close", _make_close(recorder, switch))
    hooks.wrap(wrapper, "set_autocommit", _make_autocommit(recorder, switch))
    hooks.wrap(wrapper, "set_rollback", _make_mark(recorder, switch))


def _make_connect(recorder: Recorder, switch: Switch) -> Any:
    def make(original: Any) -> Any:
        def connect(self: Any) -> Any:
            try:
                result = original(self)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on:
                try:
                    opened(recorder, self)
                except Exception as error:
                    switch.fail(error)
            return result

        return connect

    return make


def _make_end(recorder: Recorder, switch: Switch, how: str) -> Any:
    def make(original: Any) -> Any:
        def ended(self: Any) -> Any:
            try:
                result = original(self)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on and recorder.on:
                try:
                    link = _known(recorder, self)
                    if link is not None and link.transaction is not None and link.block is None:
                        end(recorder, link, how, sys._getframe(1))
                except Exception as error:
                    switch.fail(error)
            return result

        return ended

    return make


def _make_close(recorder: Recorder, switch: Switch) -> Any:
    def make(original: Any) -> Any:
        def close(self: Any) -> Any:
            was_open = self.connection is not None and not self.closed_in_transaction
            try:
                result = original(self)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if was_open and switch.on and recorder.on:
                try:
                    link = _known(recorder, self)
                    if link is not None and (self.connection is None or self.closed_in_transaction):
                        if link.block is not None:
                            link.leave()
                        if link.transaction is not None:
                            end(recorder, link, "close", sys._getframe(1))
                        link.closed()
                        delattr(self, KEY)
                except Exception as error:
                    switch.fail(error)
            return result

        return close

    return make


def _make_autocommit(recorder: Recorder, switch: Switch) -> Any:
    def make(original: Any) -> Any:
        def set_autocommit(self: Any, autocommit: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                result = original(self, autocommit, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if autocommit and switch.on and recorder.on:
                try:  # what is still open then is committed by that
                    link = _known(recorder, self)
                    if link is not None and link.transaction is not None and link.block is None:
                        end(recorder, link, "commit", sys._getframe(1))
                except Exception as error:
                    switch.fail(error)
            return result

        return set_autocommit

    return make


def _make_mark(recorder: Recorder, switch: Switch) -> Any:
    def make(original: Any) -> Any:
        def set_rollback(self: Any, rollback: Any) -> Any:
            try:
                result = original(self, rollback)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if switch.on and recorder.on:
                try:
                    link = _known(recorder, self)
                    if link is not None:
                        frame = sys._getframe(1)
                        link.marked = _marked(recorder, frame) if rollback else None
                except Exception as error:
                    switch.fail(error)
            return result

        return set_rollback

    return make


def _marked(recorder: Recorder, frame: Any) -> Marked:
    """Who marks a transaction for rollback: the app, or a library that saw an exception."""
    raised = sys.exc_info()[0] is not None
    caller = frame
    if caller is not None and caller.f_code.co_name == "set_rollback":  # Django's function
        caller = caller.f_back
    kind = recorder.sites.kind(caller.f_code.co_filename) if caller is not None else 0
    by = "app" if kind == APP else "exception" if raised else "exit"
    frames = app_frames(recorder, frame, 8)
    return Marked(by, raised, frames[0] if frames else 0, frames)


def _known(recorder: Recorder, db: Any) -> Optional[Link]:
    link: Optional[Link] = getattr(db, KEY, None)
    return link if link is not None and link.file == recorder.started else None
