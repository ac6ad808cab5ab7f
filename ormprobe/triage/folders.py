"""A benchmark run's folder, judged by what is left of it: any part may be missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ormprobe.document import (
    Constraints,
    DatabaseConstraint,
    LayersConstraint,
    OrmConstraint,
    Report,
    Status,
)
from ormprobe.errors import OrmprobeError, UnreadableError
from ormprobe.logs.model import Item
from ormprobe.runs.files import files_of
from ormprobe.runs.layout import key_of
from ormprobe.runs.model import Answer, Patch, Request, RunFiles, RunKey, Task, Trajectory
from ormprobe.runs.patches import read_patch
from ormprobe.runs.requests import requests_of
from ormprobe.runs.tasks import task_of
from ormprobe.runs.trajectories import read_trajectory
from ormprobe.runs.verifiers import against_trace
from ormprobe.source import Source
from ormprobe.triage.hints import is_listening, starts_of, uses_database, warnings_of
from ormprobe.triage.items import Log, read_items
from ormprobe.triage.judged import Judged, Reader, judge_requests
from ormprobe.triage.options import Options
from ormprobe.triage.places import Places
from ormprobe.triage.reporting import info_of, report_of
from ormprobe.triage.scrubbing import scrubber
from ormprobe_taxonomy.finished import Fault, Finished, Hint
from ormprobe_taxonomy.finished import Request as Seen

Read = TypeVar("Read")


@dataclass(slots=True, kw_only=True)
class RunFolder:
    """What was read of a run. notes: a sentence for each part that was missing or unreadable."""

    key: RunKey
    task: Task
    files: RunFiles
    requests: tuple[Request, ...] = ()
    server: Log = field(default_factory=Log)
    setup: Log = field(default_factory=Log)
    patch: Patch | None = None
    trajectory: Trajectory | None = None
    notes: list[str] = field(default_factory=list[str])


def triage_folder(folder: Path, options: Options) -> Report:
    """Why a benchmark run failed. Raises UnreadableError where nothing of it can be read."""
    return judged_folder(read_folder(folder), options)


def read_folder(folder: Path, key: RunKey | None = None) -> RunFolder:
    """All parts of a run folder that can be read."""
    files = files_of(folder)
    found = key or key_of(folder)
    run = RunFolder(key=found, task=task_of(found.task or "", found.runtime), files=files)
    parts = (files.server_log, files.setup_log, files.patch, files.trace, files.trajectory)
    if not files.newman and not any(parts):
        raise UnreadableError(f"{folder} holds no part of a run: no log, report or patch")
    run.requests = requests_of(files, notes=run.notes)
    run.server = _part(run, files.server_log, read_items) or Log()
    run.setup = _part(run, files.setup_log, read_items) or Log()
    notes = run.notes
    run.patch = _part(run, files.patch, lambda path: read_patch(path, run.task, notes))
    run.trajectory = _part(run, files.trajectory, lambda path: read_trajectory(path, notes))
    return run


def _part(run: RunFolder, path: Path | None, read: Callable[[Path], Read]) -> Read | None:
    """One part, or a note of why it could not be read."""
    if path is None:
        return None
    try:
        return read(path)
    except OrmprobeError as error:
        run.notes.append(str(error))
    except OSError as error:
        run.notes.append(f"{path.name} cannot be read: {error.strerror}")
    return None


def judged_folder(run: RunFolder, options: Options) -> Report:
    """The report of a run whose parts were read."""
    traced = _traced(run, options)
    if traced is not None and traced.verdict.status in (Status.FAILED, Status.DEFECTIVE):
        return traced
    judged = judge_run(run, options)
    constraints = _constraints(run, options, traced)
    exercised = bool(run.requests or run.server.items or run.setup.items)
    info = info_of(
        str(run.files.folder),
        [*run.notes, *run.server.notes, *run.setup.notes],
        len(run.requests),
        len(judged.told),
    )
    return report_of(judged, info, constraints, (), exercised)


def judge_run(run: RunFolder, options: Options) -> Judged:
    """Causes and placements of a run by its texts."""
    reader = Reader(
        places=Places(run.patch.files if run.patch is not None else ()),
        scrub=scrubber(options.values),
        source=Source(run.files.folder),
        orm=run.task.orm or options.expected.orm,
        ignored=options.ignored,
    )

    def complete(
        seen: tuple[Seen, ...], faults: tuple[Fault, ...], explained: frozenset[int]
    ) -> Finished:
        return _finished(run, seen, faults, explained)

    name = run.files.server_log.name if run.files.server_log is not None else "log"
    return judge_requests(run.requests, run.server.items, name, reader, complete)


def _finished(
    run: RunFolder, seen: tuple[Seen, ...], faults: tuple[Fault, ...], explained: frozenset[int]
) -> Finished:
    server = run.files.server_log.name if run.files.server_log is not None else "log"
    setup = run.files.setup_log.name if run.files.setup_log is not None else "log"
    trajectory, patch = run.trajectory, run.patch
    return Finished(
        requests=seen,
        faults=faults,
        explained=explained,
        answered=any(map(_was_answered, run.requests)) if run.requests else None,
        listening=is_listening(run.server.items),
        starts=(
            *starts_of(run.server.items, server),
            *starts_of(run.setup.items, setup),
        ),
        warnings=tuple(warnings_of(run.server.items, server)),
        database=run.task.database,
        framework=run.task.framework,
        uses_database=uses_database(
            run.task.database, patch, trajectory, _speaks_of_data(run.server.items)
        ),
        turns=trajectory.turns if trajectory is not None else None,
        repeats=trajectory.repeats if trajectory is not None else 0,
        submitted=trajectory.submitted if trajectory is not None else None,
        limit=trajectory is not None and trajectory.limit_reached,
        files=len(patch.files) if patch is not None else None,
        violations=tuple(_violations(run)),
    )


def _was_answered(request: Request) -> bool:
    """Whether there was an answer: a status, or checks that passed on it."""
    checks = request.executed
    if checks is None and request.expected is not None:
        checks = request.expected.assertions
    return request.status is not None or (request.passed and bool(checks))


def _speaks_of_data(items: tuple[Item, ...]) -> bool:
    from ormprobe.logs.model import Notice, NoticeKind

    return any(isinstance(i, Notice) and i.kind is NoticeKind.CONNECTED for i in items)


def _violations(run: RunFolder) -> Iterator[Hint]:
    if run.patch is None:
        return
    name = run.files.patch.name if run.files.patch is not None else "patch"
    for answer in run.patch.answers:
        if answer.holds is False:
            places = [":".join(line.split(":", 2)[:2]) for line in answer.lines]
            events = tuple(f"{name}:{place}" for place in places)  # their text may hold secrets
            yield Hint(kind=answer.question, says=answer.says, events=events)


def _traced(run: RunFolder, options: Options) -> Report | None:
    """What the trace in the folder says, where there is one that can be read."""
    if run.files.trace is None:
        return None
    from ormprobe.pipeline import diagnose

    try:
        return diagnose(run.files.trace, run.files.folder, options.expected, options.ignored)
    except OrmprobeError as error:
        run.notes.append(str(error))
        return None


def _constraints(run: RunFolder, options: Options, traced: Report | None) -> Constraints:
    """What the task demands beside what the patch shows, or the trace where there is one."""
    answers: tuple[Answer, ...] = run.patch.answers if run.patch is not None else ()
    if traced is not None:
        answers = tuple(against_trace(answers, traced.constraints))
    told = [answer for answer in answers if answer.holds is False or answer.disagrees]
    seen = traced.constraints if traced is not None else Constraints()
    run.notes.extend(f"{answer.question}: {answer.says}" for answer in told)
    layers = [answer.says for answer in told if answer.question in ("layers", "dependencies")]
    found = {answer.question: ",".join(answer.found) or None for answer in answers}
    return Constraints(
        orm=OrmConstraint(
            declared=options.expected.orm or run.task.orm,
            observed=seen.orm.observed or found.get("orm"),
            share_through_orm=seen.orm.share_through_orm,
        ),
        database=DatabaseConstraint(
            declared=options.expected.database or run.task.database,
            observed=seen.database.observed or found.get("database"),
        ),
        layers=LayersConstraint(
            declared=run.task.architecture,
            violations=tuple(layers) if answers and run.task.architecture else None,
        ),
    )
