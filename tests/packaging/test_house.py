"""The files that keep the house: pins, scripts, the oldest interpreter."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"([A-Za-z0-9._-]+)==[0-9][A-Za-z0-9.!]*")


def pins() -> list[str]:
    return (ROOT / "constraints.txt").read_text().splitlines()


def plain(requirement: str) -> str:
    """The package's name as indexes compare it."""
    return re.split(r"[\[<>=; ]", requirement)[0].lower().replace("_", "-")


def test_constraints_are_names_and_versions_alone_each_once() -> None:
    assert all(PIN.fullmatch(line) for line in pins())
    assert len({plain(line) for line in pins()}) == len(pins())


def test_everything_the_project_asks_for_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = project["project"]["dependencies"] + project["dependency-groups"]["dev"]

    assert {plain(each) for each in asked} <= {plain(line) for line in pins()}


def test_ci_runs_the_checks_the_demo_and_the_tests() -> None:
    script = ROOT / ".ci" / "run"
    lines = script.read_text().splitlines()

    assert os.access(script, os.X_OK)
    assert lines[0] == "#!/usr/bin/env bash"
    assert lines[-3:] == ["make check", "make demo", "make test"]
    assert subprocess.run(["bash", "-n", script], timeout=10, check=False).returncode == 0


def test_make_explains_a_python_that_is_too_old(tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text(
        f'#!/bin/sh\nexec {sys.executable} -c "import sys; '
        "sys.version_info = (3, 9); sys.argv = ['']; exec('$2')\"\n"
    )
    old.chmod(0o755)
    words = ["make", "-C", ROOT, f"PYTHON={old}", f"VENV={tmp_path}/venv", "check"]
    answer = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)

    assert answer.returncode == 2
    assert "ormprobe needs Python 3.11 or newer" in answer.stderr
    assert not (tmp_path / "venv").exists()


def test_targets_side_imports_in_the_oldest_python_at_hand() -> None:
    script = Path(__file__).with_name("oldest_interpreter.py")

    answer = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=120, check=False
    )

    assert answer.returncode == 0, answer.stdout
    assert re.search(r"imports in Python 3\.\d+\.\d+: \d+ modules", answer.stdout)
