"""What a whole benchmark costs: `ormprobe report` over 500, 1,000 and 2,000 synthetic runs, and
`ormprobe triage` over one log of 2 GB.

Prints seconds, runs a second and the greatest resident memory of the process tree (shared pages
are counted for each process), and writes a list of {name, value, aim, unit}, as `overhead` does.
The aims are for 2 cores. Needs about 2.5 GB of disk in `--scratch`.

    python tests/benchmarks/report_scale.py --output bench-report.json
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # or a script finds no `tests`

from tests.benchmarks.recorded_apps import Recording, record  # noqa: E402
from tests.benchmarks.synthetic_results import make  # noqa: E402

SIZES = (500, 1_000, 2_000)
SECONDS_A_RUN = 90 / 2_000
MEGABYTES = 600
LOG_GIGABYTES = 2.0
LOG_SECONDS_A_GIGABYTE = 60
LOG_MEGABYTES = 300
POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Spent:
    """seconds: by the clock. cpu: seconds of all its processes, which a busy machine changes less.
    megabytes: of resident memory, at most."""

    seconds: float
    cpu: float
    megabytes: float


def spent(words: Sequence[str | Path]) -> Spent:
    """What `ormprobe` with these words takes. Raises where it could not do its work."""
    path = os.pathsep.join(str(ROOT / each) for each in ("", "instrumentation", "taxonomy"))
    begun, most, used = time.monotonic(), 0, cpu_of_children()
    with subprocess.Popen(
        [sys.executable, "-m", "ormprobe", *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    ) as process:
        tree = psutil.Process(process.pid)
        while process.poll() is None:
            most = max(most, resident(tree))
            time.sleep(POLL_S)
        seconds = time.monotonic() - begun
        assert process.stderr is not None
        if process.returncode not in (0, 1):
            raise RuntimeError(process.stderr.read().decode())
    return Spent(seconds, cpu_of_children() - used, most / 1e6)


def cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def resident(tree: psutil.Process) -> int:
    total = 0
    try:
        for process in (tree, *tree.children(recursive=True)):
            total += process.memory_info().rss
    except psutil.NoSuchProcess:
        pass  # one ended while we looked
    return total


def report_rows(
    recordings: Sequence[Recording], scratch: Path, sizes: Sequence[int], jobs: int
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for runs in sizes:
        results, output = scratch / f"results-{runs}", scratch / f"report-{runs}"
        make(results, recordings, runs)
        words: list[str | Path] = ["report", results, "--output", output, "--jobs", str(jobs)]
        first, again = spent(words), spent(words)
        shutil.rmtree(results)
        rows += [
            row(f"report.{runs}.time", first.seconds, runs * SECONDS_A_RUN, "s"),
            row(f"report.{runs}.cpu", first.cpu, None, "s"),
            row(f"report.{runs}.speed", runs / first.seconds, 1 / SECONDS_A_RUN, "runs/s"),
            row(f"report.{runs}.memory", first.megabytes, MEGABYTES, "MB"),
            row(f"report.{runs}.again", again.seconds, None, "s"),
        ]
    return rows


def log_rows(
    recordings: Sequence[Recording], scratch: Path, size: float
) -> list[dict[str, object]]:
    log = scratch / "server.log"
    with log.open("w") as written:
        done = 0
        while done < size * 1e9:
            for each in recordings:
                done += written.write(each.head)
                done += sum(map(written.write, each.walks))
    triaged = spent(["triage", log])
    log.unlink()
    return [
        row(f"triage.{size:g}GB.time", triaged.seconds, size * LOG_SECONDS_A_GIGABYTE, "s"),
        row(f"triage.{size:g}GB.cpu", triaged.cpu, None, "s"),
        row(f"triage.{size:g}GB.memory", triaged.megabytes, LOG_MEGABYTES, "MB"),
    ]


def row(name: str, value: float, aim: float | None, unit: str) -> dict[str, object]:
    told = "" if aim is None else f"   aim {aim:g}"
    print(f"{name:24} {value:10.1f} {unit}{told}", flush=True)
    return {"name": name, "value": round(value, 1), "aim": aim, "unit": unit}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("bench-report.json"))
    parser.add_argument("--runs", type=int, nargs="*", default=SIZES)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--scratch", type=Path, help="left out: a temporary folder")
    parser.add_argument(
        "--log-gigabytes", type=float, default=LOG_GIGABYTES, help="0 leaves it out"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.scratch) as made:
        scratch = Path(made)
        (scratch / "apps").mkdir()
        recordings = record(scratch / "apps")
        rows = report_rows(recordings, scratch, asked.runs, asked.jobs)
        if asked.log_gigabytes:
            rows += log_rows(recordings, scratch, asked.log_gigabytes)
    asked.output.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
