"""The command line: parse, call, print."""

import io
import os
import sys
import traceback
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer
from rich.console import Console, RenderableType

import ormprobe
from ormprobe import config, launch, runner, streams
from ormprobe.document import Report, Status
from ormprobe.errors import OrmprobeError, UsageError
from ormprobe.expected import Expected
from ormprobe.ignoring import Ignored, patterns_of
from ormprobe.plan import Exercise
from ormprobe.progress import Progress

if TYPE_CHECKING:
    from ormprobe import reporting, triaging

INTERRUPTED = 130
WIDTH = 80  # of a text report that goes to a file
EXITS = """Exit status: 0 passed (hazards allowed, unless --strict); 1 something failed or is
defective, time-outs included; 2 the call was wrong; 3 the app could not be run, or nothing could
be observed; 130 after Ctrl-C, with the verdict of what was seen."""
TRIAGE_EXITS = """Exit status: 0 passed (hazards allowed, unless --strict); 1 something failed or is
defective, whatever the label; 2 the call was wrong; 3 the input could not be read, or held nothing
that can be judged. Of several paths: 1 if any failed, else 3 if any could not be read."""
SHOW_EXITS = """Exit status: 0, whatever the timeline tells; 2 the call was wrong; 3 the trace could
not be read."""
REPORT_EXITS = """Exit status: 0 the report is written; 2 the call was wrong; 3 no run could be
read; 130 after Ctrl-C, with the report of what was read."""

app = typer.Typer(
    name="ormprobe",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


class Values(StrEnum):
    HASHED = "hashed"
    PLAIN = "plain"
    OFF = "off"


class Shown(StrEnum):
    HASHED = "hashed"
    PLAIN = "plain"


class Orm(StrEnum):
    SQLALCHEMY = "sqlalchemy"
    DJANGO = "django"
    PEEWEE = "peewee"
    TORTOISE = "tortoise"


class Database(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    MARIADB = "mariadb"


@dataclass(frozen=True, slots=True)
class Judging:
    """What a call says of the verdict, beside how the app is run."""

    expected: Expected
    ignored: Ignored
    strict: bool

    def over(self, configured: config.Configuration) -> "Judging":
        """What the call says, and the configuration where it says nothing."""
        return Judging(
            self.expected.over(configured.expected),
            self.ignored.over(configured.ignored),
            self.strict or configured.strict,
        )


class Backend(StrEnum):
    PROCESSES = "processes"
    DASK = "dask"


class ExplainFormat(StrEnum):
    TEXT = "text"
    MD = "md"
    JSON = "json"


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"ormprobe {ormprobe.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Run a Python app, watch its ORM, and name the data-layer cause of its failure.

    `ormprobe trace ./app` runs it and says why it failed, and where;
    `ormprobe triage PATH` says why a finished run failed, from its log or what else it left;
    `ormprobe report RESULTS` labels the runs of a whole benchmark;
    `ormprobe show TRACE` prints what it did, statement by statement;
    `ormprobe explain CAUSE` says what a cause means and how it is fixed.
    """


@app.command(epilog=EXITS)
def trace(
    target: Annotated[
        Path, typer.Argument(metavar="APP", help="The app's folder, or one Python file.")
    ],
    command: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="COMMAND",
            help="After --: what to run, in APP. Left out: pytest, manage.py test, unittest, APP.",
        ),
    ] = None,
    serve: Annotated[
        str | None, typer.Option(metavar="CMD", help="Start this server; {port} is a free port.")
    ] = None,
    drive: Annotated[
        str | None, typer.Option(metavar="CMD", help="Run this against the server, then end it.")
    ] = None,
    ready: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Ready when this answers below 500. Left out: when the port accepts.",
        ),
    ] = None,
    setup: Annotated[
        str | None, typer.Option(metavar="CMD", help="Run this first, to make the schema, say.")
    ] = None,
    python: Annotated[
        str | None,
        typer.Option(
            metavar="PATH", help="The app's interpreter. Left out: APP's venv, $VIRTUAL_ENV, ours."
        ),
    ] = None,
    env: Annotated[
        list[str] | None, typer.Option(metavar="K=V", help="Set for the app. May be repeated.")
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(metavar="S", help="End the whole run after S seconds. Left out: 1800."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The trace folder, empty or absent. Left out: .ormprobe/"),
    ] = None,
    format: Annotated[Format, typer.Option(help="Of the report.")] = Format.TEXT,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the format there; the terminal gets text."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 for hazards too.")] = False,
    values: Annotated[
        Values | None,
        typer.Option(help="How values are stored: as digests (left out), plainly, or not at all."),
    ] = None,
    expect_orm: Annotated[
        Orm | None,
        typer.Option(help="The ORM that the app must use: going around it is orm-bypass."),
    ] = None,
    expect_database: Annotated[
        Database | None,
        typer.Option(help="The database that the app's statements must go to."),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CAUSE[@GLOB]",
            help="Leave out a cause, everywhere or where the file, file:function or Model.field "
            "matches. May be repeated.",
        ),
    ] = None,
) -> None:
    """Run the app under shims, say why it failed, and where.

    Its own tests, as they are found:  `ormprobe trace ./app`

    A command of yours, in APP:  `ormprobe trace ./app -- python -m pytest -x tests/api`

    A server and what exercises it:
    `ormprobe trace ./app --serve 'flask run -p {port}' --drive 'python drive.py {port}'`

    For a script:  `ormprobe trace ./app --format json --report verdict.json`
    """
    if timeout is not None and not timeout > 0:  # which "nan" is not either
        raise UsageError("--timeout must be above 0 seconds")
    _check_report(report)
    caller = Path.cwd()
    to_stdout = report is None and format is Format.JSON
    call = launch.Call(
        app=launch.locate(target, caller),
        exercise=Exercise(
            command=tuple(command or ()), serve=serve, drive=drive, ready=ready, setup=setup
        ),
        python=python,
        env=tuple(env or ()),
        timeout=timeout,
        values=values,
        output=output,
        stdout=sys.stderr.fileno() if to_stdout else None,
    )
    try:
        expected = Expected(orm=expect_orm, database=expect_database)
        judging = Judging(expected, Ignored(patterns_of(ignore or (), "--ignore")), strict)
        raise typer.Exit(_traced(call, caller, format, report, judging))
    except KeyboardInterrupt:
        # Only outside the run itself, which notes Ctrl-C and is judged all the same.
        typer.echo("ormprobe: interrupted, there is no verdict", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _traced(
    call: launch.Call,
    caller: Path,
    format: Format,
    report: Path | None,
    judging: Judging,
) -> int:
    """Runs, judges and prints. The exit status."""
    configured = config.load(call.app.parent if call.app.is_file() else call.app)
    judging = judging.over(configured)
    progress = Progress(_console(sys.stderr))
    prepared = launch.prepare(call, configured, caller, sys.executable)
    progress.say(prepared.plan.sentence)
    sys.stdout.flush()
    result = runner.run(prepared, progress)
    for note in result.notes:
        typer.echo(f"ormprobe: {note}", err=True)
    with progress.busy("judging the trace"):
        judged = _diagnose(prepared, judging)
    _publish(judged, prepared, format, report)
    return exit_status(judged, result, judging.strict)


def exit_status(report: Report, result: runner.Result, strict: bool) -> int:
    """0, 1, 3 or 130, as the epilog says."""
    status = report.verdict.status
    if result.ended == "interrupt":
        return INTERRUPTED
    if result.ended == "timeout":
        return 1
    if status is Status.UNOBSERVED:
        return 3
    if status is not Status.PASSED or result.exit_code != 0:
        return 1
    return int(strict and bool(report.labels))


@app.command("triage", epilog=TRIAGE_EXITS)
def triage_(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...",
            help="A trace's folder, a benchmark run's folder, a log, JUnit XML or the output of "
            "pytest or unittest; - for standard input.",
        ),
    ],
    format: Annotated[
        Format, typer.Option(help="Of the report. Several paths with json: an object a line.")
    ] = Format.TEXT,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the format there; the terminal gets text."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 for hazards too.")] = False,
    values: Annotated[
        Shown, typer.Option(help="Words of a log that may be a user's: as digests, or plainly.")
    ] = Shown.HASHED,
    expect_orm: Annotated[Orm | None, typer.Option(help="The ORM that the app must use.")] = None,
    expect_database: Annotated[
        Database | None, typer.Option(help="The database that the app must use.")
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CAUSE[@GLOB]",
            help="Leave out a cause, everywhere or where the file, file:function or Model.field "
            "matches. May be repeated.",
        ),
    ] = None,
) -> None:
    """Say why a finished run failed, from what it left behind.

    A trace, or one run of a benchmark:  `ormprobe triage results/.../run_0`

    A log, as it is or through a pipe:  `docker logs web 2>&1 | ormprobe triage -`

    A test report:  `ormprobe triage junit.xml --format json`
    """
    from ormprobe import triaging
    from ormprobe.triage.options import Options

    _check_report(report)
    options = Options(
        expected=Expected(orm=expect_orm, database=expect_database),
        ignored=Ignored(patterns_of(ignore or (), "--ignore")),
        values=values,
    )
    progress = Progress(_console(sys.stderr))
    found: list[triaging.Triaged] = []
    for path in paths:
        with progress.busy(f"reading {path}"):
            found.append(triaging.judge(path, options))
        if found[-1].refusal is not None:
            typer.echo(f"ormprobe: {found[-1].refusal}", err=True)
    if any(each.report is not None for each in found):
        _publish_triaged(found, format, report)
    raise typer.Exit(triaging.exit_status(found, strict))


def _publish_triaged(found: "list[triaging.Triaged]", format: Format, file: Path | None) -> None:
    from ormprobe import triaging
    from ormprobe.report import text

    if format is Format.JSON and file is None:
        _say(triaging.documents(found))
        return
    page = triaging.page(found)
    _print(page)
    if file and format is Format.JSON:
        _write(file, triaging.documents(found))
    elif file:
        _write(file, text.show(page, _plain()))


@app.command("report", epilog=REPORT_EXITS)
def report_(
    results: Annotated[
        Path | None, typer.Argument(metavar="RESULTS", help="The folder of a benchmark's runs.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Where the report goes. What it holds of these runs is kept."
        ),
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option(
            metavar="GLOB",
            help="Where run folders lie below RESULTS, as `{model}/*/{run_id}`. Left out: found.",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Runs that are read at once. Left out: one a core."),
    ] = None,
    backend: Annotated[
        Backend, typer.Option(help="Where runs are read: here, or by the workers of a cluster.")
    ] = Backend.PROCESSES,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="The cluster's, as tcp://host:8786.")
    ] = None,
    update_csv: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="Write the labels into this table's rows too. May be repeated."
        ),
    ] = None,
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="A B",
            help="Compare two reports instead, each a DIR; or `model=A` and `model=B` (any key) "
            "within the one of --output.",
        ),
    ] = None,
    format: Annotated[
        ExplainFormat | None, typer.Option(help="Of a comparison. Left out: text.")
    ] = None,
) -> None:
    """Label every run of a benchmark, and write its tables.

    The paper's layout is found by itself:  `ormprobe report results --output report`

    The same call again reads only the runs that are new, have changed or could not be read.

    What has changed between two reports:  `ormprobe report --compare before after`
    """
    from ormprobe import reporting

    if compare is not None:
        if results or layout or jobs or scheduler or update_csv:
            raise UsageError("--compare takes no RESULTS, and no options but --output and --format")
        _say_or_print(reporting.compared(compare, output, format or ExplainFormat.TEXT))
        return
    if results is None:
        raise UsageError("RESULTS is missing; or --compare A B")
    if output is None:
        raise UsageError("--output DIR is missing: where the report goes")
    if format is not None:
        raise UsageError("--format is for --compare; a report is written in every format")
    if (scheduler is None) is (backend is Backend.DASK):
        raise UsageError("--backend dask and --scheduler ADDRESS need each other")
    call = reporting.Call(
        results=results,
        output=output,
        layout=layout,
        jobs=jobs,
        scheduler=scheduler,
        tables=tuple(update_csv or ()),
    )
    try:
        raise typer.Exit(_reported(call))
    except KeyboardInterrupt:
        # Only outside the labelling itself, which notes Ctrl-C and is reported all the same.
        typer.echo("ormprobe: interrupted; the same call again goes on", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _reported(call: "reporting.Call") -> int:
    """Labels, writes and prints. The exit status."""
    from ormprobe import reporting

    reporting.check(call)
    problems: list[str] = []
    done = reporting.label(call, _console(sys.stderr), problems)
    _print(reporting.tables(done))
    said = (problems, reporting.told(done, call.output), reporting.update_tables(call, done))
    for sentence in chain.from_iterable(said):
        typer.echo(f"ormprobe: {sentence}", err=True)
    if done.interrupted:
        return INTERRUPTED
    return 0 if len(done.broken) < len(done.records) else OrmprobeError.exit_status


@app.command()
def explain(
    cause: Annotated[
        str | None, typer.Argument(metavar="[CAUSE]", help="Its name. Left out: all names.")
    ] = None,
    format: Annotated[ExplainFormat, typer.Option(help="Of the page.")] = ExplainFormat.TEXT,
    all_: Annotated[bool, typer.Option("--all", help="Every cause in full.")] = False,
) -> None:
    """Say what a cause is: definition, evidence, look-alikes, example, fix for each ORM.

    The names of all causes:  `ormprobe explain`

    One of them:  `ormprobe explain uncommitted-write`

    All of them, as a document:  `ormprobe explain --all --format md`
    """
    from ormprobe.report import explain as pages
    from ormprobe_taxonomy.causes import CAUSES

    chosen = tuple(each for each in CAUSES if cause in (None, each.id))
    if not chosen:
        raise UsageError(f"there is no cause {cause}{_nearest(cause, [c.id for c in CAUSES])}")
    if format is ExplainFormat.MD:
        _say(pages.markdown(chosen))
    elif format is ExplainFormat.JSON:
        _say(pages.document(chosen))
    elif cause is None and not all_:
        _print(pages.index(chosen))
    else:
        for number, each in enumerate(chosen):
            if number:
                typer.echo()
            _print(pages.page(each))


@app.command(epilog=SHOW_EXITS)
def show(
    trace: Annotated[Path, typer.Argument(metavar="TRACE", help="The folder of a trace.")],
    scope: Annotated[
        str | None,
        typer.Option(
            metavar="GLOB|ID",
            help="Only tests, requests and processes whose name or route matches, or that hold "
            "this event.",
        ),
    ] = None,
    failed: Annotated[
        bool, typer.Option("--failed", help="Only what failed, or was answered 5xx.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Stop after N tests or processes.")
    ] = None,
    format: Annotated[Format, typer.Option(help="Of the timeline.")] = Format.TEXT,
) -> None:
    """Print the timeline of a trace: its scopes, their statements, loads, transactions, errors.

    What the failed tests did:  `ormprobe show .ormprobe/last --failed`

    One test, or one route:  `ormprobe show TRACE --scope '*test_favorites*'`

    What an event of a verdict's evidence is part of:  `ormprobe show TRACE --scope 4812-1:210`

    A bind in braces is where its value came from: `{query.author}` an input of the request,
    `{:210 id}` the column of rows that the statement of event 210 returned. `str12:3fa2` is a
    string of 12 characters whose digest begins so.
    """
    from ormprobe.report.timeline.showing import Timeline, Wanted

    timeline = Timeline(trace, Wanted(scope=scope, failed=failed, limit=limit))
    parts = timeline.json() if format is Format.JSON else timeline.text(_console(sys.stdout))
    for part in parts:
        _say(part)


def main() -> None:
    """Runs the command line. Every error is one sentence and an exit status."""
    streams.open_closed()
    try:
        app()
    except OrmprobeError as error:
        typer.echo(f"ormprobe: {error}", err=True)
        sys.exit(error.exit_status)
    except Exception as error:
        # Status 1 would say that the app failed, when it is ormprobe that did.
        if os.environ.get("ORMPROBE_DEBUG"):
            raise
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(frame.filename).name}:{frame.lineno}"
        kind = type(error).__name__
        typer.echo(f"ormprobe: a fault of ormprobe itself: {kind} at {where}: {error}", err=True)
        typer.echo("ormprobe: ORMPROBE_DEBUG=1 shows its traceback", err=True)
        sys.exit(OrmprobeError.exit_status)


def _diagnose(prepared: runner.Launch, judging: Judging) -> Report:
    # Judging needs sqlglot: a call that never gets here must not wait for it.
    from ormprobe.pipeline import diagnose

    return diagnose(prepared.trace, prepared.folder, judging.expected, judging.ignored)


def _publish(judged: Report, prepared: runner.Launch, format: Format, file: Path | None) -> None:
    from ormprobe.report import json, text

    if format is Format.JSON and file is None:
        _say(json.render(judged))
        typer.echo(f"ormprobe: the trace is in {prepared.trace}", err=True)
        return
    page = text.render(judged, prepared.folder, prepared.trace)
    if sys.stdout.isatty():
        typer.echo()  # a person's eye parts the app's output from the verdict
    _print(page)
    if file and format is Format.JSON:
        _write(file, json.render(judged))
    elif file:
        _write(file, text.show(page, _plain()))


def _plain() -> Console:
    """Paper for a file: no colour, one width."""
    return Console(file=io.StringIO(), width=WIDTH, highlight=False, color_system=None)


def _check_report(file: Path | None) -> None:
    if file and not file.absolute().parent.is_dir():
        raise UsageError(f"--report {file}: there is no folder {file.parent}")
    if file and file.is_dir():
        raise UsageError(f"--report {file} is a folder, not a file")


def _write(file: Path, content: str) -> None:
    try:
        file.write_text(content, encoding="utf-8")
    except OSError as error:
        raise OrmprobeError(f"cannot write {file}: {error.strerror}") from None


def _console(stream: TextIO) -> Console:
    # Said outright, or FORCE_COLOR would put colour and progress into files and pipes.
    return Console(file=stream, force_terminal=stream.isatty(), highlight=False)


def _print(page: RenderableType) -> None:
    from ormprobe.report import text

    with streams.told():
        typer.echo(text.show(page, _console(sys.stdout)), nl=False)


def _say_or_print(page: str | RenderableType) -> None:
    if isinstance(page, str):
        _say(page)
    else:
        _print(page)


def _say(content: str) -> None:
    with streams.told():
        typer.echo(content, nl=False)


def _nearest(word: str | None, known: list[str]) -> str:
    import difflib

    near = difflib.get_close_matches(word or "", known, 1)
    return f"; did you mean {near[0]}?" if near else "; `ormprobe explain` lists them"
