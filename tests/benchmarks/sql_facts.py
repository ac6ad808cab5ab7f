"""What it costs to know what each statement asks for: a million statements of 200 shapes.

A synthetic trace is read twice: as it is, and asking for the facts of each statement as detectors
do. Prints the seconds of the processor that both take and what the second adds, in percent of the
first; writes a list of {name, value, aim, unit}, as `overhead` does.

    python tests/benchmarks/sql_facts.py --output bench-sql-facts.json
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / each) for each in ("", "taxonomy", "instrumentation")]

from ormprobe.sql.asking import Asking  # noqa: E402
from ormprobe.timeline.building import build  # noqa: E402
from ormprobe.timeline.run import Run  # noqa: E402

STATEMENTS = 1_000_000
SHAPES = 200
A_TEST = 50
ADDED_PERCENT = 25


def shapes(count: int) -> list[tuple[str, int]]:
    """Texts that ORMs send to SQLite, evenly over them, and how many binds each has."""
    lines = (ROOT / "tests/ormprobe/sql/emitted.jsonl").read_text("utf-8").splitlines()
    emitted = [json.loads(line) for line in lines]
    own = [(text, binds) for _, system, binds, text in emitted if system == "sqlite"]
    return [own[index * len(own) // count] for index in range(count)]


def trace(folder: Path, statements: int) -> None:
    """Write a trace of one process whose tests run the shapes in turn."""
    texts = shapes(SHAPES)
    with (folder / "events-1-1.jsonl").open("w", encoding="utf-8") as file:
        for line in events(texts, statements):
            file.write(json.dumps(line, separators=(",", ":")) + "\n")


def events(texts: list[tuple[str, int]], statements: int) -> Iterator[dict[str, object]]:
    yield {
        "kind": "process", "schema": 1, "process.pid": 1, "process.parent_pid": 0,
        "process.runtime.version": "3.12.0", "origin": "start", "started_unix_nano": 10**18,
        "role": "command", "values": "hashed",
    }  # fmt: skip
    yield {"kind": "engine", "id": 1, "at": 1, "db.system.name": "sqlite"}
    yield {
        "kind": "site", "id": 1, "code.file.path": "shop/orders.py", "code.line.number": 7,
        "code.function.name": "place",
    }  # fmt: skip
    for number, (text, _) in enumerate(texts, 1):
        yield {
            "kind": "sql", "id": number, "db.query.text": text,
            "db.operation.name": text.split()[0].upper(),
        }  # fmt: skip
    scope = 0
    for index in range(statements):
        at = index * 10
        if index % A_TEST == 0:
            if scope:
                yield {"kind": "scope_end", "id": scope, "at": at, "outcome": "passed"}
            scope += 1
            name = f"tests/test_orders.py::test_{scope}"
            yield {"kind": "scope", "id": scope, "type": "test", "name": name, "at": at}
        number = index % len(texts)
        binds = [f"s9:{(index + i) % 977:016x}" if i % 2 else i for i in range(texts[number][1])]
        yield {
            "kind": "statement", "id": index + 1, "at": at, "duration": 5, "scope": scope,
            "connection": 1, "sql": number + 1, "site": 1, "binds": binds,
        }  # fmt: skip
        yield {"kind": "rows", "statement": index + 1, "count": 1, "columns": ["id"]}
    yield {"kind": "scope_end", "id": scope, "at": statements * 10, "outcome": "passed"}
    yield {"kind": "exit", "at": statements * 10 + 1, "events": 0, "dropped": 0}


def read(folder: Path, *, asks: bool) -> tuple[float, int]:
    """Seconds of the processor for a trace, and how many statements it had."""
    run, asking = Run(), Asking()
    begun, seen = time.process_time(), 0
    for closed in build(folder, run):
        for statement in closed.scope.all_statements():
            seen += 1
            if asks:
                asking.facts(statement, run)
    return time.process_time() - begun, seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("bench-sql-facts.json"))
    parser.add_argument("--statements", type=int, default=STATEMENTS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        trace(folder, asked.statements)
        plain, seen = read(folder, asks=False)
        if seen != asked.statements:
            raise SystemExit(f"{seen} of {asked.statements} statements were read")
        knowing, _ = read(folder, asks=True)
    added = 100 * (knowing - plain) / plain
    rows = [
        {"name": "reading", "value": round(plain, 2), "aim": None, "unit": "s"},
        {"name": "reading and asking", "value": round(knowing, 2), "aim": None, "unit": "s"},
        {"name": "added", "value": round(added, 1), "aim": ADDED_PERCENT, "unit": "%"},
    ]
    for row in rows:
        aim = f"  (at most {row['aim']})" if row["aim"] is not None else ""
        print(f"{row['name']:<20}{row['value']:>8} {row['unit']}{aim}")
    asked.output.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
