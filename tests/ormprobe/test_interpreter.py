"""Whose Python runs the app."""

import sys
import venv
from pathlib import Path

import pytest

from ormprobe.errors import LaunchError
from ormprobe.interpreter import choose, probe


def environment(folder: Path) -> Path:
    """A venv in form: a marker, and a python that is a link."""
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text("")
    python = folder / "bin" / "python"
    python.symlink_to(sys.executable)
    return python


def test_asked_for_comes_first(tmp_path: Path) -> None:
    environment(tmp_path / ".venv")

    assert choose(tmp_path, sys.executable, None, "own") == (Path(sys.executable), "--python")


def test_asked_for_may_be_a_folder(tmp_path: Path) -> None:
    python = environment(tmp_path / "elsewhere")

    assert choose(tmp_path, str(tmp_path / "elsewhere"), None, "own")[0] == python


def test_asked_for_may_be_a_name_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = environment(tmp_path / "other")
    monkeypatch.setenv("PATH", str(python.parent))

    assert choose(tmp_path, "python", None, "own")[0] == python


@pytest.mark.parametrize("name", [".venv", "venv"])
def test_the_apps_environment_comes_before_the_active_one(tmp_path: Path, name: str) -> None:
    python = environment(tmp_path / name)

    # The link is kept: resolved, it would be the interpreter without the environment's packages.
    assert choose(tmp_path, None, str(tmp_path / "active"), "own") == (python, name)


def test_the_active_environment_comes_before_our_own(tmp_path: Path) -> None:
    python = environment(tmp_path / "active")

    assert choose(tmp_path, None, str(tmp_path / "active"), "own")[0] == python


def test_our_own_comes_last(tmp_path: Path) -> None:
    (tmp_path / "venv").mkdir()

    assert choose(tmp_path, None, None, "/own/python") == (Path("/own/python"), "ormprobe's own")


def test_broken_link_of_an_environment_is_said(tmp_path: Path) -> None:
    python = environment(tmp_path / ".venv")
    python.unlink()
    python.symlink_to(tmp_path / "gone")

    with pytest.raises(LaunchError, match=r"bin/python is a broken link"):
        choose(tmp_path, None, None, "own")


@pytest.mark.parametrize("asked", ["no-such-python", "./no/such/python"])
def test_missing_interpreter_is_said(tmp_path: Path, asked: str) -> None:
    with pytest.raises(LaunchError, match="there is no interpreter"):
        choose(tmp_path, asked, None, "own")


def test_probe_tells_version_scripts_and_environment(tmp_path: Path) -> None:
    venv.create(tmp_path / ".venv", symlinks=True)
    python = tmp_path / ".venv" / "bin" / "python"
    script = python.parent / "flask"
    script.write_text("#!/bin/sh\n")
    (python.parent / "notes").write_text("not a script")
    script.chmod(0o755)

    found = probe(python, ".venv")

    assert found.version == ".".join(map(str, sys.version_info[:3]))
    assert found.environment == tmp_path / ".venv"
    assert not found.has_pytest
    assert {"python", "flask"} <= found.scripts
    assert found.resolve(("flask", "run")) == (str(script), "run")
    assert found.resolve(("notes",)) == ("notes",)


def test_probe_is_not_misled_by_a_module_of_the_callers_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)

    assert probe(Path(sys.executable), "ormprobe's own").has_pytest


def test_probe_of_something_else_is_said(tmp_path: Path) -> None:
    with pytest.raises(LaunchError, match="does not start"):
        probe(Path("/bin/true"), "--python")
    with pytest.raises(LaunchError, match="does not start"):
        probe(tmp_path, "--python")
