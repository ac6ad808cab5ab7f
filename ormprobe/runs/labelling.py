"""One run of a benchmark to its record."""

from __future__ import annotations

from pathlib import Path

from ormprobe.document import Label, OutcomeStatus, Report, Status
from ormprobe.runs.model import RunKey, Task
from ormprobe.runs.record import RunCause, RunRecord
from ormprobe.runs.tasks import task_of
from ormprobe.triage.folders import judged_folder, read_folder
from ormprobe.triage.options import Options

MAX_LABELS = 20
_BAD = (OutcomeStatus.FAILED, OutcomeStatus.ERROR, OutcomeStatus.TIMEOUT)


def label_run(
    folder: Path, key: RunKey, results: Path, options: Options | None = None
) -> RunRecord:
    """What a run failed of. Raises UnreadableError where nothing of it can be read."""
    run = read_folder(folder, key)
    report = judged_folder(run, options or Options())
    return record_of(report, folder.relative_to(results).as_posix(), key, run.task)


def record_of(report: Report, path: str, key: RunKey, task: Task | None = None) -> RunRecord:
    """A report as one line of a benchmark's labels. path: of the run, as the line names it."""
    task = task or task_of(key.task or "", key.runtime)
    primary = report.verdict.primary
    label = _label_of(report)
    requests = [each for each in report.outcomes if each.kind == "request"]
    failed = [each for each in requests if each.status in _BAD]
    return RunRecord(
        path=path,
        runtime=key.runtime,
        agent=key.agent,
        model=key.model,
        task=key.task,
        date=key.date,
        run_id=key.run_id,
        framework=task.framework,
        architecture=task.architecture,
        database=task.database,
        orm=task.orm,
        level=task.level if key.task is not None else None,
        status=report.verdict.status,
        category=primary.category if primary is not None else None,
        subcategory=primary.subcategory if primary is not None else None,
        cause=primary.cause if primary is not None else None,
        variant=primary.variant if primary is not None else None,
        certainty=primary.certainty if primary is not None else None,
        confidence=primary.confidence if primary is not None else None,
        decided_by=primary.decided_by if primary is not None else None,
        where=label.where if label is not None else None,
        reasoning=_reasoning(report, label),
        labels=tuple(
            RunCause(
                cause=each.cause,
                category=each.category,
                subcategory=each.subcategory,
                certainty=each.certainty,
                explains=len(each.explains),
            )
            for each in report.labels[:MAX_LABELS]
        ),
        requests=len(requests) or None,
        failed=len(failed) if requests else None,
        first_failed=failed[0].name if failed else None,
        notes=report.run.notes,
    )


def _label_of(report: Report) -> Label | None:
    primary = report.verdict.primary
    wanted = primary.label if primary is not None else None
    return next((label for label in report.labels if label.id == wanted), None)


def _reasoning(report: Report, label: Label | None) -> str | None:
    """The evidence in one line."""
    if label is not None:
        where = f" at {label.where.file}:{label.where.line}" if label.where is not None else ""
        says = "; ".join(each.says for each in label.evidence[:3])
        explained = len(label.explains)
        count = f" ({explained} outcome{'s' * (explained != 1)} explained)" if explained else ""
        return f"{says}{where if where not in says else ''}{count}"
    if report.verdict.status is Status.UNDETERMINED:
        needs = [each.cause for each in report.verdict.candidates]
        perhaps = f"; perhaps {', '.join(needs)}" if needs else ""
        return f"something failed, and no evidence decides of what{perhaps}"
    return None
