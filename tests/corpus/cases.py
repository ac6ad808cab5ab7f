"""The corpus: every fixture healthy, and with each of its faults, on each of its databases."""

import os
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
SQLITE = "sqlite"
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
    """A patch and the label it must get; `breaks` are the outcomes it turns bad.

    `databases`: those on which it does, of the fixture's own. `options`: what the label takes
    beside the app, as further options of `ormprobe trace`. `missed`: why the verdict is known not
    to be the label yet, empty where it is. `collected`: what the app leaves behind is reported
    wherever the garbage collector happens to find it, so that no two runs print the same. `raced`:
    tasks or threads race in it, so that no two runs fail the same way.
    """

    name: str
    cause: str
    variant: str
    severity: str
    breaks: tuple[str, ...]
    certainty: str
    culprits: tuple[Culprit, ...]
    patch: Path
    databases: tuple[str, ...]
    options: tuple[str, ...]
    missed: str = ""
    collected: bool = False
    raced: bool = False


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
    """One app to run on one database: a fixture, healthy when it has no fault.

    `databases` are all that the fixture runs on, its first choice first. `url` is what the app gets
    as DATABASE_URL, empty for nothing: for SQLite a whole URL in which `{folder}` stands for a new
    folder, for PostgreSQL the scheme alone, since the runner knows the server.
    """

    fixture: str
    folder: Path
    orm: str
    about: str
    hazards: tuple[str, ...]
    exercise: Exercise
    databases: tuple[str, ...]
    database: str
    url: str
    fault: Fault | None = None

    @property
    def id(self) -> str:
        """The name tests are parametrised by, e.g. `small/library:uncommitted-write@postgresql`."""
        where = "" if self.database == SQLITE else f"@{self.database}"
        return f"{self.fixture}:{self.fault.name if self.fault else 'healthy'}{where}"


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
    databases = tuple(label.get("databases", (SQLITE,)))
    urls = label.get("urls", {})
    faults = [_fault(path, databases) for path in sorted((folder / "faults").glob("*.toml"))]
    for fault in (None, *faults):
        for database in databases if fault is None else fault.databases:
            yield Case(
                fixture=folder.relative_to(fixtures).as_posix(),
                folder=folder,
                orm=label["orm"],
                about=label["about"],
                hazards=tuple(label["hazards"]),
                exercise=_exercise(label.get("exercise", {}), fixtures),
                databases=databases,
                database=database,
                url=urls.get(database, ""),
                fault=fault,
            )


def _exercise(label: dict[str, Any], fixtures: Path) -> Exercise:
    return Exercise(
        command=tuple(label.get("command", ())),
        serve=label.get("serve", ""),
        drive=label.get("drive", "").replace("{fixtures}", str(fixtures)),
        ready=label.get("ready", ""),
    )


def _fault(path: Path, databases: tuple[str, ...]) -> Fault:
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
        databases=tuple(label.get("databases", databases)),
        options=tuple(label.get("options", ())),
        missed=label.get("missed", ""),
        collected=label.get("collected", False),
        raced=label.get("raced", False),
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
