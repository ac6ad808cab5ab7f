"""Starts the recorder in a process and lets each shim install when its library is imported."""

from __future__ import annotations

import os
import sys
from typing import Any, Optional

from .digests import HASHED, OFF, PLAIN, run_key
from .hooks import Hooks, ImportFinder
from .recorder import Recorder
from .shim import Shim, Switch, reason
from .shims import SHIMS, load

active: Optional[Recorder] = None


def activate() -> Optional[Recorder]:
    """Record this process into `ORMPROBE_TRACE`; None when nothing can be written there."""
    global active
    folder = os.environ["ORMPROBE_TRACE"]
    values = os.environ.get("ORMPROBE_VALUES", HASHED)
    if values not in (HASHED, PLAIN, OFF):
        values = HASHED
    root = os.environ.get("ORMPROBE_APP") or os.getcwd()
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError:
        return None
    recorder = Recorder(folder, run_key(), values, root)
    if not recorder.on:
        return None
    active = recorder
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=recorder.flush, after_in_child=recorder.after_fork)
    _record_exit(recorder)
    finder = ImportFinder()
    sys.meta_path.insert(0, finder)
    for trigger, name in SHIMS:
        finder.when_imported(trigger, _installer(name, recorder))
    return recorder


def _installer(name: str, recorder: Recorder) -> Any:
    def install(module: Any) -> None:
        switch = Switch(name, recorder)
        hooks = Hooks()
        try:
            shim: Shim = load(name)
            shim.install(hooks, recorder, switch)
        except Exception as error:
            switch.fail(error, "install")
            try:
                hooks.undo()
            except Exception:
                pass
            return
        try:
            _tell(shim, recorder)
        except Exception as error:
            switch.fail(error, "library")

    return install


def _tell(shim: Shim, recorder: Recorder) -> None:
    if shim.NAME in sys.modules and "." not in shim.NAME:  # some watch Python itself
        version = version_of(shim.NAME)
        recorder.rider("library", name=shim.NAME, version=version, role=shim.ROLE)
    recorder.rider("shim", name=shim.NAME, state="installed")


def version_of(name: str) -> str:
    """A library's version as it says itself, without importing anything."""
    module = sys.modules.get(name)
    version = getattr(module, "VERSION_STRING", None)  # PyMySQL's other one is mysqlclient's
    version = version or getattr(module, "__version__", None)
    if isinstance(version, str):
        return version
    metadata = sys.modules.get("importlib.metadata")
    if metadata is not None:
        try:
            return str(metadata.version(name))
        except Exception:
            pass
    return ""


def _record_exit(recorder: Recorder) -> None:
    import atexit

    from .errors import record_exit

    def at_exit() -> None:
        try:
            record_exit(recorder)
        except Exception as error:
            try:
                recorder.event("shim", name="exit", state="disabled", reason=reason(error))
            except Exception:  # the app has taken the standard library apart
                pass

    atexit.register(at_exit)
