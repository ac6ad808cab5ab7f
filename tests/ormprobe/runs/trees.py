"""Folders of results in the paper's layout, for a stand-in that does what their logs say."""

from __future__ import annotations

from pathlib import Path

from ormprobe.runs.guarded import Run, run_of
from ormprobe.runs.model import RunKey

NEWMAN = "requestName,method,failedCount\nRegister,POST,0\n"


def tree(folder: Path, *logs: str) -> Path:
    """A folder of results with a run for each log."""
    results = folder / "results"
    for number, log in enumerate(logs, 1):
        run = place(results, number)
        run.mkdir(parents=True, exist_ok=True)
        (run / "conduit.log").write_text(log)
        (run / "newman-run-report-1.csv").write_text(NEWMAN)
    return results


def place(results: Path, number: int) -> Path:
    task = "flask-openapi-clean_architecture-sqlite-sqlalchemy"
    return results / "python" / "agent" / "model" / task / "2026-01-01" / f"run_{number}"


def runs(results: Path) -> list[Run]:
    """The runs of a tree, in the order of their numbers."""
    count = len(list(results.rglob("run_*")))
    return [
        run_of(results, place(results, n), RunKey(model="model", run_id=f"run_{n}"))
        for n in range(1, count + 1)
    ]


def reads(results: Path) -> list[str]:
    """The runs that were labelled, as often as they were."""
    file = results.parent / "reads"
    return file.read_text().split() if file.exists() else []
