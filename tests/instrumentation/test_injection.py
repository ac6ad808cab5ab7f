from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ormprobe_instrumentation import inject_folder
from tests.instrumentation.traced import INNER, Child, environment, files_of, run, write

VERSIONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
OLD = ("2.7", "3.6")

SELF_PORTRAIT = """\
import sys
print(sorted(sys.path))
print(sorted(name for name in sys.modules if "ormprobe" in name and not name.startswith("_orm")))
print("sitecustomize" in sys.modules)
try:
    import sitecustomize
except ImportError as error:
    print(type(error).__name__, error)
for name in "hooks", "events", "errors", "scrub", "shim", "ormprobe_instrumentation":
    try:
        __import__(name)
    except ImportError as error:
        print(error)
"""


def interpreter(version: str) -> Path:
    """An interpreter of pyenv's, or a skipped test."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = sorted(root.glob(f"versions/{version}.*/bin/python"))
    if not found:
        pytest.skip(f"no Python {version} under {root}/versions")
    return found[-1]


def origins(child: Child) -> list[str]:
    return sorted(file[0]["origin"] for file in child.files)


@pytest.mark.parametrize("arguments", [["app.py"], ["-m", "app"], ["-c", "import app"]], ids=str)
def test_each_way_to_start_is_traced(tmp_path: Path, arguments: list[str]) -> None:
    write(tmp_path, {"app.py": "print('hello')"})

    child = run(arguments, tmp_path, tmp_path / "trace")

    assert (child.status, child.stdout, child.stderr) == (0, "hello\n", "")
    [file] = child.files
    assert [event["kind"] for event in file] == ["process", "exit"]
    assert file[0]["schema"] == 1
    assert file[0]["process.executable.path"] == sys.executable


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        (
            "import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''], check=True)",
            ["start", "start"],
        ),
        ("import os\nif os.fork():\n    os.wait()", ["fork", "start"]),
        ("import os\nos._exit(0)", ["start"]),
    ],
    ids=["subprocess", "fork", "os._exit"],
)
def test_children_write_files_of_their_own(tmp_path: Path, app: str, expected: list[str]) -> None:
    write(tmp_path, {"app.py": app})

    child = run(["app.py"], tmp_path, tmp_path / "trace")

    assert child.status == 0, child.stderr
    assert origins(child) == expected
    assert len({file[0]["process.pid"] for file in child.files}) == len(expected)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(tmp_path: Path, method: str) -> None:
    text = (
        "import multiprocessing, os\n"
        "def work():\n    print(os.getpid())\n"
        "if __name__ == '__main__':\n"
        f"    process = multiprocessing.get_context({method!r}).Process(target=work)\n"
        "    process.start()\n    process.join()\n    assert process.exitcode == 0\n"
    )
    write(tmp_path, {"app.py": text})

    child = run(["app.py"], tmp_path, tmp_path / "trace")

    assert child.status == 0, child.stderr
    assert int(child.stdout) in {file[0]["process.pid"] for file in child.files}
    assert child.stderr == ""


def test_a_forked_child_owns_none_of_its_parents_scopes(tmp_path: Path) -> None:
    text = (
        "import os, unittest\n"
        "class Case(unittest.TestCase):\n"
        "    def test_fork(self):\n"
        "        if os.fork():\n            os.wait()\n"
        f"        else:\n            print({INNER}.scope_id(), flush=True)\n"
    )
    write(tmp_path, {"test_app.py": text})

    child = run(["-m", "unittest", "test_app"], tmp_path, tmp_path / "trace")

    assert child.status == 0, child.stderr
    assert child.stdout == "None\n"
    by_origin = {file[0]["origin"]: file for file in child.files}
    assert [event for event in by_origin["start"] if event["kind"] == "scope_end"]
    assert not [event for event in by_origin["fork"] if event["kind"] == "scope_end"]


def test_the_key_is_shared_and_children_of_the_first_process_inherit_it(tmp_path: Path) -> None:
    text = (
        "import os, subprocess, sys\n"
        "print(os.environ['ORMPROBE_KEY'], flush=True)\n"
        "if len(sys.argv) < 2:\n    subprocess.run([sys.executable, 'app.py', 'x'], check=True)\n"
    )
    write(tmp_path, {"app.py": text})

    child = run(["app.py"], tmp_path, tmp_path / "trace")

    first, second = child.stdout.split()
    assert first == second
    assert len(first) == 32


def test_nothing_of_ours_is_visible(tmp_path: Path) -> None:
    write(tmp_path, {"portrait.py": SELF_PORTRAIT})

    traced, alone = (run(["portrait.py"], tmp_path, trace) for trace in (tmp_path / "t", None))

    assert traced.files
    assert (traced.stdout, traced.stderr) == (alone.stdout, alone.stderr)
    assert "No module named 'hooks'" in alone.stdout


def test_modules_of_the_app_are_not_shadowed(tmp_path: Path) -> None:
    modules = ("hooks", "events", "errors", "scrub", "shim", "activate", "recorder")
    write(tmp_path, {f"{name}.py": f"WHOSE = 'the app: {name}'\n" for name in modules})
    text = "".join(f"import {name}\nprint({name}.WHOSE)\n" for name in modules)
    write(tmp_path, {"app.py": text})

    child = run(["app.py"], tmp_path, tmp_path / "trace")

    assert child.stdout == "".join(f"the app: {name}\n" for name in modules)


def test_an_existing_sitecustomize_runs(tmp_path: Path) -> None:
    write(tmp_path, {"site/sitecustomize.py": "NAME = 'theirs'\nprint('theirs runs')\n"})
    write(tmp_path, {"app.py": "import sitecustomize\nprint(sitecustomize.NAME)\n"})
    env = {"PYTHONPATH": str(tmp_path / "site")}

    traced, alone = (
        run(["app.py"], tmp_path, trace, env=env) for trace in (tmp_path / "trace", None)
    )

    assert traced.files
    assert traced.stdout == alone.stdout == "theirs runs\ntheirs\n"
    assert traced.stderr == alone.stderr == ""


def test_an_existing_sitecustomize_may_fail_as_without_us(tmp_path: Path) -> None:
    write(tmp_path, {"site/sitecustomize.py": "raise RuntimeError('theirs')\n", "app.py": ""})
    env = {"PYTHONPATH": str(tmp_path / "site")}

    traced, alone = (
        run(["app.py"], tmp_path, trace, env=env) for trace in (tmp_path / "trace", None)
    )

    assert "RuntimeError: theirs" in alone.stderr
    assert (traced.status, traced.stderr) == (alone.status, alone.stderr)


def test_the_users_own_path_is_kept(tmp_path: Path) -> None:
    write(tmp_path, {"lib/theirs.py": "", "app.py": "import sys, theirs\nprint(sys.path)\n"})
    env = {"PYTHONPATH": str(tmp_path / "lib")}

    traced, alone = (
        run(["app.py"], tmp_path, trace, env=env) for trace in (tmp_path / "trace", None)
    )

    assert traced.stdout == alone.stdout
    assert inject_folder() not in traced.stdout


@pytest.mark.parametrize("option", ["-I", "-E", "-S"])
def test_an_isolated_interpreter_is_unharmed_and_not_traced(tmp_path: Path, option: str) -> None:
    write(tmp_path, {"app.py": "print('hello')"})

    child = run([option, "app.py"], tmp_path, tmp_path / "trace")

    assert (child.status, child.stdout, child.stderr) == (0, "hello\n", "")
    assert not child.files


@pytest.mark.parametrize("option", ["-s", "-B", "-O", "-bb", "-Werror"])
def test_other_options_are_traced(tmp_path: Path, option: str) -> None:
    write(tmp_path, {"app.py": "print('hello')"})

    child = run([option, "app.py"], tmp_path, tmp_path / "trace")

    assert (child.status, child.stdout, child.stderr) == (0, "hello\n", "")
    assert child.files


@pytest.mark.parametrize("version", VERSIONS)
def test_each_interpreter_is_traced(tmp_path: Path, version: str) -> None:
    text = (
        "import unittest\n"
        "class Case(unittest.TestCase):\n"
        "    def test_x(self): self.assertEqual(1, 2)\n"
    )
    write(tmp_path, {"test_app.py": text, "portrait.py": SELF_PORTRAIT})
    python = interpreter(version)

    child = run(["-m", "unittest", "test_app"], tmp_path, tmp_path / "trace", python=python)
    portraits = [
        run(["portrait.py"], tmp_path, trace, python=python) for trace in (tmp_path / "p", None)
    ]

    assert child.status == 1
    assert child.one("process")["process.runtime.version"].startswith(version + ".")
    assert child.one("check", operator="==")["left"] == 1
    assert child.one("scope_end")["outcome"] == "failed"
    assert not child.of("shim", state="disabled")
    assert portraits[0].files
    assert portraits[0].stdout == portraits[1].stdout
    assert portraits[0].stderr == portraits[1].stderr == ""


@pytest.mark.parametrize("version", OLD)
def test_an_interpreter_too_old_is_unharmed(tmp_path: Path, version: str) -> None:
    write(tmp_path, {"app.py": "import sys\nprint('hello')\nprint('sitecustomize' in sys.modules)"})
    python = interpreter(version)

    traced, alone = (
        run(["app.py"], tmp_path, trace, python=python) for trace in (tmp_path / "trace", None)
    )

    assert (traced.status, traced.stdout, traced.stderr) == (0, alone.stdout, alone.stderr)
    assert "hello" in traced.stdout
    assert not traced.files


def test_a_folder_that_cannot_be_written_is_no_harm(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": "print('hello')", "file": ""})

    child = run(["app.py"], tmp_path, tmp_path / "file" / "trace")

    assert (child.status, child.stdout, child.stderr) == (0, "hello\n", "")
    assert not child.files


def test_a_disk_that_fills_up_is_no_harm(tmp_path: Path) -> None:
    text = (
        "import os, sys, unittest\n"
        "def full(*args):\n    raise OSError(28, 'No space left on device')\n"
        "real, os.write = os.write, full\n"
        "class Case(unittest.TestCase):\n    def test_x(self): pass\n"
        "if __name__ == '__main__':\n    unittest.main()\n"
    )
    write(tmp_path, {"app.py": text})

    child = run(["app.py"], tmp_path, tmp_path / "trace")

    assert child.status == 0
    assert "OK" in child.stderr
    assert "No space" not in child.stderr


def test_files_of_the_app_get_the_numbers_they_get_without_us(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": "import os\nprint(os.open('app.py', os.O_RDONLY), os.fork() < 0)"})

    traced, alone = (run(["app.py"], tmp_path, trace) for trace in (tmp_path / "t", None))

    assert traced.stdout == alone.stdout
    assert len(traced.files) == 2


def test_files_are_the_owners_alone(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": ""})

    run(["app.py"], tmp_path, tmp_path / "deep" / "trace")

    [file] = (tmp_path / "deep" / "trace").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_killed_process_loses_nothing_it_observed(tmp_path: Path) -> None:
    text = (
        "import os, signal, unittest\n"
        "class Case(unittest.TestCase):\n"
        "    def test_first(self): pass\n"
        "    def test_second(self): os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    write(tmp_path, {"test_app.py": text})

    subprocess.run(
        [sys.executable, "-m", "unittest", "test_app"],
        cwd=tmp_path,
        env=environment(tmp_path / "trace"),
        capture_output=True,
        timeout=60,
        check=False,
    )

    [file] = files_of(tmp_path / "trace")
    assert [event["kind"] for event in file][-1] == "scope_end"
