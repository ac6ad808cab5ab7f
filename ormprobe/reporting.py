"""From the options of one call of `report` to labels, tables and files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType

from ormprobe.errors import OrmprobeError, UnreadableError, UsageError

if TYPE_CHECKING:
    from ormprobe.runs.benchmark import Labelled
    from ormprobe.runs.spread import Place

MOST_LISTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The options of `report RESULTS`, as given. None where not given.

    scheduler: a Dask cluster's address, where the work is to be done there. tables: CSV files that
    the labels are written back into.
    """

    results: Path
    output: Path
    layout: str | None = None
    jobs: int | None = None
    scheduler: str | None = None
    tables: tuple[Path, ...] = ()


def check(call: Call) -> None:
    """Raises UsageError for what can be known to be wrong before hours of work."""
    if not call.results.exists():
        raise UsageError(f"there are no results at {call.results}")
    if not call.results.is_dir():
        raise UsageError(f"{call.results} is not a folder")
    if call.output.exists() and not call.output.is_dir():
        raise UsageError(f"--output {call.output} is a file, not a folder")
    for table in call.tables:
        if not table.is_file():
            raise UsageError(f"--update-csv {table}: there is no such file")


def label(call: Call, console: Console, problems: list[str]) -> Labelled:
    """Labels the runs and writes the report's files.

    console: where progress is shown. problems: gets a sentence for each folder that could not be
    looked into. Raises UnreadableError where there are no runs.
    """
    from ormprobe.runs.benchmark import label_runs
    from ormprobe.runs.guarded import run_of
    from ormprobe.runs.labelling import label_run
    from ormprobe.runs.layout import find_runs
    from ormprobe.runs.watching import Bar
    from ormprobe.tables.writing import write_report

    results = call.results.absolute()  # links as they are: their names are parts of the key
    found = find_runs(results, call.layout, problems)
    runs = [run_of(results, folder, key) for folder, key in found]
    if not runs:
        raise UnreadableError(f"found no runs in {call.results}")
    with Bar(console) as bar:
        done = label_runs(
            runs,
            label_run,
            call.output,
            place=lambda: _place(call, results),
            seen=bar.seen,
            begin=bar.begin,
        )
    write_report(done.records, call.output)
    return done


def update_tables(call: Call, done: Labelled) -> Iterator[str]:
    """Joins the labels to the CSV files of the call: a sentence for each that was written.

    Raises what was wrong with the others, once all were tried.
    """
    from ormprobe.tables.joining import update_csv

    errors: list[OrmprobeError] = []
    for table in call.tables:
        if done.interrupted:
            yield f"{table} stays as it was, until all runs are labelled"
            continue
        try:
            yield str(update_csv(table, done.records))
        except OrmprobeError as error:
            errors.append(error)
    if errors:
        raise type(errors[0])("; ".join(str(error).rstrip(".") for error in errors))


def tables(done: Labelled) -> RenderableType:
    """The tables of the runs, for a terminal."""
    from ormprobe.tables.as_text import render_tables

    return render_tables(done.records)


def compared(sides: tuple[str, str], within: Path | None, form: str) -> RenderableType:
    """What changed between two reports, as `text`, `md` or `json`; of the last two, a string."""
    from ormprobe.tables import comparing, comparing_text
    from ormprobe.tables.sides import compare_sides

    comparison = compare_sides(*sides, within)
    if form == "json":
        return comparing.as_json(comparison)
    if form == "md":
        return comparing_text.as_markdown(comparison)
    return comparing_text.render(comparison)


def told(done: Labelled, output: Path) -> Iterator[str]:
    """What a person is told at the end: how many runs came out how, and what broke."""
    from ormprobe.report.excerpt import printable

    broken = done.broken
    if done.interrupted:
        left = done.total - done.read - done.kept
        yield f"interrupted with {left} runs left; the same call again goes on with them"
    parts = [f"{done.read} read"]
    if done.kept:
        parts.append(f"{done.kept} finished before")
    if broken:
        parts.append(f"{len(broken)} broken")
    runs = "1 run" if done.total == 1 else f"{done.total} runs"
    yield f"{runs}: {', '.join(parts)}"
    for each in broken[:MOST_LISTED]:
        yield printable(f"{each.path}: {each.error}")
    if len(broken) > MOST_LISTED:
        yield f"and {len(broken) - MOST_LISTED} more, with an `error` in labels.jsonl"
    yield f"the report is in {output}"


def _place(call: Call, results: Path) -> Place:
    if call.scheduler is not None:
        from ormprobe.runs.cluster import Cluster

        return Cluster(call.scheduler, results, call.jobs)
    from ormprobe.runs.spread import Processes

    return Processes(call.jobs)
