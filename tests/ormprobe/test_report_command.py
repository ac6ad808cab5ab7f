"""`ormprobe report` as a contract: what it writes and prints, and its exit status.

What one run's labels are is tested elsewhere: here a stand-in does what the runs' logs say.
"""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ormprobe import cli
from ormprobe.runs.resuming import JOURNAL, LABELS
from tests.ormprobe.runs.test_spread import alive
from tests.ormprobe.runs.trees import place, reads, tree

ROOT = Path(__file__).parents[2]
FILES = {
    "failure_analysis.csv",
    "index.html",
    "labels.jsonl",
    "logic_subcategories.csv",
    "summary.json",
    "summary.md",
    "summary.tex",
}
Words = str | Path


def words_of(*words: Words) -> list[str]:
    return [sys.executable, "-m", "tests.ormprobe.runs.standin", "report", *map(str, words)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def report(*words: Words) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words_of(*words),
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(),
        cwd=ROOT,
        check=False,
    )


def begun(*words: Words) -> subprocess.Popen[str]:
    """The command in a process group of its own, as a shell would start it."""
    return subprocess.Popen(
        words_of(*words),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        cwd=ROOT,
        start_new_session=True,
    )


def call(*words: Words) -> Result:
    return CliRunner().invoke(cli.app, ["report", *map(str, words)], prog_name="ormprobe")


def labels(output: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (output / LABELS).read_bytes().splitlines()]


def wait_for_lines(file: Path, count: int) -> None:
    until = time.monotonic() + 30
    while not file.exists() or file.read_bytes().count(b"\n") < count:
        assert time.monotonic() < until, "nothing was written"
        time.sleep(0.02)


def test_report_is_written_and_its_tables_printed(tmp_path: Path) -> None:
    results = tree(tmp_path, "passed", "failed", "failed")
    output = tmp_path / "new" / "report"

    done = report(results, "--output", output)

    assert done.returncode == 0, done.stderr
    assert {each.name for each in output.iterdir()} == FILES
    assert "Runs per model" in done.stdout
    assert done.stderr == f"ormprobe: 3 runs: 3 read\normprobe: the report is in {output}\n"
    with (output / "failure_analysis.csv").open(newline="") as table:
        assert [row["run_id"] for row in csv.DictReader(table)] == ["run_2", "run_3"]
    assert [each["run_id"] for each in labels(output)] == ["run_1", "run_2", "run_3"]


def test_second_call_reads_nothing_and_writes_the_same(tmp_path: Path) -> None:
    results = tree(tmp_path, "passed", "failed")
    first = report(results, "--output", tmp_path / "report")
    before = {name: (tmp_path / "report" / name).read_bytes() for name in FILES}

    second = report(results, "--output", tmp_path / "report")

    assert "2 runs: 0 read, 2 finished before" in second.stderr
    assert second.stdout == first.stdout
    assert {name: (tmp_path / "report" / name).read_bytes() for name in FILES} == before
    assert len(reads(results)) == 2


def test_broken_runs_are_listed_and_stop_nothing(tmp_path: Path) -> None:
    results = tree(tmp_path, "passed", "raise", "die", "memory", "failed", "passed")

    done = report(results, "--output", tmp_path / "report", "--jobs", "2")

    assert done.returncode == 0
    assert "6 runs: 6 read, 3 broken" in done.stderr
    for number, reason in (
        (2, "a fault of ormprobe itself: ValueError at standin.py"),
        (3, "its process died with nothing beside it"),
        (4, "it needs more memory than there is"),
    ):
        assert re.search(rf"/run_{number}: {reason}", done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert "Warning" not in done.stderr
    assert "secret" not in done.stderr + done.stdout
    assert [each["error"] is None for each in labels(tmp_path / "report")] == [
        True, False, False, False, True, True,
    ]  # fmt: skip


def test_nothing_readable_is_exit_status_3(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    none = report(tmp_path / "empty", "--output", tmp_path / "none")
    results = tree(tmp_path, "raise", "memory")
    broken = report(results, "--output", tmp_path / "report")

    assert (none.returncode, none.stderr) == (
        3,
        f"ormprobe: found no runs in {tmp_path / 'empty'}\n",
    )
    assert not (tmp_path / "none").exists()
    assert broken.returncode == 3
    assert "2 runs: 2 read, 2 broken" in broken.stderr
    assert len(labels(tmp_path / "report")) == 2


def test_killed_command_goes_on_where_it_was(tmp_path: Path) -> None:
    """kill -9 of the whole command: what was written is not read again, and nothing is lost."""
    logs = [f"{'failed' if n % 3 else 'passed'} sleep 0.05" for n in range(60)]
    results = tree(tmp_path, *logs)
    output = tmp_path / "report"
    with begun(results, "--output", output, "--jobs", "2") as command:
        wait_for_lines(output / JOURNAL, 10)
        command.kill()
    done = (output / JOURNAL).read_bytes().count(b"\n")
    before = len(reads(results))

    again = report(results, "--output", output)

    assert again.returncode == 0, again.stderr
    assert f"60 runs: {60 - done} read, {done} finished before" in again.stderr
    assert len(labels(output)) == 60
    assert 60 <= len(reads(results)) <= 60 + before - done + 4
    assert not (output / JOURNAL).exists()
    # as if it had not been killed
    whole = tmp_path / "whole"
    report(results, "--output", whole)
    assert (whole / LABELS).read_bytes() == (output / LABELS).read_bytes()


def test_worker_that_is_killed_costs_no_run(tmp_path: Path) -> None:
    results = tree(tmp_path, *["passed sleep 0.1"] * 30)
    output = tmp_path / "report"
    with begun(results, "--output", output, "--jobs", "2") as command:
        wait_for_lines(output / JOURNAL, 4)
        os.kill(workers_of(command.pid)[0], signal.SIGKILL)
        _, errors = command.communicate(timeout=60)

    assert command.returncode == 0, errors
    assert "30 runs: 30 read\n" in errors
    assert "Traceback" not in errors
    assert "Warning" not in errors
    assert all(each["status"] == "passed" for each in labels(output))


def workers_of(command: int) -> list[int]:
    import psutil

    children = psutil.Process(command).children(recursive=True)
    return [each.pid for each in children if "popen_loky" in " ".join(each.cmdline())]


def test_ctrl_c_writes_what_is_done(tmp_path: Path) -> None:
    results = tree(tmp_path, *["failed sleep 0.1"] * 60)
    output = tmp_path / "report"
    with begun(results, "--output", output, "--jobs", "2") as command:
        wait_for_lines(output / JOURNAL, 5)
        workers = workers_of(command.pid)
        os.killpg(command.pid, signal.SIGINT)  # as a terminal does: all of its group
        printed, errors = command.communicate(timeout=60)

    assert command.returncode == 130, errors
    done = len(labels(output))
    assert 5 <= done < 60
    assert f"ormprobe: interrupted with {60 - done} runs left" in errors
    assert "Traceback" not in errors
    assert "Warning" not in errors
    assert "Runs per model" in printed
    assert {each.name for each in output.iterdir()} == FILES
    assert not any(map(alive, workers))

    again = report(results, "--output", output)
    assert f"60 runs: {60 - done} read, {done} finished before" in again.stderr


def test_two_commands_on_one_folder_are_refused(tmp_path: Path) -> None:
    results = tree(tmp_path, *["passed sleep 0.3"] * 20)
    output = tmp_path / "report"
    with begun(results, "--output", output, "--jobs", "2") as command:
        wait_for_lines(output / JOURNAL, 1)
        second = report(results, "--output", output)
        _, errors = command.communicate(timeout=60)

    assert (second.returncode, second.stderr) == (
        2,
        f"ormprobe: another ormprobe is writing to {output}\n",
    )
    assert command.returncode == 0, errors
    assert len(labels(output)) == 20


def test_folders_that_cannot_be_read_and_links_that_lead_round(tmp_path: Path) -> None:
    results = tree(tmp_path, "passed", "passed", "failed")
    (place(results, 1) / "round").symlink_to(results)
    (place(results, 2) / "self").symlink_to(place(results, 2) / "self")
    (place(results, 3) / "nowhere").symlink_to("/no/such/file")
    (results / "round").symlink_to(results)

    done = report(results, "--output", tmp_path / "report")

    assert done.returncode == 0, done.stderr
    assert [each["run_id"] for each in labels(tmp_path / "report")] == ["run_1", "run_2", "run_3"]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable for root")
def test_unreadable_run_is_said(tmp_path: Path) -> None:
    results = tree(tmp_path, "passed", "passed")
    (place(results, 2) / "conduit.log").chmod(0)

    done = report(results, "--output", tmp_path / "report")

    assert done.returncode == 0
    assert "run_2: cannot read conduit.log: Permission denied" in done.stderr


def test_log_that_is_a_folder_is_said(tmp_path: Path) -> None:
    """Stands for whatever cannot be read, also where the caller is root."""
    results = tree(tmp_path, "passed", "passed")
    (place(results, 2) / "conduit.log").unlink()
    (place(results, 2) / "conduit.log").mkdir()

    done = report(results, "--output", tmp_path / "report")

    assert done.returncode == 0
    assert "run_2: cannot read conduit.log: Is a directory" in done.stderr


def test_progress_is_shown_on_a_terminal_alone(tmp_path: Path) -> None:
    results = tree(tmp_path, *["failed sleep 0.1"] * 20)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        words_of(results, "--output", tmp_path / "report"),
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**environment(), "COLUMNS": "120", "TERM": "xterm"},
        cwd=ROOT,
    ) as command:
        os.close(theirs)
        shown = read_all(ours)
        printed, _ = command.communicate(timeout=60)

    assert command.returncode == 0
    assert "20/20" in shown
    assert "runs/s" in shown
    assert "20 failed" in shown
    assert b"runs/s" not in printed


def read_all(terminal: int) -> str:
    parts: list[bytes] = []
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # as Linux says that the other end is closed
            part = b""
        if not part:
            os.close(terminal)
            return b"".join(parts).decode()
        parts.append(part)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "RESULTS is missing"),
        (("results",), "--output DIR is missing"),
        (("nowhere", "--output", "o"), "there are no results at nowhere"),
        (("file", "--output", "o"), "file is not a folder"),
        (("results", "--output", "file"), "--output file is a file"),
        (("results", "--output", "o", "--format", "md"), "--format is for --compare"),
        (("results", "--output", "o", "--backend", "dask"), "need each other"),
        (("results", "--output", "o", "--scheduler", "tcp://a:1"), "need each other"),
        (("results", "--output", "o", "--update-csv", "gone.csv"), "there is no such file"),
        (("results", "--compare", "a", "b"), "--compare takes no RESULTS"),
        (("--compare", "a", "b", "--jobs", "2"), "--compare takes no RESULTS"),
    ],
)
def test_wrong_call_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    tree(tmp_path, "passed")
    (tmp_path / "file").touch()

    done = call(*words)

    assert done.exit_code != 0
    assert says in str(done.exception)
    assert getattr(done.exception, "exit_status", None) == 2
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize("jobs", ["0", "-1", "many"])
def test_jobs_are_a_number_above_zero(tmp_path: Path, jobs: str) -> None:
    assert call(tmp_path, "--output", tmp_path / "o", "--jobs", jobs).exit_code == 2


def test_two_reports_are_compared(tmp_path: Path) -> None:
    for name, logs in (("before", ("failed", "failed")), ("after", ("passed", "failed"))):
        results = tree(tmp_path / name, *logs)
        assert report(results, "--output", tmp_path / name / "report").returncode == 0
    sides = (tmp_path / "before" / "report", tmp_path / "after" / "report")

    text = call("--compare", *sides)
    markdown = call("--compare", *sides, "--format", "md")
    document = call("--compare", *sides, "--format", "json")

    assert (text.exit_code, markdown.exit_code, document.exit_code) == (0, 0, 0)
    assert "uncommitted-write" in text.stdout
    assert markdown.stdout.startswith("# ")
    assert json.loads(document.stdout)["paired"] == 2


def test_help_and_wrong_calls_wait_for_nothing_heavy() -> None:
    heavy = "{'joblib', 'jinja2', 'scipy', 'sqlglot', 'distributed', 'sklearn', 'numpy'}"
    for words in ("['--help']", "['report', '--help']", "['report', 'nowhere', '--output', 'o']"):
        script = (
            f"import sys; sys.argv = ['ormprobe', *{words}]; from ormprobe.cli import main\n"
            "try: main()\n"
            f"except SystemExit: pass\nprint(sorted({heavy} & set(sys.modules)))"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            timeout=60,
            env=environment(),
            check=False,
        )
        assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_can_be_shown_and_installed(tmp_path: Path, shell: str) -> None:
    path = {"SHELL": f"/bin/{shell}", "HOME": str(tmp_path)}
    unknown_shell = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}  # which SHELL says then
    for option in ("--show-completion", "--install-completion"):
        done = ormprobe(option, shell, **path, **unknown_shell)
        assert done.returncode == 0, done.stderr
        assert "ormprobe" in done.stdout
        if option == "--show-completion":
            assert "_ORMPROBE_COMPLETE" in done.stdout
    installed = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert any("_ORMPROBE_COMPLETE" in each.read_text() for each in installed)


def test_commands_and_options_are_completed() -> None:
    asked = {"_ORMPROBE_COMPLETE": "complete_bash", "COMP_WORDS": "ormprobe re", "COMP_CWORD": "1"}
    assert ormprobe(**asked).stdout.split() == ["report"]
    asked |= {"COMP_WORDS": "ormprobe report --backend ", "COMP_CWORD": "3"}
    assert ormprobe(**asked).stdout.split() == ["processes", "dask"]


def ormprobe(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    script = "import sys; sys.argv[0] = 'ormprobe'; from ormprobe.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", script, *words],
        capture_output=True,
        text=True,
        timeout=60,
        env={**environment(), **variables},
        check=False,
    )
