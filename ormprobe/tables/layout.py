"""The tables of a report, as text is made of them: names, counts and what they are a share of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ormprobe.tables.counts import Counts, Groups, Tally, names_of
from ormprobe.tables.terms import (
    CATEGORIES,
    DATA_LAYER,
    NO_CAUSE,
    SUBCATEGORIES,
    UNDETERMINED,
    UNKNOWN,
    Ending,
    in_order,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A count. `of`: what it is a share of, None for a plain count."""

    count: int
    of: int | None = None

    @property
    def share(self) -> float | None:
        return self.count / self.of if self.of else None

    def __str__(self) -> str:
        return str(self.count) if self.share is None else f"{self.count} ({self.share:.1%})"


@dataclass(frozen=True, slots=True)
class Row:
    """`name` is a word of the taxonomy or a heading; a heading has no cells."""

    name: str
    cells: tuple[Cell, ...] = ()
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`slug` is its name for programs; `note` says what the shares are of."""

    slug: str
    title: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""


Column = tuple[str, Tally]
Number = Callable[[Tally], int]


def tables(counts: Counts) -> list[Table]:
    """Every table that has something to say, the paper's Table 4 after the count of runs."""
    if not counts.all.failed:
        return [_runs("runs", "Runs per model", _models(counts))]
    made = [
        _runs("runs", "Runs per model", _models(counts)),
        _failures("failures-per-model", "Failures per model", _models(counts)),
    ]
    frameworks, levels = "Causes per framework", "Causes per constraint level"
    if len(counts.runtimes) > 1:
        runtimes = {name: groups.all for name, groups in counts.runtimes.items()}
        columns = _columns(runtimes, counts.all)
        made.append(_failures("failures-per-runtime", "Failures per runtime", columns))
    made.append(
        _causes("causes-per-framework", frameworks, _columns(counts.frameworks, counts.all))
    )
    made.append(_causes("causes-per-level", levels, _columns(counts.levels, counts.all)))
    if len(counts.runtimes) > 1:
        for name, groups in sorted(counts.runtimes.items()):
            if groups.all.failed:
                title = f"Failures per model: {name}"
                made.append(_failures(f"failures-per-model-{name}", title, _models(groups)))
                columns = _columns(groups.levels, groups.all)
                made.append(_causes(f"causes-per-level-{name}", f"{levels}: {name}", columns))
    return made


def _models(groups: Groups) -> list[Column]:
    models, total = groups.models, groups.all
    names = names_of(models)
    ordered = sorted(models, key=lambda model: (model[1] == UNKNOWN, model))
    columns = [(names[model], models[model]) for model in ordered]
    return columns if len(columns) == 1 else [*columns, ("all", total)]


def _columns(groups: dict[str, Tally], total: Tally) -> list[Column]:
    columns = sorted(groups.items(), key=lambda item: (item[0] == UNKNOWN, item[0]))
    return columns if len(columns) == 1 else [*columns, ("all", total)]


def _runs(slug: str, title: str, columns: Sequence[Column]) -> Table:
    rows = [
        _row("runs", columns, lambda tally: tally.runs, None, strong=True),
        _row("passed", columns, lambda tally: tally.passed, lambda tally: tally.runs),
        _row("failed", columns, lambda tally: tally.failed, lambda tally: tally.runs),
    ]
    for how in (Ending.DEFECTIVE, Ending.UNOBSERVED, Ending.UNREADABLE):
        if any(tally.endings[how] for _, tally in columns):
            rows.append(_row(how, columns, _of_ending(how), lambda tally: tally.runs))
    note = "Shares are of all runs."
    if any(tally.endings[Ending.DEFECTIVE] for _, tally in columns):
        note += " A defective run passed, though a defect in it is certain."
    return Table(slug, title, "", _names(columns), tuple(rows), note)


def _of_ending(how: Ending) -> Number:
    return lambda tally: tally.endings[how]


def _failures(slug: str, title: str, columns: Sequence[Column]) -> Table:
    """The paper's Table 4: categories, then what the logic errors are, then the data layer."""
    rows = [
        _row("failed runs", columns, lambda tally: tally.failed, None, strong=True),
        *_named(columns, lambda tally: tally.categories, CATEGORIES, lambda tally: tally.failed),
        _row("logic errors", columns, lambda tally: tally.logic_errors, None, strong=True),
        *_named(
            columns,
            lambda tally: tally.subcategories,
            SUBCATEGORIES,
            lambda tally: tally.logic_errors,
        ),
        *_data_layer(columns),
    ]
    note = (
        "Categories are shares of the failed runs, all below of the logic errors."
        f" Data layer: {' and '.join(DATA_LAYER)}; with state: state_propagation_failure too."
    )
    return Table(slug, title, "", _names(columns), tuple(rows), note)


def _data_layer(columns: Sequence[Column]) -> list[Row]:
    return [
        _row(
            "data layer",
            columns,
            lambda tally: tally.data_layer,
            lambda tally: tally.logic_errors,
            strong=True,
        ),
        _row(
            "data layer with state",
            columns,
            lambda tally: tally.data_layer_and_state,
            lambda tally: tally.logic_errors,
            strong=True,
        ),
    ]


def _causes(slug: str, title: str, columns: Sequence[Column]) -> Table:
    total = columns[-1][1]
    names = [name for name, _ in sorted(total.causes.items(), key=lambda item: (-item[1], item[0]))]
    rows = [
        _row("failed runs", columns, lambda tally: tally.failed, None, strong=True),
        *(_row(name, columns, _of_cause(name), lambda tally: tally.failed) for name in names),
        _row(
            NO_CAUSE,
            columns,
            lambda tally: tally.failed - tally.causes.total(),
            lambda tally: tally.failed,
        ),
        _row("logic errors", columns, lambda tally: tally.logic_errors, None, strong=True),
        *_data_layer(columns),
    ]
    note = "Causes are shares of the failed runs, the data layer's of the logic errors."
    return Table(slug, title, "", _names(columns), tuple(rows), note)


def _of_cause(name: str) -> Number:
    return lambda tally: tally.causes[name]


def _named(
    columns: Sequence[Column],
    counter: Callable[[Tally], dict[str, int]],
    known: tuple[str, ...],
    of: Number,
) -> Iterable[Row]:
    """A row for each word: `other` and `undetermined` only where they were seen."""
    seen = {name for _, tally in columns for name, number in counter(tally).items() if number}
    for name in in_order(seen, known):
        if name in seen or name not in ("other", UNDETERMINED):
            cells = tuple(Cell(counter(tally).get(name, 0), of(tally)) for _, tally in columns)
            yield Row(name, cells)


def _row(
    name: str, columns: Sequence[Column], number: Number, of: Number | None, strong: bool = False
) -> Row:
    cells = tuple(Cell(number(tally), of(tally) if of else None) for _, tally in columns)
    return Row(name, cells, strong)


def _names(columns: Sequence[Column]) -> tuple[str, ...]:
    return tuple(name for name, _ in columns)
