"""Records for tests."""

from __future__ import annotations

from typing import Any

from ormprobe.document import Status
from ormprobe.runs.record import RunRecord


def run(run_id: str = "run_0", **what: Any) -> RunRecord:
    """A run that passed, unless `what` says otherwise."""
    told: dict[str, Any] = {
        "path": f"uv/agent/model/flask-openapi-sqlite/2026-01-01/{run_id}",
        "runtime": "uv",
        "agent": "agent",
        "model": "model",
        "task": "flask-openapi-sqlite",
        "framework": "flask",
        "level": 1,
        "status": Status.PASSED,
    }
    return RunRecord(run_id=run_id, **{**told, **what})


def failed(run_id: str = "run_0", **what: Any) -> RunRecord:
    """A run with a data-layer cause, unless `what` says otherwise."""
    told: dict[str, Any] = {
        "status": Status.FAILED,
        "category": "logic_error",
        "subcategory": "database_runtime_error",
        "cause": "schema-not-created",
        "certainty": "certain",
        "reasoning": 'no such table "a", says SQLite',
    }
    return run(run_id, **{**told, **what})
