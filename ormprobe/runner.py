"""Runs a plan: children started, watched, ended, and recorded in the trace's run.json."""

import os
import secrets
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import msgspec

import ormprobe
from ormprobe import readiness
from ormprobe.children import POLL_S, Child, Interruption, interruptions, start
from ormprobe.errors import LaunchError
from ormprobe.interpreter import Interpreter
from ormprobe.plan import Plan, Role, Step

SCHEMA = 1
READY_S = 120.0  # longer than any server that works, shorter than a wait nobody sits through
READY_POLL_S = 0.1


class Watcher(Protocol):
    """Is told what happens as it happens."""

    def started(self, child: Child) -> None: ...

    def ended(self, child: Child) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Launch:
    """Everything a run needs. Paths are absolute; `timeout` and `grace` in seconds."""

    app: Path
    folder: Path
    plan: Plan
    interpreter: Interpreter
    trace: Path
    inject: Path
    values: str = "hashed"
    timeout: float = 1800.0
    grace: float = 5.0
    env: tuple[tuple[str, str], ...] = ()
    stdout: int | None = None
    key: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)


@dataclass(frozen=True, kw_only=True)
class Result:
    """How the run ended: `exit`, `timeout` or `interrupt`. `notes` are for people."""

    ended: str
    exit_code: int | None
    signal: str | None
    notes: tuple[str, ...]


def environment(launch: Launch, step: Step, own: Mapping[str, str]) -> dict[str, str]:
    """What the child finds: ours, the options', the step's, and the shims before all else."""
    env = {**own, **dict(launch.env), **dict(step.env)}
    if launch.interpreter.environment:
        env["VIRTUAL_ENV"] = str(launch.interpreter.environment)
        scripts = str(launch.interpreter.executable.parent)
        env["PATH"] = os.pathsep.join(filter(None, (scripts, env.get("PATH"))))
    behind = (str(step.path or ""), env.get("PYTHONPATH", ""))
    env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(launch.inject), *behind)))
    env["ORMPROBE_TRACE"] = str(launch.trace)
    env["ORMPROBE_KEY"] = launch.key
    env["ORMPROBE_VALUES"] = launch.values
    env["ORMPROBE_APP"] = str(launch.folder)
    env["ORMPROBE_ROLE"] = str(step.role)
    return env


def run(launch: Launch, watcher: Watcher) -> Result:
    """Runs the plan to its end, its time-out or Ctrl-C.

    Raises LaunchError for a step that cannot start.
    """
    with interruptions() as interruption:
        going = _Run(launch, watcher, interruption)
        going.record(ended=None)
        try:
            going.steps()
        except LaunchError as error:
            going.notes.append(str(error))
            going.end_all()
            going.record(ended="exit")
            raise
        going.end_all()
        return going.record(ended=going.ended)


class _Run:
    """The state of one run while it goes on."""

    def __init__(self, launch: Launch, watcher: Watcher, interruption: Interruption) -> None:
        self.launch = launch
        self.watcher = watcher
        self.interruption = interruption
        self.children: list[Child] = []
        self.notes: list[str] = []
        self.ended = "exit"
        self.decisive: Child | None = None
        self.zero = time.monotonic()
        self.deadline = self.zero + launch.timeout
        self.started_unix = time.time()

    def steps(self) -> None:
        """Starts each step in its order; the last one's end is the run's end."""
        server: Child | None = None
        for step in self.launch.plan.steps:
            self.decisive = None
            child = self.decisive = self.start(step)
            if step.role is Role.SERVE:
                server = child
                if step is not self.launch.plan.steps[-1] and not self.ready(child):
                    return
                if step is not self.launch.plan.steps[-1]:
                    continue
            if not self.wait(child):
                return
            if step.role is Role.SETUP and child.process.returncode != 0:
                self.notes.append(f"the setup ended with {_how(child)}: nothing else was run")
                return
        if server and server is not self.decisive and not server.running():
            self.notes.append(f"the server ended with {_how(server)} while it was driven")

    def start(self, step: Step) -> Child:
        launch = self.launch
        ready = launch.plan.ready
        if step.role is Role.SERVE and ready and readiness.answers(ready):
            raise LaunchError(f"something else answers at {ready} before the server is started")
        child = start(
            step.role,
            step.argv,
            env=environment(launch, step, os.environ),
            folder=launch.folder,
            stdout=launch.stdout,
            inherit_input=step.role is Role.COMMAND,
        )
        self.children.append(child)
        self.watcher.started(child)
        return child

    def ready(self, server: Child) -> bool:
        """Waits until the server answers. False when it died, took too long, or we must stop."""
        until = time.monotonic() + READY_S
        url = self.launch.plan.ready or ""
        while not readiness.answers(url):
            if not server.running():
                self.notes.append(f"the server ended with {_how(server)} before it was ready")
                return False
            if self.over():
                return False
            if time.monotonic() > until:
                self.notes.append(f"the server did not answer at {url} within {READY_S:.0f} s")
                self.ended = "timeout"
                return False
            time.sleep(READY_POLL_S)
        return True

    def wait(self, child: Child) -> bool:
        """Waits for the child's end. False when the run was over before."""
        while child.running():
            if self.over():
                return False
            time.sleep(POLL_S)
        self.watcher.ended(child)
        return True

    def over(self) -> bool:
        """Whether the run has to stop now, for its time-out or because it was asked to."""
        if self.interruption.signum:
            self.ended = "interrupt"
        elif time.monotonic() > self.deadline:
            self.ended = "timeout"
            self.notes.append(f"the run was ended by its time-out of {self.launch.timeout:g} s")
        return self.ended != "exit"

    def end_all(self) -> None:
        """Ends what still runs, the latest first, and what ended children left behind."""
        asked = self.interruption.times
        signum = self.interruption.signum
        first = signal.SIGINT if signum == signal.SIGINT else signal.SIGTERM
        why = "stopped" if self.ended == "exit" else self.ended
        for child in reversed(self.children):
            was_running = child.running()
            child.end(why, first, self.launch.grace, lambda: self.interruption.times > asked)
            if was_running:
                self.watcher.ended(child)

    def record(self, ended: str | None) -> Result:
        launch, decisive = self.launch, self.decisive
        exit_code = decisive.exit_code if decisive else None
        signal_name = decisive.signal if decisive else None
        write(
            launch.trace,
            {
                "schema": SCHEMA,
                "ormprobe": ormprobe.__version__,
                "app": str(launch.app),
                "command": list((decisive or launch.plan.steps[-1]).argv),
                "plan": launch.plan.sentence,
                "started_unix": self.started_unix,
                "duration_s": round(time.monotonic() - self.zero, 3) if ended else None,
                "exit_code": exit_code,
                "signal": signal_name,
                "ended": ended,
                "values": launch.values,
                "python": {
                    "executable": str(launch.interpreter.executable),
                    "version": launch.interpreter.version,
                },
                "children": [child.document(self.zero) for child in self.children],
                "notes": self.notes,
            },
        )
        return Result(
            ended=ended or "exit",
            exit_code=exit_code,
            signal=signal_name,
            notes=tuple(self.notes),
        )


def write(trace: Path, document: dict[str, Any]) -> None:
    """Writes run.json whole or not at all, readable by its owner alone. Raises LaunchError."""
    partial = trace / ".run.json.partial"
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")
        os.replace(partial, trace / "run.json")
    except OSError as error:
        raise LaunchError(f"cannot write {trace / 'run.json'}: {error.strerror}") from None


def _how(child: Child) -> str:
    return f"exit status {child.exit_code}" if child.signal is None else child.signal
