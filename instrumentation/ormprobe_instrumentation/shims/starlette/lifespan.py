"""The start and the end of an app: the process's own work, which servers end quietly."""

from __future__ import annotations

from typing import Any, Dict, Optional

from ...errors import record_failure
from ...recorder import Recorder
from ..request_scope import is_given_up


class Lifespan:
    """The lifespan of an app that no test drives."""

    reads = False

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.started = False

    def received(self, message: Dict[str, Any]) -> None:
        pass

    def sent(self, message: Dict[str, Any]) -> None:
        if message["type"] == "lifespan.startup.complete":
            self.started = True

    def end(self, error: Optional[BaseException]) -> None:
        """A server says that the start failed and exits, without an exception of its own."""
        if error is not None and not is_given_up(error) and self.recorder.current() is None:
            phase = "shutdown" if self.started else "startup"
            record_failure(self.recorder, None, error, phase)
