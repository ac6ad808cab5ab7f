"""What watching costs: plain, ormprobe and OpenTelemetry in one run, block by block in turn.

Prints minima and medians, and writes `bench.json`: a list of {name, value, aim, unit}. A value is
the added cost of one operation in microseconds, from the minima; the aims are of this table:

    get, core   a quarter of OpenTelemetry's added cost, and at most 25 us
    list        at most OpenTelemetry's own added cost
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from ormprobe_instrumentation import inject_folder

KINDS = ("plain", "ormprobe", "opentelemetry")
REPEATS = {"get": 50, "list": 20, "core": 100}
AT_MOST_US = 25.0


class Worker:
    """One process that times blocks of operations."""

    def __init__(self, kind: str, folder: Path) -> None:
        environment = dict(os.environ)
        if kind == "ormprobe":
            environment |= {
                "PYTHONPATH": inject_folder(),
                "ORMPROBE_TRACE": str(folder / "trace"),
                "ORMPROBE_APP": str(Path(__file__).parent),
                "ORMPROBE_KEY": "00" * 16,
            }
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("workload.py")), kind, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def block(self, operation: str) -> float:
        """Microseconds of one operation, over a block."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{operation} {REPEATS[operation]}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline()) / 1000

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)


def measure(blocks: int) -> dict[tuple[str, str], list[float]]:
    """Microseconds per operation of each block, by operation and kind; kinds take turns."""
    found: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        workers = {kind: Worker(kind, Path(folder)) for kind in KINDS}
        for operation in REPEATS:
            for worker in workers.values():
                worker.block(operation)  # caches of statements and of definitions are warm
            for _ in range(blocks):
                for kind, worker in workers.items():
                    found[operation, kind].append(worker.block(operation))
        for worker in workers.values():
            worker.end()
    return found


def table(found: dict[tuple[str, str], list[float]]) -> list[dict[str, object]]:
    """Print the figures, and give them as bench.json has them."""
    rows: list[dict[str, object]] = []
    print(f"{'operation':10} {'kind':14} {'min us':>8} {'median':>8} {'added':>8} {'x plain':>8}")
    for operation in REPEATS:
        least = {kind: min(found[operation, kind]) for kind in KINDS}
        added = {kind: least[kind] - least["plain"] for kind in KINDS}
        for kind in KINDS:
            middle = statistics.median(found[operation, kind])
            ratio = least[kind] / least["plain"]
            print(
                f"{operation:10} {kind:14} {least[kind]:8.1f} {middle:8.1f} {added[kind]:8.1f} "
                f"{ratio:8.2f}"
            )
        other = added["opentelemetry"]
        aim = other if operation == "list" else min(other / 4, AT_MOST_US)
        for kind in KINDS[1:]:
            rows.append(
                {
                    "name": f"sqlalchemy.{operation}.{kind}",
                    "value": round(added[kind], 1),
                    "aim": round(aim, 1) if kind == "ormprobe" else None,
                    "unit": "us",
                }
            )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--blocks", type=int, default=200, help="blocks of each operation and kind")
    parser.add_argument("--output", type=Path, default=Path("bench.json"))
    arguments = parser.parse_args()
    rows = table(measure(arguments.blocks))
    arguments.output.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
