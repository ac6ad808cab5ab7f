"""One run's record, whatever happens: what goes wrong with a run is told in its record."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, overload

import msgspec

from ormprobe.errors import OrmprobeError
from ormprobe.runs.model import RunKey
from ormprobe.runs.record import RunRecord

Label: TypeAlias = Callable[[Path, RunKey, Path], RunRecord]
"""Labels one run, from its folder, its key and the folder of all results."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run that is to be labelled. `path`: its folder below the results, as text."""

    results: Path
    folder: Path
    path: str
    key: RunKey
    fingerprint: str | None = None


def run_of(results: Path, folder: Path, key: RunKey) -> Run:
    """A run's `path` has slashes, and backslashes for bytes of names that are no UTF-8."""
    inside = folder.relative_to(results) if folder.is_relative_to(results) else folder
    return Run(results=results, folder=folder, path=_as_text(inside.as_posix()), key=key)


@dataclass(frozen=True, slots=True)
class Guarded:
    """Labels runs and raises nothing. Goes to other processes, so `label` must be importable."""

    label: Label

    def __call__(self, run: Run) -> RunRecord:
        try:
            found = self.label(run.folder, run.key, run.results)
            record = msgspec.structs.replace(found, path=run.path, fingerprint=run.fingerprint)
            msgspec.json.encode(record)  # lone surrogates are found out here, not at the end
        except (Exception, SystemExit) as error:
            return broken(run, _sentence(error))
        return record


def broken(run: Run, why: str) -> RunRecord:
    """The record of a run without labels."""
    key = run.key
    return RunRecord(
        path=run.path,
        runtime=_as_text(key.runtime),
        agent=_as_text(key.agent),
        model=_as_text(key.model),
        task=_as_text(key.task),
        date=_as_text(key.date),
        run_id=_as_text(key.run_id),
        error=_as_text(why),
    )


def _sentence(error: BaseException) -> str:
    # What an exception of ours says may quote a log, and is left out.
    if isinstance(error, OrmprobeError):
        return str(error)
    if isinstance(error, MemoryError):
        return "it needs more memory than there is"
    if isinstance(error, OSError) and error.filename is not None:
        return f"cannot read {Path(str(error.filename)).name}: {error.strerror}"
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno}"
    return f"a fault of ormprobe itself: {type(error).__name__} at {where}"


@overload
def _as_text(name: str) -> str: ...
@overload
def _as_text(name: None) -> None: ...
def _as_text(name: str | None) -> str | None:
    if name is None:
        return None
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
