"""One run's record, whatever happens: what goes wrong with a run is told in its record."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import msgspec

from ormprobe.errors import OrmprobeError
from ormprobe.runs.model import RunKey
from ormprobe.runs.record import RunRecord

Label: TypeAlias = Callable[[Path, RunKey, Path], RunRecord]
"""Labels one run, from its folder, its key and the folder of all results."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run that is to be labelled. `path`: its folder, relative to the results."""

    results: Path
    path: str
    key: RunKey
    fingerprint: str | None = None

    @property
    def folder(self) -> Path:
        return self.results / self.path


@dataclass(frozen=True, slots=True)
class Guarded:
    """Labels runs and raises nothing. Goes to other processes, so `label` must be importable."""

    label: Label

    def __call__(self, run: Run) -> RunRecord:
        try:
            record = self.label(run.folder, run.key, run.results)
        except (Exception, SystemExit) as error:
            return broken(run, _sentence(error))
        return msgspec.structs.replace(record, path=run.path, fingerprint=run.fingerprint)


def broken(run: Run, why: str) -> RunRecord:
    """The record of a run without labels."""
    key = run.key
    return RunRecord(
        path=run.path,
        runtime=key.runtime,
        agent=key.agent,
        model=key.model,
        task=key.task,
        date=key.date,
        run_id=key.run_id,
        error=why,
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
