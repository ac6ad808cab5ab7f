"""Loads in loops and loads that only look like it: each case has the verdict of its table."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.corpus.cases import FIXTURES, LEFTOVERS
from tests.corpus.rotation import VARIABLE, day_of_year
from tests.corpus.running import clean_environment

FOLDERS = sorted(path.parent for path in (FIXTURES / "loads").glob("*/loads.toml"))


def read(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "loads.toml").read_text("utf-8"))


AGAIN = [
    (f"{folder.name}-{number}", folder, again)
    for folder in FOLDERS
    for number, again in enumerate(read(folder).get("configured", ()))
]
OTHER = pytest.mark.skip(reason=f"not its turn; {VARIABLE}=all runs it")


def configured() -> Iterator[object]:
    """The runs under a configuration, two of them each day."""
    for index, (name, folder, again) in enumerate(AGAIN):
        turn = VARIABLE in os.environ or (index + day_of_year()) % (len(AGAIN) // 2) == 0
        yield pytest.param(folder, again, id=name, marks=() if turn else OTHER)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_case_has_its_verdict(folder: Path, tmp_path: Path) -> None:
    expected = read(folder)["n_plus_one"]

    report = traced(folder, tmp_path)

    assert report["verdict"]["status"] == "passed", report["verdict"]
    found = loops_of(report)
    assert {name: told for name, told in found.items() if told} == {
        name: [what] for name, what in expected.items()
    }
    assert expected.keys() < found.keys(), "some tests are silent"


@pytest.mark.parametrize(("folder", "again"), list(configured()))
def test_configuration_is_obeyed(folder: Path, again: dict[str, Any], tmp_path: Path) -> None:
    report = traced(folder, tmp_path, again["configuration"], again["tests"])

    found = loops_of(report)
    assert {name: told for name, told in found.items() if told} == {
        name: [what] for name, what in again["n_plus_one"].items()
    }
    assert len(found) > len(again["n_plus_one"])


def traced(folder: Path, into: Path, configuration: str = "", tests: str = "") -> dict[str, Any]:
    """The report of a traced run of the app's tests; tests: a choice of pytest's -k."""
    app, report = into / "app", into / "report.json"
    shutil.copytree(folder / "app", app, ignore=LEFTOVERS)
    if configuration:
        (app / "ormprobe.toml").write_text(configuration, "utf-8")
    command = [sys.executable, "-m", "ormprobe", "trace", str(app), "--python", sys.executable]
    command += ["--output", str(into / "trace"), "--format", "json", "--report", str(report)]
    plugins = [word for name in read(folder).get("plugins", ()) for word in ("-p", name)]
    command += ["--", "python", "-m", "pytest", "-q", *plugins, *(("-k", tests) if tests else ())]
    done = subprocess.run(
        command, env=clean_environment(), capture_output=True, text=True, timeout=180, check=False
    )
    assert report.exists(), done.stderr
    document: dict[str, Any] = json.loads(report.read_text("utf-8"))
    return document


def loops_of(report: dict[str, Any]) -> dict[str, list[str]]:
    """By test without its parameters, what it loaded in loops; `*` for plain statements.

    A request's loads are those of the test that made it.
    """
    labels = {label["id"]: label for label in report["labels"]}
    found: dict[str, list[str]] = {}
    for outcome in report["outcomes"]:
        if outcome["kind"] == "test":
            name = outcome["id"].rpartition("::")[2].partition("[")[0]
            told = [
                str(labels[number]["facet"] or "*")
                for number in outcome["labels"]
                if labels[number]["cause"] == "n-plus-one-queries"
            ]
            assert all(labels[number]["severity"] == "hazard" for number in outcome["labels"])
            found.setdefault(name, []).extend(told)
    return found
