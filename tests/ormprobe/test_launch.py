"""From one call to a launch."""

import os
import stat
import sys
from pathlib import Path

import pytest

from ormprobe.config import Configuration
from ormprobe.errors import LaunchError, UsageError
from ormprobe.launch import Call, output, prepare
from ormprobe.plan import Exercise
from ormprobe.runner import Launch

NONE = Configuration()


def prepared(caller: Path, call: Call, configured: Configuration = NONE) -> Launch:
    return prepare(call, configured, caller, sys.executable)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "test_a.py").write_text("def test_a(): ...\n")
    return folder


def test_default_output_is_private_ignored_by_git_and_sorts_by_time(tmp_path: Path) -> None:
    made = [output(None, tmp_path) for _ in range(3)]

    assert {path.parent for path in made} == {tmp_path / ".ormprobe"}
    assert len(set(made)) == 3
    assert [path.name[:19] for path in made] == sorted(path.name[:19] for path in made)
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o700}
    assert (tmp_path / ".ormprobe" / ".gitignore").read_text() == "*\n"


def test_output_may_be_absent_or_empty(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    assert output(Path("empty"), tmp_path) == tmp_path / "empty"
    assert stat.S_IMODE(output(Path("new/deep"), tmp_path).stat().st_mode) == 0o700


def test_output_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()

    for asked in ("full", "full/a"):
        with pytest.raises(UsageError, match="is not an empty folder"):
            output(Path(asked), tmp_path)


def test_output_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(LaunchError, match="cannot write a trace"):
        output(Path("file/below"), tmp_path)


def test_call_comes_before_the_configuration(tmp_path: Path, app: Path) -> None:
    configured = Configuration(timeout=9, values="off", env=(("A", "1"), ("B", "1")))

    made = prepared(
        tmp_path, Call(app=app, timeout=5, values="plain", env=("A=2", "C=x=y")), configured
    )

    assert (made.timeout, made.values) == (5, "plain")
    assert dict(made.env) == {"A": "2", "B": "1", "C": "x=y"}


def test_configuration_comes_before_the_defaults(tmp_path: Path, app: Path) -> None:
    assert prepared(tmp_path, Call(app=app), Configuration(timeout=9)).timeout == 9
    assert prepared(tmp_path, Call(app=app)).timeout == 1800
    assert prepared(tmp_path, Call(app=app)).values == "hashed"


def test_file_runs_in_its_folder(tmp_path: Path, app: Path) -> None:
    made = prepared(tmp_path, Call(app=app / "test_a.py"))

    assert (made.app, made.folder) == (app / "test_a.py", app)


def test_port_is_told_to_a_server_alone(tmp_path: Path, app: Path) -> None:
    served = prepared(tmp_path, Call(app=app, exercise=Exercise(serve="python s.py {port}")))

    assert dict(served.env)["PORT"] == served.plan.steps[0].argv[-1]
    assert "PORT" not in dict(prepared(tmp_path, Call(app=app)).env)


def test_port_of_the_environment_is_kept(tmp_path: Path, app: Path) -> None:
    call = Call(app=app, exercise=Exercise(serve="python s.py {port}"), env=("PORT=8123",))

    made = prepared(tmp_path, call)

    assert made.plan.steps[0].argv[-1] == dict(made.env)["PORT"] == "8123"


def test_every_run_has_a_key_of_its_own(tmp_path: Path, app: Path) -> None:
    keys = {prepared(tmp_path, Call(app=app)).key for _ in range(2)}

    assert len(keys) == 2
    assert all(len(bytes.fromhex(key)) == 16 for key in keys)


def test_shims_are_on_a_folder_of_their_own(tmp_path: Path, app: Path) -> None:
    made = prepared(tmp_path, Call(app=app))

    assert [name for name in os.listdir(made.inject) if name != "__pycache__"] == [
        "sitecustomize.py"
    ]


@pytest.mark.parametrize("text", ["A", "=1"])
def test_env_that_is_no_assignment_is_refused(tmp_path: Path, app: Path, text: str) -> None:
    with pytest.raises(UsageError, match="NAME=VALUE"):
        prepared(tmp_path, Call(app=app, env=(text,)))


@pytest.mark.parametrize("url", ["localhost:80", "ftp://h/", "http://h:x/"])
def test_ready_that_is_no_url_is_refused(tmp_path: Path, app: Path, url: str) -> None:
    with pytest.raises(UsageError, match="--ready"):
        prepared(tmp_path, Call(app=app, exercise=Exercise(serve="s", drive="d", ready=url)))


def test_wrong_call_leaves_no_trace_folder(tmp_path: Path, app: Path) -> None:
    with pytest.raises(UsageError):
        prepared(tmp_path, Call(app=app, exercise=Exercise(drive="d")))

    assert not (tmp_path / ".ormprobe").exists()
