"""Run folders as a benchmark leaves them, made for one test each."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from ormprobe.runs.suite import conduit

ANSWERED = {"POST": 201}
RUN = Path(
    "uv/an_agent/a-model/flask-openapi-clean_architecture-sqlite-sqlalchemy/2026-03-01/run_0"
)
TRACEBACK = """\
[2026-03-01 10:00:00,000] ERROR in app: Exception on {path} [{method}]
Traceback (most recent call last):
  File "/usr/lib/python3.12/site-packages/flask/app.py", line 880, in full_dispatch_request
    rv = self.dispatch_request()
  File "/repository/src/repositories/stock.py", line {line}, in find
    return session.execute(text(sql)).all()
  File "/usr/lib/python3.12/site-packages/sqlalchemy/engine/default.py", line 952, in do_execute
    cursor.execute(statement, parameters)
sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) {error}
[SQL: {sql}]
(Background on this error at: https://sqlalche.me/e/20/e3q8)
"""


def report(failed: Mapping[int, tuple[int | None, int]]) -> str:
    """The paper's suite as Newman's CSV reporter has it. failed: status and failed checks, by
    position."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        ["iteration", "collectionName", "requestName", "method", "url", "status", "code",
         "executedCount", "failedCount"]
    )  # fmt: skip
    for position, entry in enumerate(conduit().requests):
        checks = entry.assertions
        status, wrong = failed.get(position, (ANSWERED.get(entry.method, 200), 0))
        url = f"http://conduit:3000/api{entry.path}".replace("{", "").replace("}", "")
        writer.writerow(
            [1, "Conduit", entry.name, entry.method, url, "", status or "", checks - wrong, wrong]
        )
    return text.getvalue()


def every(status: int | None) -> dict[int, tuple[int | None, int]]:
    """All requests, answered with one status, and each of their checks failed."""
    return {
        position: (status, entry.assertions) for position, entry in enumerate(conduit().requests)
    }


def positions(role: str, **facts: object) -> list[int]:
    """Requests of the suite with a role, and with other facts of their description."""
    return [
        position
        for position, entry in enumerate(conduit().requests)
        if entry.role == role and all(getattr(entry, name) == want for name, want in facts.items())
    ]


def run_folder(
    results: Path, failed: Mapping[int, tuple[int | None, int]] | None = None, **files: str | bytes
) -> Path:
    """A run below `results`. files: more of its files, `conduit_log` for `conduit.log`."""
    folder = results / RUN
    folder.mkdir(parents=True)
    if failed is not None:
        (folder / "newman-run-report-2026-03-01.csv").write_text(report(failed))
    for name, content in files.items():
        path = folder / name.replace("_", ".")
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content)
    return folder
