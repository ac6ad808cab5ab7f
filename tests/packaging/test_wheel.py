"""What the wheel holds, and that it leaves other people's packages alone."""

import subprocess
import sys
import tomllib
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

import ormprobe

ROOT = Path(__file__).parents[2]
PACKAGES = ("ormprobe", "ormprobe_instrumentation", "ormprobe_taxonomy")
FOLDERS = (ROOT, ROOT / "instrumentation", ROOT / "taxonomy")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    words = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(out), str(ROOT)]
    subprocess.run(words, check=True, capture_output=True, timeout=120)
    [built] = out.iterdir()
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_top_level_is_exactly_the_three_packages(names: list[str]) -> None:
    version = ormprobe.__version__

    assert {name.split("/")[0] for name in names} == {*PACKAGES, f"ormprobe-{version}.dist-info"}


def test_every_module_is_in_the_wheel(names: list[str]) -> None:
    sources = {
        str(path.relative_to(folder))
        for folder, package in zip(FOLDERS, PACKAGES, strict=True)
        for path in (folder / package).rglob("*.py")
    }

    assert sources <= set(names)
    assert "ormprobe_instrumentation/inject/sitecustomize.py" in names


def test_every_package_says_it_is_typed(names: list[str]) -> None:
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)


def test_injected_folder_holds_one_file_alone(names: list[str]) -> None:
    inside = [name for name in names if name.startswith("ormprobe_instrumentation/inject/")]

    assert inside == ["ormprobe_instrumentation/inject/sitecustomize.py"]


def test_metadata_asks_for_what_the_tool_needs_and_no_orm(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [each for each in archive.namelist() if each.endswith("/METADATA")]
        metadata = Parser().parsestr(archive.read(name).decode())

    asked = [each.split(";") for each in metadata.get_all("Requires-Dist", [])]
    required = [each[0].split(">")[0] for each in asked if len(each) == 1]
    extra = [each[0].split(">")[0] for each in asked if len(each) > 1]
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"
    assert required == ["jinja2", "joblib", "msgspec", "rich", "scipy", "sqlglot[c]", "typer"]
    assert extra == ["dask[distributed]"]
    assert metadata.get_all("Provides-Extra") == ["dask"]


def install(python: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *words],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.mark.network
@pytest.mark.slow
def test_package_called_taxonomy_still_works_beside_it(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    theirs = install(python, "taxonomy")
    if theirs.returncode:
        pytest.skip(f"the package index cannot be reached: {theirs.stderr.strip()[-200:]}")

    ours = install(python, "-c", str(ROOT / "constraints.txt"), str(wheel))

    assert ours.returncode == 0, ours.stderr
    program = "import taxonomy, ormprobe_taxonomy; print(taxonomy.Taxonomy.__name__)"
    answer = subprocess.run(
        [str(python), "-I", "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (answer.stdout, answer.stderr) == ("Taxonomy\n", "")
    command = subprocess.run(
        [str(tmp_path / "venv" / "bin" / "ormprobe"), "--version"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert command.stdout == f"ormprobe {ormprobe.__version__}\n"


def test_project_and_package_have_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert project["tool"]["hatch"]["version"]["path"] == "ormprobe/__init__.py"
    assert f"## [{ormprobe.__version__}]" in (ROOT / "CHANGELOG.md").read_text()
