"""A whole benchmark's runs labelled: what is finished is kept, the rest is spread and written."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import ormprobe
from ormprobe.runs.fingerprints import fingerprint
from ormprobe.runs.guarded import Guarded, Label, Run, broken
from ormprobe.runs.record import RunRecord
from ormprobe.runs.resuming import Ledger
from ormprobe.runs.spread import Place, spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """What came of it. `records`: in the order of the runs.

    total: how many runs there are; read: how many of them were labelled now; kept: how many had
    been before. interrupted: Ctrl-C ended it, and the rest has no record.
    """

    records: tuple[RunRecord, ...]
    total: int
    read: int
    kept: int
    interrupted: bool = False

    @property
    def broken(self) -> tuple[RunRecord, ...]:
        return tuple(each for each in self.records if each.error is not None)


def label_runs(
    runs: Iterable[Run],
    label: Label,
    output: Path,
    place: Callable[[], Place],
    seen: Callable[[RunRecord], object],
    begin: Callable[[int, int], object],
) -> Labelled:
    """Labels runs and writes `labels.jsonl` into `output`.

    begin: is told how many runs there are to do and how many are done; seen: of each record as it
    comes. place: makes where the work is done, once it is known that there is some.
    """
    known = [replace(run, fingerprint=_fingerprint(run)) for run in runs]
    order = [run.path for run in known]
    ledger = Ledger(output)
    fresh = [run for run in known if not ledger.finished(run.path, run.fingerprint or "")]
    # What is not finished may have an older record, which must not stand when we are interrupted.
    for run in fresh:
        ledger.records.pop(run.path, None)
    begin(len(fresh), len(known) - len(fresh))
    read = 0
    interrupted = False
    try:
        with closing(_records(label, fresh, place)) as records:
            for record in records:
                ledger.add(record)
                seen(record)
                read += 1
    except KeyboardInterrupt:
        interrupted = True
    finally:
        kept = ledger.close(order)
    return Labelled(
        records=kept,
        total=len(known),
        read=read,
        kept=len(known) - len(fresh),
        interrupted=interrupted,
    )


def _records(
    label: Label, runs: Sequence[Run], place: Callable[[], Place]
) -> Generator[RunRecord, None, None]:
    if runs:
        yield from spread(Guarded(label), runs, broken, place())


def _fingerprint(run: Run) -> str:
    return fingerprint(run.folder, f"{ormprobe.__version__} {run.key}")
