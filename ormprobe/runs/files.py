"""The parts of a run folder, found by their names."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ormprobe.runs.model import RunFiles

MAX_ENTRIES = 5_000
"""Entries of a folder that are looked at: an agent may have left anything there."""

RUN_NAME = re.compile(r"run[_-]?\d+", re.IGNORECASE)
"""A run's folder in the paper's layout."""

_NEWMAN = re.compile(r"newman.*\.(csv|json)", re.IGNORECASE)
_REPORT = re.compile(r"newman-run-report.*\.(csv|json)", re.IGNORECASE)
_TRAJECTORY = re.compile(r".*(?:trajectory|\.traj).*\.json|.*\.traj", re.IGNORECASE)
_EVENTS = re.compile(r"events-\d+-\d+\.jsonl")
SUMMARY = "request-summary.txt"
"""The requests that failed, a line each: see `summary`."""

_SERVER_LOG = "conduit.log"
_SETUP_LOG = "setup.log"
_PATCHES = (".patch", ".diff")


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A key by which `run_10` comes after `run_9`."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part)
        for part in re.split(r"(\d+)", name)
        if part
    )


def files_of(folder: Path) -> RunFiles:
    """What a run left in its folder. What cannot be read is as if it were missing."""
    files, folders = _listed(folder)
    logs = [path for path in files if path.suffix.lower() == ".log"]
    setup = _named(logs, _SETUP_LOG)
    others = [path for path in logs if path != setup]
    return RunFiles(
        folder=folder,
        server_log=_named(others, _SERVER_LOG) or _largest(others),
        setup_log=setup,
        newman=_reports(files),
        patch=_largest([path for path in files if path.suffix.lower() in _PATCHES]),
        trajectory=_trajectory(files, folders),
        trace=_trace(folder, files, folders),
    )


def is_run_folder(path: Path) -> bool:
    """Whether a folder holds a benchmark run: a file that only such a run leaves, or two of those
    that other folders hold as well (a log, a patch, a trajectory), one in a folder `run_N`."""
    if not path.is_dir():
        return False
    files, folders = _listed(path)
    if any(_REPORT.fullmatch(file.name) or file.name in (SUMMARY, _SERVER_LOG) for file in files):
        return True
    kinds = (
        any(file.suffix.lower() == ".log" for file in files),
        any(file.suffix.lower() in _PATCHES for file in files),
        _trajectory(files, folders) is not None,
        bool(_reports(files)),
    )
    return sum(kinds) >= (1 if RUN_NAME.fullmatch(path.name) else 2)


def _listed(folder: Path) -> tuple[list[Path], list[Path]]:
    """Files and folders of a folder, each in their natural order."""
    files: list[Path] = []
    folders: list[Path] = []
    try:
        with os.scandir(folder) as entries:
            for count, entry in enumerate(entries):
                if count >= MAX_ENTRIES:
                    break
                try:
                    if entry.is_file():
                        files.append(Path(entry.path))
                    elif entry.is_dir():
                        folders.append(Path(entry.path))
                except OSError:
                    continue
    except OSError:
        pass
    return _sorted(files), _sorted(folders)


def _sorted(paths: list[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: natural(path.name))


def _named(files: list[Path], name: str) -> Path | None:
    return next((path for path in files if path.name.lower() == name), None)


def _largest(files: list[Path]) -> Path | None:
    """Of several the one that says most; the first of those that are as large."""
    return max(files, key=_size, default=None)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _reports(files: list[Path]) -> tuple[Path, ...]:
    """Reports of the paper's name, else others of Newman's, else a summary; JSON where no CSV."""
    for pattern in (_REPORT, _NEWMAN):
        found = [path for path in files if pattern.fullmatch(path.name)]
        tables = [path for path in found if path.suffix.lower() == ".csv"]
        if tables or found:
            return tuple(tables or found)
    return tuple(path for path in files if path.name == SUMMARY)


def _trajectory(files: list[Path], folders: list[Path]) -> Path | None:
    found = [path for path in files if _TRAJECTORY.fullmatch(path.name)]
    if not found:
        for folder in folders:
            below, _ = _listed(folder)
            found += [path for path in below if _TRAJECTORY.fullmatch(path.name)]
    return _largest(found)


def _trace(folder: Path, files: list[Path], folders: list[Path]) -> Path | None:
    """The folder of a trace: this one, or one up to two below; of several the last by name."""
    if any(_EVENTS.fullmatch(file.name) for file in files):
        return folder
    found: list[Path] = []
    below: list[Path] = []
    for inner in folders:
        here, deeper = _listed(inner)
        if any(_EVENTS.fullmatch(file.name) for file in here):
            found.append(inner)
        below += deeper
    if not found:
        for inner in below[:MAX_ENTRIES]:
            here, _ = _listed(inner)
            if any(_EVENTS.fullmatch(file.name) for file in here):
                found.append(inner)
    return found[-1] if found else None
