"""From the options of one call to a launch: paths checked, configuration merged, output made."""

import os
import secrets
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ormprobe import config, facts, interpreter, plan, readiness
from ormprobe.errors import LaunchError, UsageError
from ormprobe.runner import Launch

TIMEOUT_S = 1800.0


@dataclass(frozen=True, kw_only=True)
class Call:
    """The options of `trace`, as given. None where not given; `timeout` in seconds."""

    app: Path
    exercise: plan.Exercise = field(default_factory=plan.Exercise)
    python: str | None = None
    env: tuple[str, ...] = ()
    timeout: float | None = None
    values: str | None = None
    output: Path | None = None
    stdout: int | None = None


def locate(app: Path, caller: Path) -> Path:
    """The app, absolute, with its links. Raises UsageError where there is none."""
    place = Path(os.path.abspath(caller / app.expanduser()))
    if not place.exists():
        raise UsageError(f"there is no app at {app}")
    if not place.is_dir() and not place.is_file():
        raise UsageError(f"{app} is neither a folder nor a file")
    return place


def prepare(call: Call, configured: config.Configuration, caller: Path, own: str) -> Launch:
    """Decides everything and makes the trace folder last, so that a wrong call leaves nothing.

    `caller` is the caller's directory, `own` our interpreter. Raises UsageError, LaunchError.
    """
    from ormprobe_instrumentation import inject_folder

    app = call.app
    folder = app.parent if app.is_file() else app
    env = (*configured.env, *map(_assignment, call.env))
    asked = call.python or configured.python
    found = interpreter.choose(folder, asked, os.environ.get("VIRTUAL_ENV"), own)
    chosen = interpreter.probe(*found)
    port = _port(dict(env))
    options = replace(
        call.exercise,
        serve=config.callers(call.exercise.serve, caller, folder),
        drive=config.callers(call.exercise.drive, caller, folder),
        setup=config.callers(call.exercise.setup, caller, folder),
    )
    made = plan.make(facts.look(app), options, configured.exercise, chosen, port)
    if made.ready:
        readiness.check(made.ready)
    if any(step.role is plan.Role.SERVE for step in made.steps):
        env = (("PORT", str(port)), *env)
    timeout = call.timeout if call.timeout is not None else configured.timeout
    return Launch(
        app=app,
        folder=folder,
        plan=replace(made, sentence=f"{made.sentence}; {_with(chosen)}"),
        interpreter=chosen,
        trace=output(call.output, caller),
        inject=Path(inject_folder()),
        values=call.values or configured.values or "hashed",
        timeout=TIMEOUT_S if timeout is None else timeout,
        env=env,
        stdout=call.stdout,
    )


def output(asked: Path | None, caller: Path) -> Path:
    """Makes the trace folder, 0700. Raises UsageError where it holds something already."""
    try:
        if asked is None:
            return _new_run(caller / ".ormprobe")
        path = Path(os.path.abspath(caller / asked))
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise UsageError(f"--output {asked} is not an empty folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
        return path
    except OSError as error:
        where = asked or caller / ".ormprobe"
        raise LaunchError(f"cannot write a trace to {where}: {error.strerror}") from None


def _new_run(home: Path) -> Path:
    home.mkdir(mode=0o700, exist_ok=True)
    ignore = home / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    now = time.time()
    moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now))
    # Milliseconds keep the names of one second in order, the random end keeps them apart.
    path = home / f"{moment}-{int(now % 1 * 1000):03d}-{secrets.token_hex(2)}"
    path.mkdir(mode=0o700)
    return path


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"--env needs NAME=VALUE, not {text}")
    return name, value


def _port(env: Mapping[str, str]) -> int:
    """The port that `--env PORT=...` fixes, else one that is free now."""
    if env.get("PORT", "").isdigit():
        return int(env["PORT"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _with(chosen: interpreter.Interpreter) -> str:
    return f"Python {chosen.version} ({chosen.origin})"
