"""What to run to exercise the app, and why: a pure choice from facts, options, configuration."""

import re
import shlex
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ormprobe.errors import LaunchError, UsageError
from ormprobe.interpreter import Interpreter

SHELL_ALWAYS = "|&;<>()$`\n*"
SHELL_IN_DOUBLE_QUOTES = "$`"
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=", re.ASCII)
URL_PORT = re.compile(r"https?://(\[[^\]]+\]|[^\s/:'\"]+):(\d+)")


class Role(StrEnum):
    COMMAND = "command"
    SETUP = "setup"
    SERVE = "serve"
    DRIVE = "drive"


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """How someone asked for the app to be exercised: by options, or by its configuration."""

    command: str | tuple[str, ...] | None = None
    serve: str | None = None
    drive: str | None = None
    ready: str | None = None
    setup: str | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the app's folder shows. Names are relative to it; None where there is no such thing."""

    app: Path
    is_file: bool = False
    pytest: str | None = None
    manage: bool = False
    unittest: str | None = None
    main: bool = False
    package: bool = False
    module: str | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """One child to start. `path` goes behind the shims on its PYTHONPATH."""

    role: Role
    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...] = ()
    path: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Steps in the order they start. `ready` is a URL, or `tcp://HOST:PORT` to connect to."""

    steps: tuple[Step, ...]
    sentence: str
    ready: str | None = None


def make(
    facts: Facts, options: Exercise, configured: Exercise, interpreter: Interpreter, port: int
) -> Plan:
    """Choose. Raises UsageError for a call that contradicts itself, LaunchError for no way to run.

    `port` replaces `{port}` where there is a server.
    """
    setup = options.setup or configured.setup
    first = (_step(Role.SETUP, setup, interpreter, port),) if setup else ()
    asked = options.serve or options.drive or options.ready
    if options.command:
        if asked:
            raise UsageError("give either -- COMMAND or --serve and --drive, not both")
        return _command(first, options.command, "it was asked for", interpreter, port)
    if asked or configured.serve or configured.drive:
        merged = Exercise(
            serve=options.serve or configured.serve,
            drive=options.drive or configured.drive,
            ready=options.ready or configured.ready,
        )
        return _server(first, merged, interpreter, port)
    if configured.command:
        return _command(first, configured.command, "the configuration says so", interpreter, port)
    return _found(first, facts, interpreter)


def _command(
    first: tuple[Step, ...],
    command: str | tuple[str, ...],
    why: str,
    interpreter: Interpreter,
    port: int,
) -> Plan:
    if isinstance(command, str):
        step = _step(Role.COMMAND, command, interpreter, port)
    else:
        step = Step(role=Role.COMMAND, argv=interpreter.resolve(command))
    shown = command if isinstance(command, str) else shlex.join(command)
    return Plan(steps=(*first, step), sentence=f"runs `{shown}`: {why}")


def _server(first: tuple[Step, ...], asked: Exercise, interpreter: Interpreter, port: int) -> Plan:
    if not asked.serve:
        raise UsageError(f"--{'drive' if asked.drive else 'ready'} needs --serve: what to start")
    serve = _step(Role.SERVE, asked.serve, interpreter, port)
    if not asked.drive:
        ready = _at(asked.ready, port) if asked.ready else None
        sentence = f"serves `{_at(asked.serve, port)}` until Ctrl-C or the time-out"
        return Plan(steps=(*first, serve), ready=ready, sentence=sentence)
    drive = _step(Role.DRIVE, asked.drive, interpreter, port)
    return Plan(
        steps=(*first, serve, drive),
        ready=_readiness(asked, port),
        sentence=f"serves `{_at(asked.serve, port)}`, driven by `{_at(asked.drive, port)}`",
    )


def _readiness(asked: Exercise, port: int) -> str:
    """`--ready`, else the port that the driver's URL names, else the port that was handed out."""
    if asked.ready:
        return _at(asked.ready, port)
    if named := URL_PORT.search(_at(asked.drive or "", port)):
        return f"tcp://{named[1]}:{named[2]}"
    if "{port}" in f"{asked.serve} {asked.drive}":
        return f"tcp://127.0.0.1:{port}"
    raise UsageError(
        "when is the server ready? give --ready URL, or use {port} in --serve or --drive"
    )


def _found(first: tuple[Step, ...], facts: Facts, interpreter: Interpreter) -> Plan:
    python = str(interpreter.executable)

    def run(shown: str, why: str, *words: str, path: Path | None = None) -> Plan:
        step = Step(role=Role.COMMAND, argv=words, path=path)
        return Plan(steps=(*first, step), sentence=f"runs `{shown}`: {why}")

    if facts.is_file:
        return run(f"python {facts.app.name}", "APP is a file", python, str(facts.app))
    if facts.pytest and interpreter.has_pytest:
        # As a module: it finds the app's packages from APP where the script does not.
        return run("python -m pytest", f"found {facts.pytest}", python, "-m", "pytest")
    if facts.manage:
        # Unasked: it would wait for an answer where a database of earlier tests is left.
        test = ("manage.py", "test", "--noinput")
        return run(f"python {' '.join(test)}", "found manage.py", python, *test)
    if facts.unittest == ".":
        return run("python -m unittest", "found unittest tests", python, "-m", "unittest")
    if facts.unittest:
        words = ("-m", "unittest", "discover", "-s", facts.unittest)
        return run(f"python {' '.join(words)}", "found unittest tests", python, *words)
    if facts.pytest:
        raise LaunchError(f"{facts.pytest} needs pytest, which {python} does not have")
    if facts.main and facts.package:
        name, parent = facts.app.name, facts.app.parent
        return run(f"python -m {name}", "found __main__.py", python, "-m", name, path=parent)
    if facts.main:
        return run(f"python {facts.app.name}", "found __main__.py", python, str(facts.app))
    if facts.module:
        why = f"found {facts.module}/__main__.py"
        return run(f"python -m {facts.module}", why, python, "-m", facts.module)
    raise LaunchError(
        f"found no tests, manage.py or __main__.py in {facts.app}: say what to run after --"
    )


def _step(role: Role, text: str, interpreter: Interpreter, port: int) -> Step:
    """A CMD string as words; through the shell only where it uses the shell's own syntax."""
    text = _at(text, port)
    try:
        words = shlex.split(text)
    except ValueError:
        raise UsageError(f"--{role}: the quotes of `{text}` do not match") from None
    env: list[tuple[str, str]] = []
    while words and ASSIGNMENT.match(words[0]):
        name, _, value = words.pop(0).partition("=")
        env.append((name, value))
    if not words:
        raise UsageError(f"--{role}: there is no command in `{text}`")
    if not needs_shell(text):
        return Step(role=role, argv=interpreter.resolve(tuple(words)), env=tuple(env))
    return Step(role=role, argv=("/bin/sh", "-c", _first_word_resolved(text, interpreter)))


def _first_word_resolved(text: str, interpreter: Interpreter) -> str:
    first = re.match(r"\s*((?:\w+=[^\s'\"]*\s+)*)([\w.-]+)(?=\s|$)", text)
    if not first:
        return text
    return first[1] + shlex.join(interpreter.resolve((first[2],))) + text[first.end() :]


def needs_shell(text: str) -> bool:
    """Whether pipes, lists, redirections, substitutions or globs stand outside quotes."""
    quote, escaped = "", False
    for character in text:
        if escaped:
            escaped = False
        elif character == "\\" and quote != "'":
            escaped = True
        elif quote:
            if character == quote:
                quote = ""
            elif quote == '"' and character in SHELL_IN_DOUBLE_QUOTES:
                return True
        elif character in "'\"":
            quote = character
        elif character in SHELL_ALWAYS:
            return True
    return False


def _at(text: str, port: int) -> str:
    return text.replace("{port}", str(port))
