"""Runs a child process under injection and reads the events that it wrote."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ormprobe_instrumentation import inject_folder

Event = dict[str, Any]

INNER = '__import__("sys").modules["_ormprobe.activate"].active'
"""How a child asks its recorder, as an expression."""


@dataclass(frozen=True)
class Child:
    """A child that has ended: its exit status, its output, its events file by file."""

    status: int
    stdout: str
    stderr: str
    files: tuple[tuple[Event, ...], ...]

    @property
    def events(self) -> list[Event]:
        return [event for file in self.files for event in file]

    def of(self, kind: str, **fields: Any) -> list[Event]:
        """The events of a kind whose fields have these values."""
        return [
            event
            for event in self.events
            if event["kind"] == kind and fields.items() <= event.items()
        ]

    def one(self, kind: str, **fields: Any) -> Event:
        [event] = self.of(kind, **fields)
        return event

    def scope(self, name: str) -> Event:
        return self.one("scope", name=name)

    def end(self, name: str) -> Event:
        return self.one("scope_end", id=self.scope(name)["id"])

    def within(self, kind: str, name: str) -> list[Event]:
        """The events of a kind that belong to the scope of this name."""
        return self.of(kind, scope=self.scope(name)["id"])

    def site(self, number: int) -> tuple[str, int, str]:
        """File, line and the last part of the function's name."""
        site = self.one("site", id=number)
        function = site["code.function.name"].rpartition(".")[2]
        return site["code.file.path"], site["code.line.number"], function


def environment(folder: Path | None, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a child; traced into `folder`, or not at all."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "PYTEST", "ORMPROBE", "COVERAGE"))
    }
    kept.update(PYTHONDONTWRITEBYTECODE="1", PYTHONHASHSEED="0", COLUMNS="80")
    kept.update(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")  # a plugin that is needed is named with -p
    kept.update(more or {})
    if folder is not None:
        path = [inject_folder(), *filter(None, [kept.get("PYTHONPATH")])]
        kept.update(PYTHONPATH=os.pathsep.join(path), ORMPROBE_TRACE=str(folder))
    return kept


def run(
    arguments: Sequence[str],
    app: Path,
    trace: Path | None = None,
    *,
    python: str | Path = sys.executable,
    env: Mapping[str, str] | None = None,
    timeout: float = 60,
) -> Child:
    """Run an interpreter in the folder `app`, traced if a folder for that is given."""
    done = subprocess.run(
        [str(python), *arguments],
        cwd=app,
        env=environment(trace, env),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Child(done.returncode, done.stdout, done.stderr, files_of(trace))


def files_of(trace: Path | None) -> tuple[tuple[Event, ...], ...]:
    """The events of a trace, one tuple a file, in the order of the files' names."""
    if trace is None or not trace.is_dir():
        return ()
    files = sorted(trace.glob("events-*.jsonl"))
    return tuple(
        tuple(json.loads(line) for line in file.read_text().splitlines()) for file in files
    )


def without_times(output: str) -> str:
    """An output without what differs from run to run: durations, clock times, addresses."""
    output = re.sub(r"\b\d+\.\d+ ?s(econds)?\b", "<time>", output)
    output = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+", "<clock>", output)
    return re.sub(r"0x[0-9a-f]{6,}", "<address>", output)


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write an app's files; the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def line_of(text: str, part: str) -> int:
    """The number of the one line that contains `part`."""
    [number] = [n for n, line in enumerate(text.splitlines(), start=1) if part in line]
    return number


def names(events: Iterable[Event]) -> list[str]:
    return [event["name"] for event in events]
