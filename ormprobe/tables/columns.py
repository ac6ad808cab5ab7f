"""What is written beside a row of somebody's CSV: a run's labels, or counts of a group of runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from ormprobe.report.excerpt import place
from ormprobe.runs.record import RunRecord
from ormprobe.tables.counts import Tally
from ormprobe.tables.paper import KEY, constraints_of
from ormprobe.tables.terms import CATEGORIES, UNDETERMINED, ending

Cells = tuple[str, ...]
Named = Mapping[str, str]
"""A row's cells by the names of their columns, in small letters and without blanks around."""

GROUPING = ("agent", "model", "runtime", "task", "date", "framework", "level")
ALIASES = {"n_constraints": "level"}
"""The paper's statistics call a level so."""
KNOWN = frozenset((*KEY, *GROUPING, *ALIASES, "granularity", "group"))


class No(Enum):
    """Why nothing is written beside a row."""

    MATCH = auto()
    ONE_MATCH = auto()


class Columns(Protocol):
    @property
    def names(self) -> Cells: ...

    def cells(self, row: Named) -> Cells | No: ...


def columns_for(header: Iterable[str], records: Iterable[RunRecord]) -> Columns | None:
    """A file with `task` and `run_id` has runs; one with other columns of a run's key has groups;
    None: one with neither."""
    names = frozenset(header)
    if names >= {"task", "run_id"}:
        return _Runs([name for name in KEY if name in names], "date" in names, records)
    by_group = names >= {"granularity", "group"}
    keys = [name for name in (*GROUPING, *ALIASES) if name in names]
    return _Groups(keys, by_group, records) if keys or by_group else None


class _Runs:
    """A run's labels. Runs that a file's columns do not tell apart are told apart by their date, if
    it has one; else none of them is taken."""

    names: Cells = (
        "ormprobe_status",
        "ormprobe_category",
        "ormprobe_subcategory",
        "ormprobe_cause",
        "ormprobe_certainty",
        "ormprobe_where",
        "ormprobe_reasoning",
    )

    def __init__(self, keys: Sequence[str], dated: bool, records: Iterable[RunRecord]) -> None:
        self._keys, self._dated = keys, dated
        self._cells: dict[Cells, dict[str, Cells | No]] = {}
        for record in records:
            key = tuple(getattr(record, name) or "" for name in keys)
            by_date = self._cells.setdefault(key, {})
            date = record.date or ""
            by_date[date] = No.ONE_MATCH if date in by_date else _labels(record)

    def cells(self, row: Named) -> Cells | No:
        key = tuple(row.get(name, "") for name in self._keys)
        by_date = self._cells.get(key)
        if by_date is None or not all(key):
            return No.MATCH
        if len(by_date) > 1 and self._dated:
            return by_date.get(row.get("date", ""), No.MATCH)
        return next(iter(by_date.values())) if len(by_date) == 1 else No.ONE_MATCH


def _labels(record: RunRecord) -> Cells:
    return (
        str(record.status or ending(record)),
        record.category or "",
        record.subcategory or "",
        record.cause or "",
        record.certainty or "",
        place(record.where) if record.where else "",
        record.reasoning or record.error or "",
    )


@dataclass(frozen=True, slots=True)
class _Member:
    """A run as a member of groups."""

    values: Cells
    groups: tuple[tuple[str, str], ...]
    record: RunRecord


class _Groups:
    """How many runs of a group ended how. A cell that is empty stands for any value."""

    names: Cells = (
        "ormprobe_runs",
        "ormprobe_passed",
        "ormprobe_failed",
        *(f"ormprobe_{name}" for name in (*CATEGORIES, UNDETERMINED)),
        "ormprobe_data_layer",
        "ormprobe_data_layer_with_state",
        "ormprobe_causes",
    )

    def __init__(self, keys: Sequence[str], by_group: bool, records: Iterable[RunRecord]) -> None:
        self._keys, self._by_group = keys, by_group
        self._members = [self._member(record) for record in records]
        self._tallies: dict[tuple[bool, ...], dict[tuple[object, ...], Tally]] = {}

    def _member(self, record: RunRecord) -> _Member:
        values = (getattr(record, ALIASES.get(name, name)) for name in self._keys)
        texts = tuple("" if value is None else str(value) for value in values)
        return _Member(texts, tuple(_groups(record)) if self._by_group else (), record)

    def cells(self, row: Named) -> Cells | No:
        values = tuple(row.get(name, "") for name in self._keys)
        group = (row.get("granularity", ""), row.get("group", "")) if self._by_group else None
        if not any(values) and group is None:
            return No.MATCH
        told = tuple(map(bool, values))
        if told not in self._tallies:
            self._tallies[told] = self._counted(told)
        tally = self._tallies[told].get((group, *filter(None, values)))
        return No.MATCH if tally is None else _numbers(tally)

    def _counted(self, told: tuple[bool, ...]) -> dict[tuple[object, ...], Tally]:
        """The runs by the columns in which rows of this form tell something."""
        tallies: dict[tuple[object, ...], Tally] = {}
        for member in self._members:
            values = [value for value, is_told in zip(member.values, told, strict=True) if is_told]
            for group in member.groups if self._by_group else (None,):
                tallies.setdefault((group, *values), Tally()).take(member.record)
        return tallies


def _groups(record: RunRecord) -> Iterable[tuple[str, str]]:
    """The groups of the paper's statistics that a run is in, as `granularity` and `group`."""
    yield "global", "all"
    for name in ("runtime", "framework", "task", "architecture", "database", "orm"):
        if value := getattr(record, name):
            yield name, value
    constraints = {record.architecture, record.database, record.orm, *_named(record)}
    for constraint in sorted(filter(None, constraints)):
        yield "constraint_type", constraint
        if record.framework:
            yield "framework_constraint", f"{record.framework}:{constraint}"


def _named(record: RunRecord) -> Iterable[str]:
    return constraints_of(record.task) if record.task else ()


def _numbers(tally: Tally) -> Cells:
    causes = sorted(tally.causes.items(), key=lambda item: (-item[1], item[0]))
    return (
        str(tally.runs),
        str(tally.passed),
        str(tally.failed),
        *(str(tally.categories[name]) for name in (*CATEGORIES, UNDETERMINED)),
        str(tally.data_layer),
        str(tally.data_layer_and_state),
        "; ".join(f"{name}: {number}" for name, number in causes),
    )
