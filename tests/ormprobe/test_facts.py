"""What a folder shows of how it can be run."""

from pathlib import Path

import pytest

from ormprobe.facts import look

UNITTEST = "import unittest\n\nclass Shop(unittest.TestCase):\n    def test_a(self): ...\n"
PYTEST = "def test_a():\n    assert True\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pytest.ini", ""),
        ("pyproject.toml", "[tool.pytest.ini_options]\n"),
        ("pyproject.toml", "[tool.pytest]\n"),
        ("tox.ini", "[pytest]\n"),
        ("setup.cfg", "[tool:pytest]\n"),
        ("conftest.py", ""),
    ],
)
def test_pytest_is_configured(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)

    found = look(tmp_path).pytest

    assert found
    assert name in found


@pytest.mark.parametrize(
    ("name", "content"),
    [("pyproject.toml", "[tool.ruff]\n"), ("tox.ini", "[testenv]\n"), ("setup.cfg", "not ini")],
)
def test_other_configuration_is_not_pytests(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)

    assert look(tmp_path).pytest is None


@pytest.mark.parametrize(
    "content", [PYTEST, "class TestA:\n    pass\n", "import pytest\n", "async def test_a(): ...\n"]
)
def test_tests_for_pytest_are_known_by_their_form(tmp_path: Path, content: str) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "test_a.py").write_text(content)

    assert look(tmp_path).pytest == "checks/test_a.py"


def test_tests_for_unittest_are_not_pytests(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(UNITTEST)

    found = look(tmp_path)

    assert (found.pytest, found.unittest) == (None, ".")


def test_unittest_starts_where_packages_no_longer_lead(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text(UNITTEST)

    assert look(tmp_path).unittest == "tests"

    (tmp_path / "tests" / "__init__.py").write_text("")

    assert look(tmp_path).unittest == "."


@pytest.mark.parametrize("folder", [".venv", "venv", "node_modules", ".git", "build"])
def test_tests_of_others_are_not_the_apps(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "test_a.py").write_text(PYTEST)

    assert look(tmp_path).pytest is None


def test_entry_points_are_seen(tmp_path: Path) -> None:
    for name in ("manage.py", "__main__.py", "__init__.py"):
        (tmp_path / name).write_text("")
    (tmp_path / "till").mkdir()
    (tmp_path / "till" / "__main__.py").write_text("")

    found = look(tmp_path)

    assert (found.manage, found.main, found.package, found.module) == (True, True, True, "till")


CASES = "class TestShop(TestCase):\n    def test_a(self): ...\n"


@pytest.mark.parametrize(
    ("name", "text", "chosen"),
    [
        ("pytest.ini", "[pytest]\nDJANGO_SETTINGS_MODULE = shop.settings\n", "pytest.ini"),
        ("setup.cfg", "[tool:pytest]\naddopts = --ds=shop.settings\n", "setup.cfg"),
        ("conftest.py", "import django\ndjango.setup()\n", "conftest.py"),
        (
            "pyproject.toml",
            "[tool.pytest.ini_options]\nDJANGO_SETTINGS_MODULE = 'shop.settings'\n",
            "pytest's table in pyproject.toml",
        ),
        (
            "pyproject.toml",
            "[project]\ndependencies = ['django']\n[tool.pytest.ini_options]\nminversion = 8\n",
            None,
        ),
        ("pytest.ini", "[pytest]\n", None),
        ("conftest.py", "import pytest\n", None),
        ("notes.txt", "", None),
    ],
)
def test_pytest_is_for_a_django_project_that_it_sets_up(
    tmp_path: Path, name: str, text: str, chosen: str | None
) -> None:
    (tmp_path / "manage.py").write_text("")
    (tmp_path / "tests.py").write_text(CASES)
    (tmp_path / name).write_text(text)

    found = look(tmp_path)

    assert (found.pytest, found.manage) == (chosen, True)


def test_tests_that_only_pytest_finds_are_for_pytest(tmp_path: Path) -> None:
    (tmp_path / "manage.py").write_text("")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_shop.py").write_text("def test_a(): ...\n")

    assert look(tmp_path).pytest == "pytest.ini"


def test_two_runnable_packages_are_no_choice(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__main__.py").write_text("")

    assert look(tmp_path).module is None


def test_file_is_only_a_file(tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text("")

    found = look(script)

    assert found.is_file
    assert found.pytest is None
