"""The corpus: every fixture healthy, and every fixture with each of its faults."""

import os
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
LEFTOVERS = shutil.ignore_patterns("__pycache__", ".pytest_cache", ".ormprobe", "*.pyc")


@dataclass(frozen=True)
class Culprit:
    """A line a fair judge accepts as the place of the defect, in the faulted file.

    `occurrence` (1-based) says which one is meant of several equal lines of the file.
    """

    file: str
    function: str
    line: str
    occurrence: int | None = None


@dataclass(frozen=True)
class Fault:
    """A patch and the label it must get; `breaks` are the outcomes it turns bad."""

    name: str
    cause: str
    variant: str
    severity: str
    breaks: tuple[str, ...]
    certainty: str
    culprits: tuple[Culprit, ...]
    patch: Path


@dataclass(frozen=True)
class Exercise:
    """How to run a fixture: nothing given means that auto-detection suffices.

    A command wins over a server with its driver. `{port}` stands for a free port,
    which the runner fills in and also exports as PORT.
    """

    command: tuple[str, ...] = ()
    serve: str = ""
    drive: str = ""
    ready: str = ""


@dataclass(frozen=True)
class Case:
    """One app to run: a fixture, healthy when it has no fault."""

    fixture: str
    folder: Path
    orm: str
    about: str
    hazards: tuple[str, ...]
    exercise: Exercise
    fault: Fault | None = None

    @property
    def id(self) -> str:
        """The name tests are parametrised by, e.g. `small/library:uncommitted-write`."""
        return f"{self.fixture}:{self.fault.name if self.fault else 'healthy'}"


def cases(fixtures: Path = FIXTURES) -> tuple[Case, ...]:
    """Every case under a folder of fixtures, healthy ones first within each fixture."""
    folders = sorted(path.parent for path in fixtures.rglob("fixture.toml"))
    return tuple(case for folder in folders for case in _cases_of(folder, fixtures))


def materialise(case: Case, into: Path) -> Path:
    """Copy the case's app into a folder, with its fault applied; the copy's path.

    Raises ValueError when the patch does not apply cleanly.
    """
    app = into / "app"
    shutil.copytree(case.folder / "app", app, ignore=LEFTOVERS)
    if case.fault is not None:
        _apply(case.fault.patch, app)
    return app


def culprit_line(app: Path, culprit: Culprit) -> int:
    """The 1-based number of the culprit's line in a materialised app.

    Raises ValueError when the file has no such line, or several and the label names none of them.
    """
    lines = (app / culprit.file).read_text(encoding="utf-8").splitlines()
    found = [number for number, line in enumerate(lines, 1) if line.strip() == culprit.line]
    if len(found) > 1 and culprit.occurrence is None:
        raise ValueError(f"{culprit.file}: {culprit.line!r} is on lines {found}")
    if len(found) < (culprit.occurrence or 1):
        raise ValueError(f"{culprit.file}: {culprit.line!r} is on lines {found}, not enough")
    return found[(culprit.occurrence or 1) - 1]


def _cases_of(folder: Path, fixtures: Path) -> Iterator[Case]:
    label = _read(folder / "fixture.toml")
    exercise = label.get("exercise", {})
    healthy = Case(
        fixture=folder.relative_to(fixtures).as_posix(),
        folder=folder,
        orm=label["orm"],
        about=label["about"],
        hazards=tuple(label["hazards"]),
        exercise=Exercise(
            command=tuple(exercise.get("command", ())),
            serve=exercise.get("serve", ""),
            drive=exercise.get("drive", "").replace("{fixtures}", str(fixtures)),
            ready=exercise.get("ready", ""),
        ),
    )
    yield healthy
    for path in sorted((folder / "faults").glob("*.toml")):
        yield replace(healthy, fault=_fault(path))


def _fault(path: Path) -> Fault:
    label = _read(path)
    return Fault(
        name=path.stem,
        cause=label["cause"],
        variant=label.get("variant", ""),
        severity=label["severity"],
        breaks=tuple(label["breaks"]),
        certainty=label["certainty"],
        culprits=tuple(Culprit(**culprit) for culprit in label["culprit"]),
        patch=path.with_suffix(".patch"),
    )


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _apply(patch: Path, app: Path) -> None:
    # Inside a checkout git would take the paths as relative to its root and skip them all.
    alone = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    alone["GIT_CEILING_DIRECTORIES"] = str(app.resolve().parent)
    done = subprocess.run(
        ["git", "apply", str(patch)], cwd=app, env=alone, capture_output=True, text=True, timeout=30
    )
    if done.returncode:
        raise ValueError(f"{patch.name} does not apply: {done.stderr.strip()}")
