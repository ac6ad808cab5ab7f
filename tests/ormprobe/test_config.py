"""`[tool.ormprobe]` and ormprobe.toml."""

import shlex
from pathlib import Path

import pytest

from ormprobe.config import Configuration, callers, load
from ormprobe.errors import UsageError
from ormprobe.plan import Exercise

ALL = """
command = ["python", "job.py"]
serve = "flask run"
drive = "python drive.py"
ready = "http://127.0.0.1:{port}/"
setup = "alembic upgrade head"
python = "../venv/bin/python"
timeout = 60
strict = true
values = "off"
[env]
DATABASE_URL = "sqlite://"
WORKERS = 2
"""


def test_every_option_is_read(tmp_path: Path) -> None:
    (tmp_path / "ormprobe.toml").write_text(ALL)

    assert load(tmp_path) == Configuration(
        exercise=Exercise(
            command=("python", "job.py"),
            serve="flask run",
            drive="python drive.py",
            ready="http://127.0.0.1:{port}/",
            setup="alembic upgrade head",
        ),
        python=str(tmp_path / "../venv/bin/python"),
        env=(("DATABASE_URL", "sqlite://"), ("WORKERS", "2")),
        timeout=60.0,
        strict=True,
        values="off",
    )


def test_table_of_pyproject_is_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.ormprobe]\ncommand = "make test"\n')

    assert load(tmp_path).exercise.command == "make test"


def test_file_of_its_own_comes_before_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.ormprobe]\ncommand = "theirs"\n')
    (tmp_path / "ormprobe.toml").write_text('command = "ours"\n')

    assert load(tmp_path).exercise.command == "ours"


@pytest.mark.parametrize("content", ["", "[tool.ruff]\n", "[project]\nname = 'x'\n"])
def test_no_table_is_no_configuration(tmp_path: Path, content: str) -> None:
    (tmp_path / "pyproject.toml").write_text(content)

    assert load(tmp_path) == Configuration()


def test_what_is_expected_of_the_data_layer(tmp_path: Path) -> None:
    (tmp_path / "ormprobe.toml").write_text(
        'expect_orm = "sqlalchemy"\nexpect_database = "postgresql"\n'
    )

    expected = load(tmp_path).expected

    assert (expected.orm, expected.database) == ("sqlalchemy", "postgresql")


def test_python_without_a_slash_is_looked_for_on_path(tmp_path: Path) -> None:
    (tmp_path / "ormprobe.toml").write_text('python = "python3.9"\n')

    assert load(tmp_path).python == "python3.9"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('comand = "x"', "no option comand; did you mean command?"),
        ("zzz = 1", "no option zzz; known are command"),
        ("serve = 1", "serve must be a string"),
        ("timeout = 0", "timeout must be"),
        ("timeout = true", "timeout must be"),
        ('timeout = "9"', "timeout must be"),
        ("command = [1]", "command must be"),
        ("command = 1", "command must be"),
        ("env = 1", "env must be"),
        ("env = { A = true }", "env must be"),
        ('values = "all"', "values must be one of"),
        ('expect_orm = "hibernate"', "expect_orm must be one of"),
        ('expect_database = "sqlite3"', "expect_database must be one of"),
        ("expect_orm = 1", "expect_orm must be a string"),
        ("strict = 1", "strict must be"),
        ("serve = ", "cannot be read"),
    ],
)
def test_wrong_configuration_is_one_sentence(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "ormprobe.toml").write_text(content)

    with pytest.raises(UsageError) as caught:
        load(tmp_path)

    assert says in str(caught.value)
    assert "ormprobe.toml" in str(caught.value)


def test_tool_that_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool]\normprobe = 1\n")

    with pytest.raises(UsageError, match="must be a table"):
        load(tmp_path)


def test_relative_path_in_an_option_is_the_callers(tmp_path: Path) -> None:
    caller, app = tmp_path / "here", tmp_path / "app"
    (caller / "e2e").mkdir(parents=True)
    (caller / "drive.py").write_text("")

    made = callers("python drive.py e2e/ {port} --x http://h/ missing.py e2e", caller, app)

    assert shlex.split(made or "") == [
        "python",
        str(caller / "drive.py"),
        str(caller / "e2e"),
        "{port}",
        "--x",
        "http://h/",
        "missing.py",
        "e2e",
    ]


@pytest.mark.parametrize("text", [None, "a | b", "a 'b"])
def test_text_that_is_not_plain_words_is_left_alone(tmp_path: Path, text: str | None) -> None:
    assert callers(text, tmp_path, tmp_path / "app") == text
