"""What a path given to `ormprobe triage` is, and the report of it."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from ormprobe.document import Report
from ormprobe.errors import UnreadableError
from ormprobe.reading.folder import read_run_file
from ormprobe.runs.files import is_run_folder
from ormprobe.triage.options import Options

HEAD = 64 * 1024
"""Bytes of a file by which its kind is told."""


def triage(path: Path, options: Options) -> Report:
    """Why a finished run failed.

    path: a trace's folder, a benchmark run's folder, a log, JUnit XML, or output of tests. Raises
    UnreadableError where it is none of these or cannot be read.
    """
    try:
        if path.is_dir():
            return _folder(path, options)
        with path.open("rb") as stream:
            return triage_stream(stream, path.name, options)
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read: {error.strerror or error}") from None


def _folder(path: Path, options: Options) -> Report:
    if next(path.glob("events-*.jsonl"), None) is not None:
        from ormprobe.pipeline import diagnose

        return diagnose(path, app_of(path), options.expected, options.ignored)
    if not is_run_folder(path):
        raise UnreadableError(
            f"{path} is neither a trace (events-<pid>-<n>.jsonl) nor a benchmark run (a server's "
            "log, a Newman report, a patch)"
        )
    from ormprobe.triage.folders import triage_folder

    return triage_folder(path, options)


def app_of(trace: Path) -> Path:
    """The folder of the app that was traced, where it still lies there; else the trace's own."""
    app = read_run_file(trace).app
    return Path(app) if app is not None and Path(app).exists() else trace


def triage_stream(stream: BinaryIO, name: str, options: Options) -> Report:
    """Of a log, JUnit XML or output of tests. The stream need not be seekable."""
    from ormprobe.logs.kinds import Kind, kind_of
    from ormprobe.triage.streams import Rewound

    whole = Rewound(stream, HEAD)
    if not whole.head:
        raise UnreadableError(f"{name} is empty")
    kind = kind_of(whole.head)
    if kind is Kind.LOG:
        return _log(whole.opened(), name, options)
    from ormprobe.triage.test_results import triage_tests

    return triage_tests(whole.opened(), name, kind, options)


def _log(stream: BinaryIO, name: str, options: Options) -> Report:
    from ormprobe.triage.texts import triage_log

    return triage_log(stream, name, options)
