"""Runs `ormprobe trace` on a real server under load, and reads what is left afterwards."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.instrumentation.traced import Event, environment

HERE = Path(__file__).parent
MARKER = re.compile(r"marker-\d{4}-of-\d+")
STATEMENTS = {
    ("POST", "notes"): ("INSERT",),
    ("GET", "notes"): ("SELECT",),
    ("PUT", "notes"): ("SELECT", "UPDATE"),
    ("GET", "stream"): ("SELECT", "SELECT", "SELECT"),
}
"""The statements that a request of each kind sends with its marker."""


@dataclass(frozen=True)
class File:
    """The events of one process, by what belongs together."""

    events: tuple[Event, ...]
    inputs: dict[int, set[str]]
    routes: dict[int, tuple[str, str]]
    statements: tuple[tuple[Event, str, set[str]], ...]

    @property
    def process(self) -> Event:
        return self.events[0]

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["kind"] == kind]


@dataclass(frozen=True)
class Served:
    """A run that has ended. answered: how many answers came, by (method, kind, marker)."""

    status: int
    stderr: str
    report: dict[str, Any]
    files: tuple[File, ...]
    torn: int
    answered: Counter[tuple[str, str, str]]
    orphans: tuple[str, ...]
    port_is_free: bool
    app: Path = field(repr=False)

    @property
    def workers(self) -> list[File]:
        """The files of processes that sent statements for requests."""
        return [file for file in self.files if any(marked for _, _, marked in file.statements)]

    @property
    def disabled(self) -> list[Event]:
        shims = [event for file in self.files for event in file.of("shim")]
        return [event for event in shims if event["state"] == "disabled"]

    def seen(self) -> Counter[tuple[str, str, str]]:
        """Requests in the trace, by method, kind and the marker that they brought."""
        found: Counter[tuple[str, str, str]] = Counter()
        for file in self.files:
            for scope, (method, kind) in file.routes.items():
                for marker in file.inputs.get(scope, ()):
                    found[method, kind, marker] += 1
        return found

    def astray(self) -> list[str]:
        """Statements with a marker that their scope's request did not bring."""
        found: list[str] = []
        for file in self.files:
            for statement, verb, markers in file.statements:
                scope = statement.get("scope")
                if markers and markers != file.inputs.get(scope or 0):
                    found.append(f"{verb} of {markers} in {scope}: {file.inputs.get(scope or 0)}")
        return found

    def uneven(self) -> list[str]:
        """Answered requests whose statements are not exactly those that their kind sends."""
        sent: dict[tuple[str, str, str], Counter[str]] = {}
        for file in self.files:
            for statement, verb, markers in file.statements:
                route = file.routes.get(statement.get("scope") or 0)
                for marker in markers if route else ():
                    sent.setdefault((*route, marker), Counter())[verb] += 1  # type: ignore[misc]
        found: list[str] = []
        for request, times in self.answered.items():
            want = Counter(STATEMENTS[request[:2]] * times)
            if sent.get(request) != want:
                found.append(f"{request}: {sent.get(request)}, not {want}")
        return found


def read(path: Path) -> tuple[File | None, int]:
    """A file of events, and how many of its lines are torn."""
    lines = path.read_bytes().split(b"\n")
    torn = 1 if lines.pop() else 0
    events: list[Event] = []
    for line in lines:
        try:
            events.append(json.loads(line))
        except ValueError:
            torn += 1
    if not events:
        return None, torn
    verbs = {e["id"]: e["db.operation.name"] for e in events if e["kind"] == "sql"}
    inputs: dict[int, set[str]] = {}
    for event in events:
        if event["kind"] == "inputs":
            found = MARKER.findall(json.dumps(event["values"]))
            inputs.setdefault(event["scope"], set()).update(found)
    routes = {}
    for event in events:
        if event["kind"] == "scope" and event["type"] == "request":
            method, _, path_ = event["name"].partition(" ")
            routes[event["id"]] = (method, path_.strip("/").partition("/")[0])
    statements = tuple(
        (e, verbs[e["sql"]], set(MARKER.findall(json.dumps(e["binds"]))))
        for e in events
        if e["kind"] == "statement"
    )
    return File(tuple(events), inputs, routes, statements), torn


def serve(
    folder: Path,
    command: str,
    *,
    apps: tuple[str, ...],
    markers: int = 40,
    drive: str = "",
    env: dict[str, str] | None = None,
    database: str | None = None,
    edit: tuple[str, str, str] | None = None,
) -> Served:
    """Trace a server, driven with this many markers. edit: file, a text in it, its replacement."""
    app = folder / "app"
    app.mkdir()
    for name in (*apps, "models.py", "generation.py"):
        shutil.copy(HERE / "apps" / name, app / name)
    if edit is not None:
        name, before, after = edit
        text = (app / name).read_text()
        assert before in text
        (app / name).write_text(text.replace(before, after))
    answers = folder / "answers.json"
    mark, port = uuid.uuid4().hex, free_port()
    words = [sys.executable, "-m", "ormprobe", "trace", str(app), "--python", sys.executable]
    words += ["--output", str(folder / "trace"), "--values", "plain", "--timeout", "100"]
    words += ["--format", "json", "--report", str(folder / "report.json")]
    words += ["--setup", "python models.py", "--serve", command]
    words += ["--drive", f"python {HERE / 'drive.py'} http://127.0.0.1:{{port}} "
              f"{markers} {answers} {drive}"]  # fmt: skip
    url = database or f"sqlite:///{folder / 'notes.db'}"
    for pair in {"DATABASE_URL": url, "PORT": str(port), **(env or {})}.items():
        words += ["--env", "=".join(pair)]
    done = subprocess.run(
        words,
        env=environment(None, {"SERVED_BY": mark}) | {"PYTHONPATH": python_path()},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
        cwd=folder,
    )
    report = folder / "report.json"
    read_files = [read(path) for path in sorted((folder / "trace").glob("events-*.jsonl"))]
    return Served(
        status=done.returncode,
        stderr=done.stderr,
        report=json.loads(report.read_text()) if report.exists() else {},
        files=tuple(file for file, _ in read_files if file is not None),
        torn=sum(torn for _, torn in read_files),
        answered=Counter(
            (method, kind, marker)
            for method, kind, marker in (
                json.loads(answers.read_text()) if answers.exists() else ()
            )
        ),
        orphans=left_over(mark),
        port_is_free=can_bind(port),
        app=app,
    )


def python_path() -> str:
    root = HERE.parents[1]
    return os.pathsep.join(str(root / part) for part in ("", "instrumentation", "taxonomy"))


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def can_bind(port: int) -> bool:
    with socket.socket() as found:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def left_over(mark: str) -> tuple[str, ...]:
    """The command lines of processes that still live with this mark in their environment."""
    found: list[str] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return tuple(found)
