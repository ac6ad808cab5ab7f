"""Where runs lie: the paper's layout, told ones, links, dates; and what a run folder holds."""

import os
from pathlib import Path

import pytest

from ormprobe.errors import UnreadableError, UsageError
from ormprobe.runs.files import files_of, is_run_folder
from ormprobe.runs.layout import find_runs, key_of
from ormprobe.runs.model import RunKey, Task
from ormprobe.runs.tasks import task_of

TASK = "flask-openapi-sqlite"


def make(results: Path, *paths: str) -> None:
    for path in paths:
        (results / path).mkdir(parents=True)


def found(results: Path, layout: str | None = None, problems: list[str] | None = None) -> list[str]:
    runs = find_runs(results, layout, problems)
    return [path.relative_to(results).as_posix() for path, _ in runs]


def test_runs_of_the_papers_layout_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    make(tmp_path, *(f"uv/a/m/{TASK}/2026-03-05/run_{number}" for number in (10, 2, 0)))
    make(tmp_path, "node/a/m/koa-openapi-unconstrained/2026-03-05/run_1", "uv/a/m/notes")

    runs = list(find_runs(tmp_path))

    assert [key.run_id for _, key in runs] == ["run_1", "run_0", "run_2", "run_10"]
    assert runs[1][1] == RunKey(
        runtime="uv", agent="a", model="m", task=TASK, date="2026-03-05", run_id="run_0"
    )


@pytest.mark.parametrize(
    ("dates", "newest"),
    [
        (("2026-03-05", "2026-03-10"), "2026-03-10"),
        (("2026-3-9", "2026-3-10"), "2026-3-10"),
        (("20260305", "2026-03-10", "20260401"), "20260401"),
        (("2026-03-05_10-00", "2026-03-05_09-59"), "2026-03-05_10-00"),
        (("2026-03-05", "old", "zzz"), "2026-03-05"),
        (("first", "second"), "second"),
    ],
)
def test_the_newest_date_of_a_task_counts(
    tmp_path: Path, dates: tuple[str, ...], newest: str
) -> None:
    make(tmp_path, *(f"uv/a/m/{TASK}/{date}/run_0" for date in dates))
    make(tmp_path, f"uv/a/m/{TASK}/2027-01-01")

    assert found(tmp_path) == [f"uv/a/m/{TASK}/{newest}/run_0"]


@pytest.mark.parametrize(
    "inner", ["uv", "uv/a", "uv/a/m", f"uv/a/m/{TASK}", f"uv/a/m/{TASK}/2026-03-05"]
)
def test_an_inner_folder_of_the_results_is_read_with_the_whole_key(
    tmp_path: Path, inner: str
) -> None:
    make(tmp_path, f"uv/a/m/{TASK}/2026-03-05/run_3")

    [(path, key)] = find_runs(tmp_path / inner)

    assert path.name == "run_3"
    assert (key.runtime, key.agent, key.model, key.task) == ("uv", "a", "m", TASK)
    assert (key.date, key.run_id) == ("2026-03-05", "run_3")


def test_tasks_are_no_dates(tmp_path: Path) -> None:
    make(tmp_path, "first/run_0", "second/run_0")

    assert found(tmp_path) == []
    assert found(tmp_path, "{task}/{run_id}") == ["first/run_0", "second/run_0"]


def test_links_are_followed_once_and_never_in_a_circle(tmp_path: Path) -> None:
    make(tmp_path, f"uv/a/m/{TASK}/2026-03-05/run_0")
    (tmp_path / "circle").symlink_to(tmp_path)
    (tmp_path / "uv" / "a" / "self").symlink_to(tmp_path / "uv")
    (tmp_path / "uv" / "a" / "alias").symlink_to(tmp_path / "uv" / "a" / "m")
    (tmp_path / "uv" / "a" / "broken").symlink_to(tmp_path / "nowhere")
    (tmp_path / "uv" / "a" / "loop").symlink_to(tmp_path / "uv" / "a" / "loop")
    problems: list[str] = []

    assert found(tmp_path, None, problems) == [f"uv/a/m/{TASK}/2026-03-05/run_0"]
    assert sum("leads back" in problem for problem in problems) == 2
    assert sum("by another name" in problem for problem in problems) == 1
    assert found(tmp_path, "**/{task}/{date}/run_{run_id}") == [f"uv/a/m/{TASK}/2026-03-05/run_0"]


def test_a_folder_that_cannot_be_read_is_said_and_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, f"uv/a/m/{TASK}/2026-03-05/run_0", f"uv/b/m/{TASK}/2026-03-05/run_0")
    scandir = os.scandir

    def refusing(path: Path) -> object:
        if path == tmp_path / "uv" / "a":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    problems: list[str] = []

    assert found(tmp_path, None, problems) == [f"uv/b/m/{TASK}/2026-03-05/run_0"]
    assert problems == [f"{tmp_path / 'uv' / 'a'}: Permission denied"]


def test_results_that_are_not_there_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError):
        find_runs(tmp_path / "none")


@pytest.mark.parametrize(
    ("layout", "path", "key"),
    [
        ("{model}/{task}/{run_id}", "m/t/7", RunKey(model="m", task="t", run_id="7")),
        (
            "*/{agent}-{model}/{task}/run_{run_id}",
            "x/swe-gpt-5/t/run_7",
            RunKey(agent="swe", model="gpt-5", task="t", run_id="7"),
        ),
        ("./{task}@{date}/{run_id}/", "t@2026/0", RunKey(task="t", date="2026", run_id="0")),
        ("**/{model}/r[0-9]/{run_id}", "a/b/c/m/r1/z", RunKey(model="m", run_id="z")),
        ("v?/{run_id}", "v1/run", RunKey(run_id="run")),
    ],
)
def test_a_told_layout_gives_what_it_names(
    tmp_path: Path, layout: str, path: str, key: RunKey
) -> None:
    make(tmp_path, path, "other", "x/other/t/8", ".git/t/7")

    runs = dict(find_runs(tmp_path, layout))

    assert runs[tmp_path / path] == key
    assert not any(".git" in run.parts for run in runs)


def test_the_newest_date_counts_in_a_told_layout_too(tmp_path: Path) -> None:
    make(tmp_path, "a@2026-01-01/0", "a@2026-02-01/0", "b@2025-01-01/0")

    assert found(tmp_path, "{task}@{date}/{run_id}") == ["a@2026-02-01/0", "b@2025-01-01/0"]


@pytest.mark.parametrize(
    ("layout", "says"),
    [
        ("{modle}/{run_id}", "did you mean {model}"),
        ("{zzz}/{run_id}", "there are runtime, agent, model, task, date, run_id"),
        ("{model}/{model}", "stands in it twice"),
        ("/{model}", "begins below RESULTS"),
        ("../{model}", "begins below RESULTS"),
        ("{model", "a brace is not closed"),
        ("model}/x", "a brace is not closed"),
        ("{model}/[z-a]", "is no pattern"),
        ("{model}/**", "its last level"),
        ("", "name the folders"),
    ],
)
def test_a_layout_that_cannot_be_meant_is_refused_with_a_hint(
    tmp_path: Path, layout: str, says: str
) -> None:
    with pytest.raises(UsageError) as refused:
        find_runs(tmp_path, layout)

    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (
            f"/r/uv/a/m/{TASK}/2026-03-05/run_1",
            RunKey(
                runtime="uv", agent="a", model="m", task=TASK, date="2026-03-05", run_id="run_1"
            ),
        ),
        (
            f"/data/me/my/{TASK}/2026-03-05/run_1",
            RunKey(task=TASK, date="2026-03-05", run_id="run_1"),
        ),
        ("/tmp/2026-03-05/run_1", RunKey(date="2026-03-05", run_id="run_1")),
        ("/data/me/run_1", RunKey(run_id="run_1")),
        ("/data/me/app", RunKey()),
        ("/", RunKey()),
    ],
)
def test_parts_of_a_path_that_do_not_fit_stay_open(path: str, key: RunKey) -> None:
    assert key_of(Path(path)) == key


def test_names_that_are_no_text_can_be_written(tmp_path: Path) -> None:
    os.makedirs(os.fsencode(tmp_path) + b"/m\xff/t/0")

    [(path, key)] = find_runs(tmp_path, "{model}/{task}/{run_id}")

    assert path.is_dir()
    assert key.model == "m\ufffd"


def touch(folder: Path, *names: str, text: str = "x") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_the_parts_of_a_run_are_found_by_their_names(tmp_path: Path) -> None:
    touch(tmp_path, "newman-run-report-2.csv", "newman-run-report-10.csv", "conduit.log")
    touch(tmp_path, "setup.log", "big.log", "a.patch", "traj/x.trajectory.json")
    touch(tmp_path, "trace/run/events-12-0.jsonl")

    files = files_of(tmp_path)

    assert [path.name for path in files.newman] == [
        "newman-run-report-2.csv",
        "newman-run-report-10.csv",
    ]
    assert files.server_log == tmp_path / "conduit.log"
    assert files.setup_log == tmp_path / "setup.log"
    assert files.patch == tmp_path / "a.patch"
    assert files.trajectory == tmp_path / "traj" / "x.trajectory.json"
    assert files.trace == tmp_path / "trace" / "run"


def test_another_log_stands_in_for_the_servers_and_never_the_setups(tmp_path: Path) -> None:
    touch(tmp_path, "setup.log", text="x" * 99)
    assert files_of(tmp_path).server_log is None

    touch(tmp_path, "server.log", text="more")
    touch(tmp_path, "agent.log")
    assert files_of(tmp_path).server_log == tmp_path / "server.log"


def test_missing_parts_are_none(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        files = files_of(folder)
        assert (files.server_log, files.newman, files.patch, files.trace) == (None, (), None, None)


@pytest.mark.parametrize(
    ("folder", "names", "is_one"),
    [
        ("x", ("newman-run-report-1.csv",), True),
        ("x", ("conduit.log",), True),
        ("x", ("request-summary.txt",), True),
        ("x", ("server.log", "model.patch"), True),
        ("run_3", ("server.log",), True),
        ("run_3", ("main.py",), False),
        ("x", ("debug.log", "main.py"), False),
        ("x", ("fix.patch", "main.py"), False),
        ("x", ("events-1-0.jsonl", "run.json"), False),
        ("x", (), False),
    ],
)
def test_what_is_a_run_folder(
    tmp_path: Path, folder: str, names: tuple[str, ...], is_one: bool
) -> None:
    (tmp_path / folder).mkdir()
    touch(tmp_path / folder, *names)

    assert is_run_folder(tmp_path / folder) is is_one


@pytest.mark.parametrize(
    ("name", "task"),
    [
        (
            "flask-openapi-clean_architecture-postgres-sqlalchemy",
            Task(
                framework="flask",
                runtime="uv",
                architecture="clean_architecture",
                database="postgresql",
                orm="sqlalchemy",
                level=3,
            ),
        ),
        ("koa-openapi-unconstrained", Task(framework="koa", runtime="node")),
        (
            "hono-openapi-sqlite-sequelize",
            Task(framework="hono", runtime="node", database="sqlite", orm="sequelize", level=2),
        ),
        ("rust-something", Task()),
        ("", Task()),
    ],
)
def test_a_tasks_name_says_what_it_demands(name: str, task: Task) -> None:
    assert task_of(name) == task
    assert task_of(name, "node").runtime == "node"
