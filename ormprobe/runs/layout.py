"""Where the runs of a benchmark lie: the paper's layout, or one that is told with names.

`{runtime}/{agent}/{model}/{task}/{date}/run_N` below the results. Of the dates of one task the
newest that holds a run counts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from ormprobe.errors import UnreadableError
from ormprobe.runs.files import RUN_NAME, is_run_folder, natural
from ormprobe.runs.model import RunKey
from ormprobe.runs.pattern import DATE_NAME, PAPER, PAPER_DATED, Segment, parse_layout
from ormprobe.runs.tasks import RUNTIMES, task_of

MAX_DEPTH = 32
"""Levels below the results that `**` reaches."""

MAX_PROBLEMS = 1_000

_NUMBER = re.compile(r"\d+")


def find_runs(
    results: Path, layout: str | None = None, problems: list[str] | None = None
) -> Iterator[tuple[Path, RunKey]]:
    """The run folders below `results` with their keys, in a fixed order, as they are found.

    layout: as `--layout`; None for the paper's, of which `results` may also be an inner folder or
    one run. problems: gets a sentence for each folder that was passed over. Raises UsageError for
    a layout that cannot be meant, UnreadableError where `results` cannot be read.
    """
    said = problems if problems is not None else []
    segments = PAPER if layout is None else parse_layout(layout)
    try:
        with os.scandir(results):
            pass
    except OSError as error:
        raise UnreadableError(f"{results}: {error.strerror or error}") from error
    runs = _Walk(said).runs(results, segments)
    return runs if layout is not None else _or_inner(runs, results, said)


def key_of(folder: Path) -> RunKey:
    """What the path of one run tells, None for the parts that are not as in the paper's layout.

    A run is `run_N`, a date has digits; all above them is believed where the runtime stands in its
    place, the task alone where its name has a framework.
    """
    parts = [_text(part) for part in Path(os.path.abspath(folder)).parts[1:]]
    parts = [""] * (6 - len(parts)) + parts
    runtime, agent, model, task, date, run_id = parts[-6:]
    if not RUN_NAME.fullmatch(run_id):
        return RunKey()
    knows_task = task_of(task).framework is not None
    is_dated = DATE_NAME.fullmatch(date) is not None
    if runtime.lower() in RUNTIMES and (knows_task or is_dated):
        return RunKey(
            runtime=runtime, agent=agent, model=model, task=task, date=date, run_id=run_id
        )
    if knows_task and is_dated:
        return RunKey(task=task, date=date, run_id=run_id)
    return RunKey(date=date if is_dated else None, run_id=run_id)


def _or_inner(
    runs: Iterator[tuple[Path, RunKey]], results: Path, problems: list[str]
) -> Iterator[tuple[Path, RunKey]]:
    """The runs, or, where there are none, those of `results` as an inner folder of the layout."""
    found = False
    for run in runs:
        found = True
        yield run
    for dropped in range(1, len(PAPER_DATED)):
        if found:
            return
        problems.clear()
        for path, key in _Walk(problems).runs(results, PAPER_DATED[dropped:]):
            found = True
            yield path, _merged(key_of(path), key)
    if not found and is_run_folder(results):
        yield results, key_of(results)


def _merged(above: RunKey, key: RunKey) -> RunKey:
    return RunKey(
        runtime=key.runtime or above.runtime,
        agent=key.agent or above.agent,
        model=key.model or above.model,
        task=key.task or above.task,
        date=key.date or above.date,
        run_id=key.run_id or above.run_id,
    )


@dataclass(frozen=True, slots=True)
class _Match:
    """A folder whose name fits a level, with the names that it gives."""

    path: Path
    name: str
    values: dict[str, str]

    @property
    def group(self) -> tuple[tuple[str, str], ...]:
        return tuple(item for item in self.values.items() if item[0] != "date")


@dataclass(slots=True)
class _Walk:
    """One walk over the results. `seen`: folders by device, inode and level of the layout."""

    problems: list[str]
    seen: set[tuple[int, int, int]] = field(default_factory=set[tuple[int, int, int]])

    def runs(self, results: Path, segments: tuple[Segment, ...]) -> Iterator[tuple[Path, RunKey]]:
        """The folders that fit the whole layout, in the natural order of their names."""
        return self._below(results, segments, RunKey(), ())

    def _below(
        self, folder: Path, left: tuple[Segment, ...], key: RunKey, above: tuple[object, ...]
    ) -> Iterator[tuple[Path, RunKey]]:
        if not left:
            yield folder, key
            return
        identity = self._entered(folder, len(left), above)
        if identity is None:
            return
        segment, *others = left
        if segment.pattern is None:
            yield from self._below(folder, tuple(others), key, above)
            if len(above) < MAX_DEPTH:
                for path in self._folders(folder, hidden=False):
                    yield from self._below(path, left, key, (*above, identity))
            return
        matches = self._matches(folder, segment)
        if segment.dated:
            yield from self._newest(matches, tuple(others), key, (*above, identity))
            return
        for match in matches:
            yield from self._below(
                match.path, tuple(others), replace(key, **match.values), (*above, identity)
            )

    def _newest(
        self,
        matches: Iterable[_Match],
        left: tuple[Segment, ...],
        key: RunKey,
        above: tuple[object, ...],
    ) -> Iterator[tuple[Path, RunKey]]:
        """Of folders that differ in their date alone, the newest below which there is a run."""
        ordered = sorted(matches, key=lambda match: [natural(value) for _, value in match.group])
        for _, group in groupby(ordered, key=lambda match: match.group):
            for match in sorted(group, key=_age, reverse=True):
                found = False
                for run in self._below(match.path, left, replace(key, **match.values), above):
                    found = True
                    yield run
                if found:
                    break

    def _matches(self, folder: Path, segment: Segment) -> Iterator[_Match]:
        assert segment.pattern is not None
        for path in self._folders(folder, hidden=segment.hidden):
            name = _text(path.name)
            found = segment.pattern.fullmatch(name)
            if found is not None:
                yield _Match(path, name, found.groupdict())

    def _entered(
        self, folder: Path, level: int, above: tuple[object, ...]
    ) -> tuple[int, int] | None:
        """The folder's identity, None where it was walked already or holds itself."""
        try:
            status = folder.stat()
        except OSError as error:
            self._say(f"{folder}: {error.strerror or error}")
            return None
        identity = (status.st_dev, status.st_ino)
        if identity in above:
            self._say(f"{folder} leads back to a folder that it lies in")
            return None
        if (*identity, level) in self.seen:
            self._say(f"{folder} is a folder that was read already, by another name")
            return None
        self.seen.add((*identity, level))
        return identity

    def _folders(self, folder: Path, *, hidden: bool) -> list[Path]:
        found: list[Path] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if hidden or not entry.name.startswith("."):
                        self._take(entry, found)
        except OSError as error:
            self._say(f"{folder}: {error.strerror or error}")
        # a folder's own name counts before that of a link to it
        return sorted(found, key=lambda path: (path.is_symlink(), natural(path.name)))

    def _say(self, problem: str) -> None:
        if problem not in self.problems and len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem)

    def _take(self, entry: os.DirEntry[str], found: list[Path]) -> None:
        try:
            if entry.is_dir():
                found.append(Path(entry.path))
        except OSError as error:
            self._say(f"{entry.path}: {error.strerror or error}")


def _age(match: _Match) -> tuple[bool, tuple[int, ...], str]:
    """By which dates are ordered: what looks like one, its numbers, its name."""
    date = match.values.get("date", "")
    # 20260305 is 2026-03-05
    numbers = _NUMBER.findall(re.sub(r"\b(\d{4})(\d\d)(\d\d)(?!\d)", r"\1-\2-\3", date))
    return DATE_NAME.fullmatch(date) is not None, tuple(int(one[:18]) for one in numbers), date


def _text(name: str) -> str:
    # names that are no UTF-8 must be writable all the same
    return os.fsencode(name).decode("utf-8", "replace")
