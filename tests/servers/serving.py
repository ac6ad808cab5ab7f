"""Runs `ormprobe trace` on a real server under load, and reads what is left afterwards."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections import Counter
from dataclasses import dataclass
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
MODELS = {
    "flask_app.py": "models.py",
    "django_app.py": "django_models.py",
    "django_async_app.py": "django_models.py",
}
"""The module that makes an app's database, where it is not that of the asyncio apps."""


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

    def uneven(self, killed: bool = False) -> list[str]:
        """Answered requests whose statements are not exactly those that their kind sends.

        killed: a process was, so one that it did not answer may have sent some of them as well.
        """
        sent: dict[tuple[str, str, str], Counter[str]] = {}
        for file in self.files:
            for statement, verb, markers in file.statements:
                route = file.routes.get(statement.get("scope") or 0)
                for marker in markers if route else ():
                    sent.setdefault((*route, marker), Counter())[verb] += 1  # type: ignore[misc]
        found: list[str] = []
        for request, times in self.answered.items():
            want = Counter(STATEMENTS[request[:2]] * times)
            had = sent.get(request, Counter())
            if had != want and not (killed and had >= want):
                found.append(f"{request}: {had}, not {want}")
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
    methods: dict[int, str] = {}
    routes: dict[int, tuple[str, str]] = {}
    for event in events:
        if event["kind"] == "scope" and event["type"] == "request":
            methods[event["id"]], _, route = event["name"].partition(" ")
            routes[event["id"]] = methods[event["id"]], kind_of(route)
        elif event["kind"] == "scope_end" and event.get("http.route") and event["id"] in methods:
            # asyncio's frameworks find the route inside the request
            routes[event["id"]] = methods[event["id"]], kind_of(event["http.route"])
        elif event["kind"] == "route" and event.get("http.route"):
            routes[event["scope"]] = methods[event["scope"]], kind_of(event["http.route"])
    statements = tuple(
        (e, verbs[e["sql"]], set(MARKER.findall(json.dumps(e["binds"]))))
        for e in events
        if e["kind"] == "statement"
    )
    return File(tuple(events), inputs, routes, statements), torn


def kind_of(route: str) -> str:
    return route.strip("/").partition("/")[0]


def serve(
    folder: Path,
    command: str,
    *,
    app: str,
    markers: int = 40,
    drive: str = "",
    env: dict[str, str] | None = None,
    database: str | None = None,
    edit: tuple[str, str] | None = None,
    interrupt: bool = False,
) -> Served:
    """Trace the server of an app, driven with this many markers.

    edit: a text in the app's file, and its replacement. interrupt: the server is driven from
    outside, and ended by Ctrl-C.
    """
    home = folder / "app"
    home.mkdir()
    models = MODELS.get(app, "async_models.py")
    for name in (app, models, "generation.py"):
        shutil.copy(HERE / "apps" / name, home / name)
    if edit is not None:
        text = (home / app).read_text()
        assert edit[0] in text
        (home / app).write_text(text.replace(*edit))
    answers = folder / "answers.json"
    mark, port = uuid.uuid4().hex, free_port()
    words = [sys.executable, "-m", "ormprobe", "trace", str(home), "--python", sys.executable]
    words += ["--output", str(folder / "trace"), "--values", "plain", "--timeout", "100"]
    words += ["--format", "json", "--report", str(folder / "report.json")]
    words += ["--setup", f"python {models}", "--serve", command]
    driving = [str(HERE / "drive.py"), f"http://127.0.0.1:{port}", str(markers), str(answers)]
    driving += drive.split()
    if not interrupt:
        words += ["--drive", f"python {' '.join(driving)}"]
    driver = "+aiosqlite" if models == "async_models.py" else ""
    url = database or f"sqlite{driver}:///{folder / 'notes.db'}"
    for pair in {"DATABASE_URL": url, "PORT": str(port), **(env or {})}.items():
        words += ["--env", "=".join(pair)]
    own = environment(None, {"SERVED_BY": mark}) | {"PYTHONPATH": python_path()}
    with subprocess.Popen(
        words, env=own, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=folder
    ) as launcher:
        try:
            if interrupt:
                wait_for(port)
                subprocess.run([sys.executable, *driving], timeout=100, check=True)
                launcher.send_signal(signal.SIGINT)
            _, stderr = launcher.communicate(timeout=150)
        finally:
            launcher.kill()
    report = folder / "report.json"
    read_files = [read(path) for path in sorted((folder / "trace").glob("events-*.jsonl"))]
    return Served(
        status=launcher.returncode,
        stderr=stderr,
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
    )


def python_path() -> str:
    root = HERE.parents[1]
    return os.pathsep.join(str(root / part) for part in ("", "instrumentation", "taxonomy"))


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"nobody listens on {port}")


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
