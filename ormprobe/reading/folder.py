"""The folder of a trace: its files in order, run.json, and all its events in the order of time."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from ormprobe.errors import UnreadableError
from ormprobe.reading.events import AnyEvent, Process
from ormprobe.reading.files import ReadCounts, read_file, schema_of
from ormprobe_instrumentation.events import SCHEMA_VERSION

_NAME = re.compile(r"events-(\d+)-(\d+)\.jsonl")


class NewerTraceError(UnreadableError):
    """The trace was written by a newer version of the shims than this one can read."""


class RunFile(msgspec.Struct, frozen=True, kw_only=True):
    """What the launcher wrote of the run; None where it did not, or where it is torn."""

    ormprobe: str | None = None
    app: str | None = None
    command: tuple[str, ...] | None = None
    plan: str | None = None
    started_unix: float | None = None
    duration_s: float | None = None
    exit_code: int | None = None
    signal: int | str | None = None
    ended: str | None = None
    values: str | None = None
    python: dict[str, Any] | None = None
    children: tuple[dict[str, Any], ...] | None = None
    notes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class TraceFile:
    """The events of one process. `name`: `<pid>-<n>`. `base_us`: its time 0, since the epoch."""

    path: Path
    name: str
    pid: int
    process: Process | None
    base_us: int


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace that can be read. `left_out`: a sentence for each file that cannot."""

    path: Path
    files: tuple[TraceFile, ...]
    run: RunFile
    left_out: tuple[str, ...] = ()


Timed: TypeAlias = tuple[int, int, int, AnyEvent | None]
"""Its place in time (us since the epoch), index of its file, line, event; None: the file ended."""


def open_trace(path: Path) -> Trace:
    """The files of a trace, the earliest process first.

    Raises UnreadableError where the folder holds no events file that can be read, and its
    NewerTraceError where each has a newer schema.
    """
    found = _event_files(path)
    if not found:
        raise UnreadableError(f"{path} holds no trace: no events-<pid>-<n>.jsonl in it")
    files: list[TraceFile] = []
    left_out: list[str] = []
    newer = 0
    for name, pid, file in found:
        try:
            schema = schema_of(file)
        except OSError as error:
            left_out.append(f"{file.name} cannot be read: {error.strerror}")
            continue
        if schema is not None and schema > SCHEMA_VERSION:
            newer = max(newer, schema)
            left_out.append(f"{file.name} has schema {schema}, newer than {SCHEMA_VERSION}")
            continue
        files.append(_trace_file(file, name, pid))
    if not files and newer:
        raise NewerTraceError(
            f"{path} was traced with schema {newer}; this ormprobe reads up to {SCHEMA_VERSION}"
        )
    if not files:
        raise UnreadableError(f"{path}: {left_out[0]}")
    return Trace(path, _in_order(files), read_run_file(path), tuple(left_out))


def read_run_file(path: Path) -> RunFile:
    """The run.json of a trace's folder."""
    try:
        return msgspec.json.decode((path / "run.json").read_bytes(), type=RunFile)
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError):
        return RunFile()


def merge(trace: Trace, counts: ReadCounts) -> Iterator[Timed]:
    """All events in the order of time; an event without one stays behind its file's last."""
    streams = [_timed(index, file, counts) for index, file in enumerate(trace.files)]
    return streams[0] if len(streams) == 1 else heapq.merge(*streams)


def _timed(index: int, file: TraceFile, counts: ReadCounts) -> Iterator[Timed]:
    # a file's order is kept: threads race, and a line that rode on a later one has an earlier time
    base = latest = file.base_us
    line = 0
    try:
        for line, event in read_file(file.path, counts):
            at: int | None = getattr(event, "at", None)
            if at is not None and base + at > latest:
                latest = base + at
            yield latest, index, line, event
    except OSError:
        counts.torn += 1
    yield latest, index, line + 1, None


def _event_files(path: Path) -> list[tuple[str, int, Path]]:
    try:
        paths = sorted(path.iterdir())
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read: {error.strerror}") from None
    found: list[tuple[int, int, Path]] = []
    for file in paths:
        match = _NAME.fullmatch(file.name)
        if match is not None and file.is_file():
            found.append((int(match[1]), int(match[2]), file))
    return [(f"{pid}-{number}", pid, file) for pid, number, file in sorted(found)]


def _trace_file(path: Path, name: str, pid: int) -> TraceFile:
    for _, event in read_file(path, ReadCounts()):
        if isinstance(event, Process):
            return TraceFile(path, name, pid, event, event.started // 1000)
        break
    return TraceFile(path, name, pid, None, 0)


def _in_order(files: list[TraceFile]) -> tuple[TraceFile, ...]:
    """By their start; a file that lost its first line is laid at the start of the earliest."""
    known = [file.base_us for file in files if file.process is not None]
    earliest = min(known, default=0)
    placed = [
        file
        if file.process is not None
        else TraceFile(file.path, file.name, file.pid, None, earliest)
        for file in files
    ]
    return tuple(sorted(placed, key=lambda file: file.base_us))
