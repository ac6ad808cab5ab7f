"""aiohttp's test client: a request goes through a socket, so no stack leads back to the test."""

from __future__ import annotations

import sys
from typing import Any

from ...hooks import Hooks, hide_own_frame
from ...recorder import Recorder
from ...scopes import TEST
from ...shim import Switch

_MODULE = "aiohttp.test_utils"


class Clients:
    """The test client's requests: a test notes the lines that made its last one."""

    def __init__(self, hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
        self.hooks = hooks
        self.recorder = recorder
        self.switch = switch
        self.watched = False

    def watch(self) -> None:
        """Hook the client, when an application starts: pytest imports a `test_*` module itself."""
        module = sys.modules.get(_MODULE)
        if module is not None and not self.watched:
            self.watched = True
            self.hooks.wrap(module.TestClient, "_request", self.request)

    def request(self, original: Any) -> Any:
        async def _request(*args: Any, **kwargs: Any) -> Any:
            if self.switch.on:
                try:
                    self._note()
                except Exception as error:
                    self.switch.fail(error)
            try:
                return await original(*args, **kwargs)
            except BaseException as error:
                hide_own_frame(error)
                raise

        return _request

    def _note(self) -> None:
        test = self.recorder.current()
        if test is not None and test.kind == TEST:
            test.asked = self.recorder.frames(2)
