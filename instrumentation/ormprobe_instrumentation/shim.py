"""What a shim is, and the switch that turns a failing one off."""

from __future__ import annotations

from typing import Any, Callable, Optional, Protocol

from .hooks import Hooks
from .recorder import Recorder


class Shim(Protocol):
    """A module that instruments one library.

    NAME: the library; ROLE: "orm", "driver", "web" or "test"; TRIGGER: the module whose import by
    the target installs the shim.
    """

    @property
    def NAME(self) -> str: ...
    @property
    def ROLE(self) -> str: ...
    @property
    def TRIGGER(self) -> str: ...
    def install(self, hooks: Hooks, recorder: Recorder, switch: Switch) -> None: ...


class Switch:
    """On until a hook of the shim fails; hooks ask `on` first and report to `fail`."""

    __slots__ = ("name", "on", "_recorder")

    def __init__(self, name: str, recorder: Recorder) -> None:
        self.name = name
        self.on = True
        self._recorder = recorder

    def install_part(
        self,
        name: str,
        install: Callable[[Hooks, Recorder, Switch], None],
        hooks: Hooks,
        recorder: Recorder,
    ) -> None:
        """Install a part of a shim under a switch of its own."""
        part = Switch("%s:%s" % (self.name, name), recorder)
        try:
            install(hooks, recorder, part)
        except Exception as error:
            part.fail(error, "install")

    def fail(self, error: BaseException, place: Optional[str] = None) -> None:
        """Turn the shim off, and say so once in the trace. Never raises."""
        if not self.on:
            return
        self.on = False
        try:
            self._recorder.event(
                "shim", name=self.name, state="disabled", reason=reason(error, place)
            )
        except Exception:
            pass


def reason(error: BaseException, place: Optional[str] = None) -> str:
    """One line about an internal error: its type, its text, where it was raised."""
    traceback = error.__traceback__
    where = place or ""
    while traceback is not None:
        code: Any = traceback.tb_frame.f_code
        where = "%s:%d" % (
            code.co_filename.replace("\\", "/").rsplit("/", 1)[-1],
            traceback.tb_lineno,
        )
        traceback = traceback.tb_next
    return "%s: %s (%s)" % (type(error).__name__, str(error)[:200], where)
