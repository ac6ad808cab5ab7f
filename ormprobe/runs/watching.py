"""How far the labelling of many runs is, on a terminal."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from ormprobe.document import Status
from ormprobe.runs.record import RunRecord


class Bar:
    """A live line on a terminal, and nothing anywhere else."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("ormprobe: labelling"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[counts]}"),
            console=console,
            transient=True,
            expand=True,
            disable=not console.is_terminal,
        )
        self._counts = {"failed": 0, "passed": 0, "undetermined": 0, "broken": 0}
        self._task = self._progress.add_task("", total=None, counts="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def begin(self, to_do: int, done: int) -> None:
        """Those that were done before are not shown: the time left is of what is to do."""
        self._progress.update(self._task, total=to_do)

    def seen(self, record: RunRecord) -> None:
        self._counts[_how(record)] += 1
        counts = ", ".join(f"{number} {how}" for how, number in self._counts.items() if number)
        self._progress.update(self._task, advance=1, counts=counts)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f} runs/s" if speed else "")


def _how(record: RunRecord) -> str:
    if record.error is not None:
        return "broken"
    if record.status is Status.PASSED:
        return "passed"
    return "undetermined" if record.status in _UNDECIDED else "failed"


_UNDECIDED = (None, Status.UNDETERMINED, Status.UNOBSERVED)
