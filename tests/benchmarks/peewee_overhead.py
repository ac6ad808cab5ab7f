"""What watching Peewee costs: plain and watched in one run, block by block in turn, on SQLite.

Prints minima and medians, and writes a list of {name, value, aim, unit}, as `overhead` does. A
value is the added cost of one operation in microseconds, from the minima; the aim is 25 us, or a
quarter of the operation's own time where that is more, for each statement of it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from ormprobe_instrumentation import inject_folder

KINDS = ("plain", "ormprobe")
REPEATS = {"get": 20, "list": 6, "save": 20, "atomic": 12}
"""Operations of one block: it fits into a scheduler's slice."""
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
        script = Path(__file__).with_name("peewee_workload.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script), str(folder / f"{kind}.db")],
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--blocks", type=int, default=300, help="blocks of each operation and kind")
    parser.add_argument("--output", type=Path, default=Path("bench-peewee.json"))
    arguments = parser.parse_args()
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as temporary:
        workers = {kind: Worker(kind, Path(temporary)) for kind in KINDS}
        print(f"{'operation':10} {'kind':10} {'min us':>9}{'median':>9}{'added':>9}")
        for operation in REPEATS:
            times: dict[str, list[float]] = {kind: [] for kind in KINDS}
            for worker in workers.values():
                worker.block(operation)  # caches of statements and of definitions are warm
            for _ in range(arguments.blocks):
                for kind, worker in workers.items():
                    times[kind].append(worker.block(operation))
            plain = min(times["plain"])
            for kind in KINDS:
                least, middle = min(times[kind]), statistics.median(times[kind])
                print(f"{operation:10} {kind:10} {least:9.1f}{middle:9.1f}{least - plain:9.1f}")
            rows.append(
                {
                    "name": f"peewee.{operation}.ormprobe",
                    "value": round(min(times["ormprobe"]) - plain, 1),
                    "aim": round(max(AT_MOST_US, plain / 4), 1),
                    "unit": "us",
                }
            )
        for worker in workers.values():
            worker.end()
    arguments.output.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
