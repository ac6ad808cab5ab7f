"""The command line as a contract: what is printed where, and the exit status."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import ormprobe
from ormprobe import cli
from ormprobe.document import (
    Label,
    Report,
    RunInfo,
    Severity,
    Status,
    Verdict,
)
from ormprobe.errors import OrmprobeError, UnreadableError
from ormprobe.expected import Expected
from ormprobe_taxonomy.causes import CAUSES

HAZARD = Label(id="L1", cause="n-plus-one-queries", severity=Severity.HAZARD)
ROOT = Path(cli.__file__).parents[1]


def judged(status: Status, *labels: Label) -> Report:
    notes = ("nothing was exercised",) if status is Status.UNOBSERVED else ()
    return Report(
        ormprobe="0", run=RunInfo(notes=notes), verdict=Verdict(status=status), labels=labels
    )


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An app that is one script; the caller stands beside it."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "__main__.py").write_text("print('the app ran')\n")
    return folder


@pytest.fixture
def verdict(monkeypatch: pytest.MonkeyPatch) -> list[Report]:
    """What the judge says: the last one put in. The judge has tests of its own."""
    said = [judged(Status.PASSED)]
    monkeypatch.setattr(cli, "_diagnose", lambda prepared, expected: said[-1])
    return said


def call(*words: str) -> Result:
    return CliRunner().invoke(cli.app, list(words), prog_name="ormprobe")


@pytest.mark.parametrize(
    ("status", "labels", "options", "expected"),
    [
        (Status.PASSED, (), (), 0),
        (Status.PASSED, (HAZARD,), (), 0),
        (Status.PASSED, (HAZARD,), ("--strict",), 1),
        (Status.PASSED, (), ("--strict",), 0),
        (Status.DEFECTIVE, (), (), 1),
        (Status.FAILED, (), (), 1),
        (Status.NOT_DATA_LAYER, (), (), 1),
        (Status.UNDETERMINED, (), (), 1),
        (Status.UNOBSERVED, (), (), 3),
    ],
)
def test_exit_status_of_each_verdict(
    app: Path,
    verdict: list[Report],
    status: Status,
    labels: tuple[Label, ...],
    options: tuple[str, ...],
    expected: int,
) -> None:
    verdict.append(judged(status, *labels))

    assert call("trace", "app", *options).exit_code == expected


def test_app_that_failed_never_passes(app: Path, verdict: list[Report]) -> None:
    assert call("trace", "app", "--", "python", "-c", "raise SystemExit(4)").exit_code == 1
    assert call("trace", "app", "--timeout", "0.5", "--", "sleep", "30").exit_code == 1


def test_strict_may_be_configured(app: Path, verdict: list[Report]) -> None:
    (app / "ormprobe.toml").write_text("strict = true\n")
    verdict.append(judged(Status.PASSED, HAZARD))

    assert call("trace", "app").exit_code == 1


@pytest.mark.parametrize(
    ("words", "expected", "says"),
    [
        (("nowhere",), 2, "there is no app at nowhere"),
        (("app", "--env", "A"), 2, "--env needs NAME=VALUE"),
        (("app", "--timeout", "0"), 2, "--timeout must be above 0"),
        (("app", "--timeout", "-1"), 2, "--timeout must be above 0"),
        (("app", "--timeout", "nan"), 2, "--timeout must be above 0"),
        (("app", "--report", "app"), 2, "--report app is a folder, not a file"),
        (("app", "--output", "app"), 2, "is not an empty folder"),
        (("app", "--report", "no/such/r.json"), 2, "there is no folder no/such"),
        (("app", "--drive", "x"), 2, "--drive needs --serve"),
        (("app", "--serve", "x", "--", "y"), 2, "not both"),
        (("app", "--python", "./gone"), 3, "there is no interpreter ./gone"),
        (("app", "--", "no-such-command"), 3, "there is no command `no-such-command`"),
        (("bare",), 3, "found no tests"),
    ],
)
def test_wrong_call_is_one_sentence(
    app: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    expected: int,
    says: str,
) -> None:
    (app.parent / "bare").mkdir()
    monkeypatch.setattr(sys, "argv", ["ormprobe", "trace", *words])

    with pytest.raises(SystemExit) as left:
        cli.main()

    captured = capfd.readouterr()
    assert left.value.code == expected
    assert captured.out == ""
    assert captured.err.startswith("ormprobe: ")
    assert says in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("trace",),
        ("trace", "app", "--format", "html"),
        ("trace", "app", "--values", "all"),
        ("trace", "app", "--nonsense"),
        ("nonsense",),
    ],
)
def test_call_that_cannot_be_parsed_exits_with_2(app: Path, words: tuple[str, ...]) -> None:
    assert call(*words).exit_code == 2


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (UnreadableError("the trace is from schema 9"), "ormprobe: the trace is from schema 9\n"),
        (ZeroDivisionError("boom"), "a fault of ormprobe itself: ZeroDivisionError at"),
    ],
)
def test_error_while_judging_is_a_sentence_and_3(
    app: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    error: Exception,
    says: str,
) -> None:
    def fail(prepared: object, expected: object) -> Report:
        raise error

    monkeypatch.setattr(cli, "_diagnose", fail)
    monkeypatch.setattr(sys, "argv", ["ormprobe", "trace", "app"])

    with pytest.raises(SystemExit) as left:
        cli.main()

    captured = capfd.readouterr()
    assert left.value.code == OrmprobeError.exit_status == 3
    assert says in captured.err
    assert "Traceback" not in captured.err


PROGRAM = """
import sys
from ormprobe import cli
from ormprobe.document import Report, RunInfo, Status, Verdict
cli._diagnose = lambda prepared, expected: Report(
    ormprobe="0", run=RunInfo(), verdict=Verdict(status=Status.UNDETERMINED)
)
cli.main()
"""


def launcher(*words: str, cwd: Path) -> "subprocess.Popen[str]":
    """ormprobe in a process of its own, with a judge that has one verdict."""
    roots = (ROOT, ROOT / "instrumentation", ROOT / "taxonomy")
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, roots))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_text_goes_to_standard_output_after_the_apps_own(app: Path) -> None:
    out, err = launcher("trace", "app", cwd=app.parent).communicate(timeout=30)

    assert out.startswith("the app ran\nUNDETERMINED")
    assert err == ""


def test_pipe_gets_neither_colour_nor_progress(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")

    out, err = launcher("trace", "app", cwd=app.parent).communicate(timeout=30)

    assert "\x1b" not in out
    assert err == ""


def test_json_on_standard_output_is_only_json(app: Path) -> None:
    process = launcher("trace", "app", "--format", "json", cwd=app.parent)
    out, err = process.communicate(timeout=30)

    assert json.loads(out)["verdict"]["status"] == "undetermined"
    assert "the app ran" in err
    assert process.returncode == 1


def test_report_file_takes_the_format_and_leaves_the_terminal_its_text(app: Path) -> None:
    process = launcher("trace", "app", "--format", "json", "--report", "r.json", cwd=app.parent)
    out, _ = process.communicate(timeout=30)

    assert out.startswith("the app ran\nUNDETERMINED")
    assert json.loads((app.parent / "r.json").read_text())["schema"] == 1


def test_text_report_file_has_the_verdict(app: Path) -> None:
    launcher("trace", "app", "--report", "r.txt", cwd=app.parent).communicate(timeout=30)

    assert (app.parent / "r.txt").read_text().startswith("UNDETERMINED")


def test_trace_is_kept_in_the_callers_directory(app: Path) -> None:
    out, _ = launcher("trace", "app", cwd=app.parent).communicate(timeout=30)

    [run] = [path for path in (app.parent / ".ormprobe").iterdir() if path.is_dir()]
    assert json.loads((run / "run.json").read_text())["ended"] == "exit"
    assert f"trace.ormprobe/{run.name}" in "".join(out.split())
    assert not (app / ".ormprobe").exists()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_prints_the_verdict_of_what_was_seen(
    app: Path, signum: signal.Signals
) -> None:
    (app / "__main__.py").write_text(
        textwrap.dedent("""
            import os, time
            open("up", "w").write(str(os.getpid()))
            time.sleep(60)
        """)
    )
    process = launcher("trace", "app", cwd=app.parent)
    until = time.monotonic() + 20
    while not ((app / "up").exists() and (app / "up").read_text()):
        assert time.monotonic() < until
        time.sleep(0.02)

    process.send_signal(signum)
    out, err = process.communicate(timeout=30)

    assert process.returncode == 130
    assert out.startswith("UNDETERMINED")
    # The app's own traceback is its output; ours would name our files.
    assert "cli.py" not in err
    with pytest.raises(ProcessLookupError):
        os.kill(int((app / "up").read_text()), 0)


def test_explain_without_a_cause_lists_all_and_with_one_says_it() -> None:
    listed = call("explain")
    told = call("explain", "uncommitted-write")
    everything = call("explain", "--all")

    assert listed.exit_code == told.exit_code == everything.exit_code == 0
    for cause in CAUSES:
        assert f"  {cause.id} " in listed.output
        assert f"{cause.id}  {cause.title}" in " ".join(everything.output.split("\n"))
    assert "certain when" in told.output
    assert "detached-instance-access" not in told.output


def test_explain_writes_documents() -> None:
    in_json = json.loads(call("explain", "--all", "--format", "json").output)
    in_markdown = call("explain", "uncommitted-write", "--format", "md").output

    assert [each["id"] for each in in_json] == [cause.id for cause in CAUSES]
    assert in_markdown.startswith("## uncommitted-write\n")
    assert in_markdown.count("\n## ") == 0


def test_cause_that_is_none_is_refused_with_the_nearest(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["ormprobe", "explain", "uncommited-write"])

    with pytest.raises(SystemExit) as left:
        cli.main()

    assert left.value.code == 2
    assert "did you mean uncommitted-write?" in capfd.readouterr().err


def test_ctrl_c_while_judging_exits_with_130(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(prepared: object, expected: object) -> Report:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_diagnose", interrupted)

    assert call("trace", "app").exit_code == 130


def test_version_is_the_packages() -> None:
    assert call("--version").output == f"ormprobe {ormprobe.__version__}\n"


@pytest.mark.parametrize(
    ("command", "teaches"),
    [
        ("trace", ("ormprobe trace ./app", "--serve", "Exit status", "130")),
        ("explain", ("ormprobe explain uncommitted-write", "--all")),
    ],
)
def test_help_teaches(command: str, teaches: tuple[str, ...]) -> None:
    shown = call(command, "--help")

    assert shown.exit_code == 0
    for part in teaches:
        assert part in shown.output


@pytest.mark.parametrize("option", ["--expect-orm", "--baseline", "--counterfactual", "--rules"])
def test_options_of_later_milestones_are_not_offered(app: Path, option: str) -> None:
    assert call("trace", "app", option, "x").exit_code == 2


def test_what_is_expected_reaches_the_judge(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Expected] = []

    def judge(prepared: object, judging: cli.Judging) -> Report:
        told.append(judging.expected)
        raise KeyboardInterrupt

    (app / "ormprobe.toml").write_text('expect_orm = "django"\nexpect_database = "sqlite"\n')
    monkeypatch.setattr(cli, "_diagnose", judge)
    monkeypatch.setattr(
        sys, "argv", ["ormprobe", "trace", "app", "--expect-orm", "peewee", "--", "python", "-V"]
    )

    with pytest.raises(SystemExit):
        cli.main()

    assert told == [Expected(orm="peewee", database="sqlite")]


@pytest.mark.parametrize("option", ["--expect-orm=hibernate", "--expect-database=oracle"])
def test_an_unknown_expectation_is_a_wrong_call(
    option: str, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["ormprobe", "trace", "app", option])

    with pytest.raises(SystemExit) as left:
        cli.main()

    assert left.value.code == 2
