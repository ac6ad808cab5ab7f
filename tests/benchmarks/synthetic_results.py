"""A benchmark's results in the paper's layout, as many runs as are wanted, of real programs' words.

A few fixture apps are started once each (`recorded_apps`); a run repeats what one of them wrote,
with names, times and ports of its own, until its log has the size that is wanted.

    python tests/benchmarks/synthetic_results.py FOLDER --runs 2000
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # or a script finds no `tests`

from tests.benchmarks.recorded_apps import Recording, record

RUNS = 2_000
LOG_BYTES = 200_000
AGENTS = ("agent-a", "agent-b")
MODELS = ("model-small", "model-large", "model-open")
CONSTRAINTS = (
    "unconstrained",
    "sqlite",
    "sqlite-sqlalchemy",
    "clean_architecture-sqlite-sqlalchemy",
)
DATE = "2026-01-01_00-00-00"
COLUMNS = [
    "iteration",
    "collectionName",
    "requestName",
    "method",
    "url",
    "status",
    "code",
    "responseTime",
    "responseSize",
    "executed",
    "failed",
    "skipped",
    "totalAssertions",
    "executedCount",
    "failedCount",
    "skippedCount",
]


def make(
    folder: Path, recordings: Sequence[Recording], runs: int = RUNS, log_bytes: int = LOG_BYTES
) -> None:
    """Fills a new folder. `log_bytes`: how large each server's log becomes, at least."""
    for number in range(runs):
        place = folder / "python" / path_of(number, recordings)
        place.mkdir(parents=True)
        write_run(place, recordings[number % len(recordings)], number, log_bytes)


def path_of(number: int, recordings: Sequence[Recording]) -> Path:
    """Below the runtime: every app in turn, then every constraint, agent and model."""
    recording = recordings[number % len(recordings)]
    rest = number // len(recordings)
    rest, constraint = divmod(rest, len(CONSTRAINTS))
    rest, agent = divmod(rest, len(AGENTS))
    rest, model = divmod(rest, len(MODELS))
    # Apps of one framework share its tasks, and are told apart by the numbers of their runs.
    run = rest * len(recordings) + number % len(recordings)
    task = f"{recording.framework}-openapi-{CONSTRAINTS[constraint]}"
    return Path(AGENTS[agent], MODELS[model], task, DATE, f"run_{run}")


def write_run(place: Path, recording: Recording, number: int, log_bytes: int) -> None:
    name = f"w{number:05}"
    with (place / "conduit.log").open("w") as log:
        written = log.write(recording.head)
        turn = number  # not every run begins with the same walk
        while written < log_bytes:
            walk = recording.walks[turn % len(recording.walks)] or "\n"
            written += log.write(walk.replace(recording.name, f"{name}x{turn}"))
            turn += 1
        log.write(recording.tail)
    with (place / f"newman-run-report-{DATE}.csv").open("w", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(COLUMNS)
        rows.writerows(rows_of(recording, name))
    (place / "setup.log").write_text(
        f"Collecting {recording.framework}\n  Using cached {recording.framework}-1.0-any.whl\n"
        f"Successfully installed {recording.framework}-1.0\n"
    )
    (place / "run.patch").write_text("".join(map(added, recording.sources.items())))
    (place / "run.trajectory.json").write_text(json.dumps(trajectory(recording, name)))


def rows_of(recording: Recording, name: str) -> list[list[object]]:
    rows: list[list[object]] = []
    for answer in recording.answers:
        asked = answer.asked
        checks = asked.assertions or 1
        fine = answer.status is not None and answer.status < 400
        failed = 0 if fine else (asked.on_error or 1)
        url = answer.url.replace(recording.name, name)
        rows.append(
            [1, "Conduit", asked.name, asked.method, url, "" if fine else "Error",
             answer.status or "", 12, answer.size, "", "", "", checks, checks, failed, 0]
        )  # fmt: skip
    return rows


def added(file: tuple[str, str]) -> str:
    """A new file as git's patches have it."""
    path, text = file
    lines = text.splitlines()
    return (
        f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n"
        f"@@ -0,0 +1,{len(lines)} @@\n" + "".join(f"+{line}\n" for line in lines)
    )


def trajectory(recording: Recording, name: str) -> dict[str, object]:
    turns = [{"role": "user", "content": f"Write the API with {recording.framework}."}]
    for path, text in recording.sources.items():
        turns.append({"role": "assistant", "content": f"cat > {path} <<'EOF'\n{text[:2000]}\nEOF"})
        turns.append({"role": "user", "content": f"<returncode>0</returncode> {name}"})
    return {"messages": turns}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--log-bytes", type=int, default=LOG_BYTES)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        recordings = record(Path(scratch))
    make(asked.folder, recordings, asked.runs, asked.log_bytes)


if __name__ == "__main__":
    main()
