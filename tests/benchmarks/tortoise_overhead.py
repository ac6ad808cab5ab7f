"""What watching Tortoise costs: plain and ormprobe in one run, block by block in turn.

Prints minima and medians, and writes rows as `overhead` does: the added cost of one operation in
microseconds, from the minima. The aim: at most 25 us, or a quarter of the operation where that is
more. SQLite on files; each worker is a process of its own.

    python tests/benchmarks/tortoise_overhead.py --blocks 400
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter_ns

from tortoise import Tortoise, fields
from tortoise.models import Model

KINDS = ("plain", "ormprobe")
REPEATS = {"get": 10, "list": 5, "save": 8, "exists": 10}
"""Operations of one block: it fits into a scheduler's slice."""
ROWS = 200
LISTED = 50
AT_MOST_US = 25.0


class Parcel(Model):
    code = fields.CharField(max_length=20)
    city = fields.CharField(max_length=20)
    weight = fields.IntField()
    note = fields.CharField(max_length=40)


async def worker(path: str) -> None:
    """Answer requests `<operation> <repeats>` with nanoseconds per operation."""
    await Tortoise.init(db_url=f"sqlite://{path}?synchronous=OFF", modules={"models": [__name__]})
    await Tortoise.generate_schemas()
    for number in range(ROWS):
        await Parcel.create(
            code=f"P{number:05}", city=f"city {number % 7}", weight=number, note="n" * 20
        )
    one = await Parcel.get(id=1)

    async def get(number: int) -> None:
        await Parcel.get(id=number % ROWS + 1)

    async def list_50(number: int) -> None:
        await Parcel.all().order_by("id").limit(LISTED)

    async def save(number: int) -> None:
        one.weight = number
        await one.save()

    async def exists(number: int) -> None:
        await Parcel.filter(id=number % ROWS + 1).exists()

    operations: dict[str, Callable[[int], Awaitable[None]]] = {
        "get": get, "list": list_50, "save": save, "exists": exists,
    }  # fmt: skip
    for line in sys.stdin:
        name, repeats = line.split()
        operation, count = operations[name], int(repeats)
        gc.collect()
        started = perf_counter_ns()
        for number in range(count):
            await operation(number)
        print((perf_counter_ns() - started) / count, flush=True)
    await Tortoise.close_connections()


class Worker:
    """One process that times blocks of operations."""

    def __init__(self, kind: str, folder: Path) -> None:
        environment = dict(os.environ)
        if kind == "ormprobe":
            from ormprobe_instrumentation import inject_folder

            environment |= {
                "PYTHONPATH": inject_folder(),
                "ORMPROBE_TRACE": str(folder / "trace"),
                "ORMPROBE_APP": str(Path(__file__).parent),
                "ORMPROBE_KEY": "00" * 16,
            }
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--worker", str(folder / f"{kind}.db")],
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


def measure(blocks: int, folder: Path) -> list[dict[str, object]]:
    """Print the figures, and give them as bench.json has them."""
    workers = {kind: Worker(kind, folder) for kind in KINDS}
    rows: list[dict[str, object]] = []
    print(f"{'operation':10} {'kind':10}  min us   median   added")
    for operation in REPEATS:
        times: dict[str, list[float]] = {kind: [] for kind in KINDS}
        for each in workers.values():
            each.block(operation)
        for _ in range(blocks):
            for kind, each in workers.items():
                times[kind].append(each.block(operation))
        least = {kind: min(found) for kind, found in times.items()}
        added = least["ormprobe"] - least["plain"]
        for kind, found in times.items():
            middle = statistics.median(found)
            more = least[kind] - least["plain"]
            print(f"{operation:10} {kind:10} {least[kind]:7.1f} {middle:8.1f} {more:7.1f}")
        rows.append(
            {
                "name": f"tortoise.{operation}.ormprobe",
                "value": round(added, 1),
                "aim": round(max(AT_MOST_US, least["plain"] / 4), 1),
                "unit": "us",
            }
        )
    for each in workers.values():
        each.end()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--blocks", type=int, default=400, help="blocks of each operation and kind")
    parser.add_argument("--output", type=Path, help="where the rows go, as JSON")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        asyncio.run(worker(arguments.worker))
        return
    with tempfile.TemporaryDirectory() as temporary:
        rows = measure(arguments.blocks, Path(temporary))
    if arguments.output:
        arguments.output.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
