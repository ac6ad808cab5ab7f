"""aiohttp's test client: a request goes through a socket, so no stack leads back to the test."""

from __future__ import annotations

import sys
from typing import Any

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...scopes import TEST
from ...shim import Switch

NAME = "aiohttp.test_utils"
ROLE = "test"
TRIGGER = "aiohttp.test_utils"


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    def make(original: Any) -> Any:
        async def _request(*args: Any, **kwargs: Any) -> Any:
            if switch.on:
                try:
                    _note(recorder)
                except Exception as error:
                    switch.fail(error)
            try:
                return await original(*args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise

        return _request

    hooks.wrap(sys.modules[TRIGGER].TestClient, "_request", make)


def _note(recorder: Recorder) -> None:
    test = recorder.current()
    if test is not None and test.kind == TEST:
        test.asked = recorder.frames(2)
