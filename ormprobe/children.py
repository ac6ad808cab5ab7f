"""The target's processes: each in its own session, so that all of it can be ended."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from ormprobe.errors import LaunchError
from ormprobe.plan import Role

POLL_S = 0.02
KILLED_S = 2.0  # SIGKILL is certain but not instant: the kernel may be in a disk wait


@dataclass
class Interruption:
    """The first signal that asked the launcher to stop, and how often it was asked."""

    signum: int | None = None
    times: int = 0

    def __call__(self, signum: int, _frame: FrameType | None) -> None:
        self.signum = self.signum or signum
        self.times += 1


@contextlib.contextmanager
def interruptions() -> Generator[Interruption, None, None]:
    """Notes SIGINT, SIGTERM and SIGHUP instead of dying of them, so that the trace is judged."""
    interruption = Interruption()
    caught = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {signum: signal.signal(signum, interruption) for signum in caught}
    try:
        yield interruption
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


@dataclass
class Child:
    """One started process and its group. Times are seconds of the monotonic clock."""

    role: Role
    argv: tuple[str, ...]
    process: "subprocess.Popen[bytes]"
    started: float = field(default_factory=time.monotonic)
    stopped: float | None = None
    ended: str | None = None

    def running(self) -> bool:
        if self.stopped is None and self.process.poll() is not None:
            self.stopped = time.monotonic()
            self.ended = self.ended or "exit"
        return self.stopped is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs, and when a signal ended it."""
        code = self.process.returncode
        return None if code is None or code < 0 else code

    @property
    def signal(self) -> str | None:
        code = self.process.returncode
        if code is None or code >= 0:
            return None
        try:
            return signal.Signals(-code).name
        except ValueError:
            return f"signal {-code}"

    def end(self, why: str, signum: int, grace: float, hurry: Callable[[], bool]) -> None:
        """Ends the whole group: `signum`, then SIGKILL after `grace` seconds or on `hurry()`."""
        if self.running():
            self.ended = why
        self._signal(signum)
        until = time.monotonic() + grace
        while self._group_alive() and time.monotonic() < until and not hurry():
            time.sleep(POLL_S)
        until = time.monotonic() + KILLED_S
        while self._group_alive() and time.monotonic() < until:
            self._signal(signal.SIGKILL)
            time.sleep(POLL_S)

    def document(self, zero: float) -> dict[str, Any]:
        """The child's entry in run.json. `zero` is when the run started."""
        until = self.stopped or time.monotonic()
        return {
            "role": str(self.role),
            "argv": list(self.argv),
            "pid": self.process.pid,
            "exit_code": self.exit_code,
            "signal": self.signal,
            "started_s": round(self.started - zero, 3),
            "duration_s": round(until - self.started, 3),
            "ended": self.ended,
        }

    def _signal(self, signum: int) -> None:
        # PermissionError is what macOS says of a group of zombies.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signum)

    def _group_alive(self) -> bool:
        return self.running() or _members(self.process.pid)


def _members(group: int) -> bool:
    """Whether a process of the group lives. A zombie that nobody reaps does not."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    stats = list(Path("/proc").glob("[0-9]*/stat"))
    for stat in stats:
        with contextlib.suppress(OSError):
            state, _parent, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if its_group == str(group) and state not in "ZX":
                return True
    return not stats


def start(
    role: Role,
    argv: tuple[str, ...],
    *,
    env: Mapping[str, str],
    folder: Path,
    stdout: int | None,
    inherit_input: bool,
) -> Child:
    """Starts a child. Its output passes through unchanged. Raises LaunchError if it cannot start.

    `stdout` is a descriptor, None for our own. Input is the null device unless inherited.
    """
    try:
        process = subprocess.Popen(
            argv,
            env=env,
            cwd=folder,
            stdin=None if inherit_input else subprocess.DEVNULL,
            stdout=stdout,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise LaunchError(f"there is no command `{argv[0]}` to start ({role})") from None
    except OSError as error:
        raise LaunchError(f"cannot start `{argv[0]}` ({role}): {error.strerror}") from None
    except ValueError as error:
        raise LaunchError(f"cannot start `{argv[0]}` ({role}): {error}") from None
    return Child(role=role, argv=argv, process=process)
