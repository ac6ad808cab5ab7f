"""What watching costs: plain, ormprobe and OpenTelemetry in one run, block by block in turn.

Prints minima and medians, and writes `bench.json`: a list of {name, value, aim, unit}. A value is
the added cost of one operation in microseconds, from the minima; the aims are of this table:

    get, core      a quarter of OpenTelemetry's added cost, and at most 25 us
    list, commit   at most OpenTelemetry's own added cost
    of Django      at most 25 us or a quarter of the operation, whichever is more

Each driver is measured by itself: sqlite3 and aiosqlite on files, psycopg and asyncpg on an
embedded PostgreSQL. Each worker is a process of its own.
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
from tests import postgres

KINDS = ("plain", "ormprobe", "opentelemetry")
MORE_KINDS = {"django": ("zeal",)}
WORKLOADS = {"django": "django_workload.py"}
REPEATS = {
    "sqlite": {"get": 12, "list": 6, "core": 60, "commit": 8},
    "aiosqlite": {"get": 6},
    "psycopg": {"get": 6, "list": 4, "core": 20, "commit": 5},
    "asyncpg": {"get": 6, "list": 4, "core": 20, "commit": 5},
    "django": {"get": 8, "list": 4, "save": 6},
}
"""Operations of one block, by driver and operation: a block fits into a scheduler's slice, so that
among many blocks some are not interrupted."""
AT_MOST_US = 25.0
QUARTER = ("get", "core")

Times = dict[tuple[str, str, str], list[float]]
"""Microseconds per operation of each block, by driver, operation and kind."""


class Worker:
    """One process that times blocks of operations."""

    def __init__(self, kind: str, driver: str, url: str, folder: Path) -> None:
        environment = dict(os.environ)
        if kind == "ormprobe":
            environment |= {
                "PYTHONPATH": inject_folder(),
                "ORMPROBE_TRACE": str(folder / "trace"),
                "ORMPROBE_APP": str(Path(__file__).parent),
                "ORMPROBE_KEY": "00" * 16,
            }
        self.repeats = REPEATS[driver]
        script = WORKLOADS.get(driver, "workload.py")
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name(script)), kind, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def block(self, operation: str) -> float:
        """Microseconds of one operation, over a block."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{operation} {self.repeats[operation]}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline()) / 1000

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)


def measure(driver: str, blocks: int, server: str, folder: Path) -> Times:
    """The times of one driver's operations; kinds take turns."""
    found: defaultdict[tuple[str, str, str], list[float]] = defaultdict(list)
    workers = {
        kind: Worker(kind, driver, url_of(driver, kind, server, folder), folder)
        for kind in kinds_of(driver)
    }
    for operation in REPEATS[driver]:
        for worker in workers.values():
            worker.block(operation)  # caches of statements and of definitions are warm
        for _ in range(blocks):
            for kind, worker in workers.items():
                found[driver, operation, kind].append(worker.block(operation))
    for worker in workers.values():
        worker.end()
    return found


def kinds_of(driver: str) -> tuple[str, ...]:
    return KINDS + MORE_KINDS.get(driver, ())


def url_of(driver: str, kind: str, server: str, folder: Path) -> str:
    """A database of the worker's own, which does not wait for the disk: that would hide us."""
    if driver in ("sqlite", "django"):
        return f"sqlite:///{folder / driver}-{kind}.db"
    if driver == "aiosqlite":
        return f"sqlite+aiosqlite:///{folder / kind}-async.db"
    import psycopg

    name = f"{driver}_{kind}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off".encode())
    return postgres.with_driver(postgres.named(server, name), driver)


def table(found: Times) -> list[dict[str, object]]:
    """Print the figures, and give them as bench.json has them."""
    rows: list[dict[str, object]] = []
    heads = ("min us", "median", "added", "x plain", "of OTel")
    print(f"{'operation':18} {'kind':14}" + "".join(f"{head:>9}" for head in heads))
    for driver, operation in dict.fromkeys((driver, operation) for driver, operation, _ in found):
        kinds = kinds_of(driver)
        times = {kind: found[driver, operation, kind] for kind in kinds}
        least = {kind: min(times[kind]) for kind in kinds}
        added = {kind: least[kind] - least["plain"] for kind in kinds}
        other = added["opentelemetry"]
        for kind in kinds:
            middle = statistics.median(times[kind])
            ratio = least[kind] / least["plain"]
            print(
                f"{driver + ' ' + operation:18} {kind:14} {least[kind]:8.1f} {middle:8.1f} "
                f"{added[kind]:8.1f} {ratio:8.2f} {added[kind] / other if other else 0:8.2f}"
            )
        aim = min(other / 4, AT_MOST_US) if operation in QUARTER else other
        place = "sqlalchemy." if driver == "sqlite" else f"sqlalchemy.{driver}."
        if driver in WORKLOADS:
            aim, place = max(AT_MOST_US, least["plain"] / 4), f"{driver}."
        for kind in kinds[1:]:
            rows.append(
                {
                    "name": f"{place}{operation}.{kind}",
                    "value": round(added[kind], 1),
                    "aim": round(aim, 1) if kind == "ormprobe" else None,
                    "unit": "us",
                }
            )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--blocks", type=int, default=400, help="blocks of each operation and kind")
    parser.add_argument("--drivers", nargs="+", choices=REPEATS, default=list(REPEATS))
    parser.add_argument("--output", type=Path, default=Path("bench.json"))
    arguments = parser.parse_args()
    found: Times = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for driver in arguments.drivers:
            if driver in ("psycopg", "asyncpg"):
                with postgres.server(folder / f"postgres-{driver}") as server:
                    found |= measure(driver, arguments.blocks, server, folder)
            else:
                found |= measure(driver, arguments.blocks, "", folder)
    rows = table(found)
    arguments.output.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
