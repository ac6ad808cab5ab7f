"""Which runs are compared: two places, or two values of one key within one place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from ormprobe.errors import UsageError
from ormprobe.runs.record import RunRecord
from ormprobe.tables.comparing import Comparison, compare
from ormprobe.tables.terms import UNKNOWN, level_of
from ormprobe.tables.writing import read_labels

KEYS = (
    "agent",
    "model",
    "runtime",
    "task",
    "date",
    "run_id",
    "framework",
    "architecture",
    "database",
    "orm",
    "level",
)
_CHOICE = re.compile(rf"({'|'.join(KEYS)})=(.*)", re.DOTALL)


def compare_sides(first: str, second: str, within: Path | None = None) -> Comparison:
    """Compare two sides, each the path of a `labels.jsonl` or of a report's folder, or `key=value`
    (`model=gpt-x`, `date=2026-01-01`, `level=2`) for those runs of `within`."""
    bad: list[str] = []
    runs = _runs(first, within, bad), _runs(second, within, bad)
    comparison = compare(*runs, (first, second))
    notes = (*dict.fromkeys(bad), *comparison.notes)
    return msgspec.structs.replace(comparison, notes=notes)


def _runs(side: str, within: Path | None, bad: list[str]) -> Iterable[RunRecord]:
    choice = _CHOICE.fullmatch(side)
    if choice is None or Path(side).exists():
        return read_labels(Path(side), bad)
    if within is None:
        raise UsageError(f"{side} chooses runs by a key, so the report with them must be named.")
    return select(read_labels(within, bad), choice[1], choice[2])


def select(records: Iterable[RunRecord], key: str, value: str) -> Iterator[RunRecord]:
    """The records with this value. A level is `2` or `L2`; `unknown` finds what has no value."""
    return (record for record in records if _value(record, key) == _wanted(key, value))


def _value(record: RunRecord, key: str) -> str:
    return level_of(record) if key == "level" else getattr(record, key) or UNKNOWN


def _wanted(key: str, value: str) -> str:
    return f"L{value}" if key == "level" and value.isdecimal() else value
