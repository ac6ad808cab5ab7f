"""Attributes that were set on an instance which was loaded, and which no session holds any more."""

from __future__ import annotations

import sys
from typing import Any

from ...callsite import APP
from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...shim import Switch
from ..row_facts import encode_key
from ..unwritten import tell

_NEAR = 6  # frames between the hook and the app's line that sets


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    state: Any = sys.modules["sqlalchemy.orm.state"].InstanceState

    def make(original: Any) -> Any:
        def _modified_event(
            self: Any, dict_: Any, attr: Any, previous: Any, *args: Any, **kwargs: Any
        ) -> Any:
            try:
                result = original(self, dict_, attr, previous, *args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise
            if self.key is not None and self.session_id is None and switch.on and recorder.on:
                try:
                    _set(recorder, self, dict_, attr)
                except Exception as error:
                    switch.fail(error)
            return result

        return _modified_event

    hooks.wrap(state, "_modified_event", make)


def _set(recorder: Recorder, state: Any, dict_: Any, attr: Any) -> None:
    frame = sys._getframe(2)
    held: Any = frame.f_locals
    if "value" not in held or attr is None:
        return
    value = held["value"]
    kind = recorder.sites.kind
    for _ in range(_NEAR):
        if frame is None or kind(frame.f_code.co_filename) == APP:
            break
        frame = frame.f_back  # type: ignore[assignment]
    else:
        return
    if frame is None:
        return
    name = str(attr.key)
    was = dict_.get(name)
    if was is value:
        return
    tell(
        recorder,
        "detached",
        state.class_.__name__,
        encode_key(recorder, state.key[1]),
        {name: value},
        was={name: was},
        site=recorder.site(frame) or None,
        frames=recorder.frames_of(frame, 8) or None,
    )
