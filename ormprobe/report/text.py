"""The report for a person at a terminal: the verdict first, then what proves it."""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ormprobe.document import (
    Evidence,
    Label,
    Outcome,
    OutcomeStatus,
    Report,
    RunInfo,
    Severity,
    Status,
)
from ormprobe.report.excerpt import excerpt, place, printable

MOST = 5  # outcomes, and other labels, shown before the rest is counted
LONGEST = 100  # characters of an outcome's message; the app's own output has the rest
STYLES = {
    Status.PASSED: "bold green",
    Status.DEFECTIVE: "bold yellow",
    Status.FAILED: "bold red",
    Status.NOT_DATA_LAYER: "bold magenta",
    Status.UNDETERMINED: "bold magenta",
    Status.UNOBSERVED: "bold yellow",
}
BAD = (
    OutcomeStatus.FAILED,
    OutcomeStatus.ERROR,
    OutcomeStatus.TIMEOUT,
    OutcomeStatus.INTERRUPTED,
)
Row = tuple[str, RenderableType]
_EVENT = re.compile(r"\d+-\d+:\d+")
"""An event of a trace; other evidence is a line of a named file."""


def render(report: Report, folder: Path, trace: Path | None = None) -> RenderableType:
    """The whole report. `folder` is the app's, where `where.file` is looked up."""
    primary = _primary(report)
    others = [
        label
        for label in report.labels
        if label is not primary and not (primary and primary.id in label.caused_by)
    ]
    parts: list[RenderableType] = [_headline(report), Text()]
    rows = list(_label_rows(report, primary, folder)) if primary else []
    rows += list(_unexplained_rows(report, primary))
    if rows:
        parts += [_grid(rows), Text()]
    for severity in (Severity.FAILURE, Severity.DEFECT, Severity.HAZARD):
        if found := [label for label in others if label.severity is severity]:
            parts += [*_others(severity, found), Text()]
    parts.append(_grid(list(_closing_rows(report, trace))))
    return Group(*parts)


def show(page: RenderableType, console: Console) -> str:
    """The page as the console would print it, without the blanks that fill its lines."""
    with console.capture() as captured:
        console.print(page, crop=False)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().split("\n")[:-1])


def _primary(report: Report) -> Label | None:
    wanted = report.verdict.primary.label if report.verdict.primary else None
    return next((label for label in report.labels if label.id == wanted), None)


def _headline(report: Report) -> Text:
    status = report.verdict.status
    headline = Text(status.value.replace("-", " ").upper(), style=STYLES[status])
    return headline.append("  ").append(_says(report), style="bold")


def _says(report: Report) -> str:
    """What the verdict says, in a few words, without its status."""
    primary = report.verdict.primary
    match report.verdict.status:
        case Status.PASSED:
            hazards = sum(label.severity is Severity.HAZARD for label in report.labels)
            return "nothing failed" + (f"; {_count(hazards, 'hazard')}" if hazards else "")
        case Status.UNDETERMINED:
            return "something failed, and no cause is proven"
        case Status.UNOBSERVED:
            notes = report.run.notes
            return printable(notes[0]) if notes else "nothing of the app could be observed"
        case Status.NOT_DATA_LAYER:
            named = (primary.subcategory or primary.category) if primary else None
            return named or "what failed was not the data layer"
        case _:
            if primary is None:
                return "a declared constraint is violated"
            name = primary.cause or primary.subcategory or primary.category or "unnamed"
            variant = f" ({primary.variant})" if primary.variant else ""
            certainty = f", {primary.certainty}" if primary.certainty else ""
            return f"{name}{variant}{certainty}"


def _label_rows(report: Report, label: Label, folder: Path) -> Iterator[Row]:
    if label.where:
        code = [Padding(line, (0, 0, 0, 2)) for line in excerpt(label.where, folder)]
        gap = [Text()] if code else []
        where = Text(place(label.where), style="cyan", overflow="fold")
        yield "where", Group(where, *gap, *code, *gap)
    if label.evidence:
        yield "why", Group(*(_evidence(evidence) for evidence in label.evidence))
    explained = [outcome for outcome in report.outcomes if outcome.id in label.explains]
    if explained:
        yield "explains", _outcomes(explained)
    if effects := [other for other in report.labels if label.id in other.caused_by]:
        yield "leads to", Group(*(Text(_short(effect)) for effect in effects))
    if causes := [other for other in report.labels if other.id in label.caused_by]:
        yield "caused by", Group(*(Text(_short(cause)) for cause in causes))
    if label.fix:
        yield "fix", Text(printable(label.fix), style="green")


def _unexplained_rows(report: Report, primary: Label | None) -> Iterator[Row]:
    """What failed that no label explains, and what could not be decided on."""
    explained = {identity for label in report.labels for identity in label.explains}
    if bad := [o for o in report.outcomes if o.status in BAD and o.id not in explained]:
        yield ("also failed" if primary else "failed"), _outcomes(bad)
    for candidate in report.verdict.candidates:
        share = "" if candidate.confidence is None else f" ({candidate.confidence:.0%})"
        needs = f": needs {printable(candidate.needs)}" if candidate.needs else ""
        yield "perhaps", Text(f"{candidate.cause}{share}{needs}")


def _evidence(evidence: Evidence) -> Text:
    text = Text(printable(evidence.says))
    if evidence.events:
        numbers = ", ".join(evidence.events[:MOST])
        more = ", ..." if len(evidence.events) > MOST else ""
        word = "event" if len(evidence.events) == 1 else "events"
        named = f"{word} {numbers}" if _EVENT.fullmatch(evidence.events[0]) else numbers
        text.append(f" [{named}{more}]", style="dim")
    return text


def _outcomes(outcomes: Sequence[Outcome]) -> Group:
    lines: list[Text] = []
    for outcome in outcomes[:MOST]:
        name = printable(outcome.name)
        line = Text(f"{outcome.kind} {name}", overflow="fold").append(f" {outcome.status}", "red")
        if outcome.message:
            line.append(f": {_first_line(outcome.message)}", style="dim")
        lines.append(line)
    if len(outcomes) > MOST:
        lines.append(Text(f"and {len(outcomes) - MOST} more", style="dim"))
    return Group(*lines)


def _first_line(message: str) -> str:
    line = printable(message).strip().partition("\n")[0]
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}..."


def _others(severity: Severity, labels: Sequence[Label]) -> Iterator[RenderableType]:
    yield Text(_count(len(labels), f"other {severity}" if severity != "hazard" else "hazard"))
    for label in labels[:MOST]:
        yield Padding(Text(_short(label), overflow="fold"), (0, 0, 0, 2))
        if label.evidence:
            yield Padding(_evidence(label.evidence[0]), (0, 0, 0, 4))
    if len(labels) > MOST:
        yield Padding(Text(f"and {len(labels) - MOST} more", style="dim"), (0, 0, 0, 2))


def _short(label: Label) -> str:
    name = label.cause or label.subcategory or label.category or label.id
    at = f" at {place(label.where)}" if label.where else ""
    return f"{name}{f', {label.certainty}' if label.certainty else ''}{at}"


def _closing_rows(report: Report, trace: Path | None) -> Iterator[Row]:
    if report.run.command:
        how = "" if report.run.exit_code is None else f" (exit status {report.run.exit_code})"
        ran = printable(_command(report.run.command))
        yield "ran", Text(f"{ran}{how}", style="dim", overflow="fold")
    yield "seen", Text(_seen(report.run), style="dim")
    if expected := _expected(report):
        yield "expected", Text(printable(expected), style="dim")
    unobserved = report.verdict.status is Status.UNOBSERVED
    for note in report.run.notes[1:] if unobserved else report.run.notes:
        yield "note", Text(printable(note), style="dim")
    if trace:
        yield "trace", Text(_near(trace), style="dim", overflow="fold")
    if report.verdict.primary and report.verdict.primary.cause:
        yield "next", Text(f"ormprobe explain {report.verdict.primary.cause}", style="dim")


def _expected(report: Report) -> str:
    """What was declared of the data layer, beside what was seen."""
    orm, database = report.constraints.orm, report.constraints.database
    parts: list[str] = []
    if orm.declared:
        share = orm.share_through_orm
        through = "no statement on data was seen" if share is None else f"{share:.0%} through it"
        parts.append(f"{orm.declared}: {through}")
    if database.declared:
        parts.append(f"{database.declared}: {database.observed or 'none'} was used")
    return "; ".join(parts)


def _command(words: Sequence[str]) -> str:
    """A command as one would type it: the app's own programs by their names."""
    return shlex.join([PurePath(words[0]).name, *words[1:]])


def _near(path: Path) -> str:
    """A path relative to the working directory where it lies in it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def _seen(run: RunInfo) -> str:
    counts = run.counts
    parts = [
        _count(number, word)
        for number, word in (
            (counts.tests, "test"),
            (counts.requests, "request"),
            (counts.statements, "statement"),
            (counts.errors, "error"),
            (counts.events, "event"),
        )
        if number
    ]
    if counts.malformed_lines:
        parts.append(f"{_count(counts.malformed_lines, 'line')} unreadable")
    parts += [f"{library.name} {library.version or ''}".rstrip() for library in run.libraries]
    parts += [f"Python {run.python}"] if run.python else []
    parts += [f"{run.duration_s:.1f} s"] if run.duration_s is not None else []
    return printable(", ".join(parts)) or "nothing"


def _count(number: int, word: str) -> str:
    plural = f"{word}es" if word.endswith("s") else f"{word}s"
    return f"{number} {word if number == 1 else plural}"


def _grid(rows: Sequence[Row]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", justify="left", no_wrap=True, min_width=8)
    grid.add_column(ratio=1)
    shown = ""
    for name, content in rows:
        grid.add_row("" if name == shown else name, content)
        shown = name
    return grid
