"""The plan: which words, in which order, and why."""

from pathlib import Path

import pytest

from ormprobe.errors import LaunchError, UsageError
from ormprobe.interpreter import Interpreter
from ormprobe.plan import Exercise, Facts, Plan, Role, make, needs_shell

APP = Path("/apps/shop")
PYTHON = "/apps/shop/.venv/bin/python"
BARE = Interpreter(executable=Path(PYTHON), origin=".venv")
FULL = Interpreter(
    executable=Path(PYTHON),
    origin=".venv",
    scripts=frozenset({"pytest", "flask", "gunicorn"}),
    has_pytest=True,
)


def plan(
    facts: Facts | None = None,
    options: Exercise | None = None,
    configured: Exercise | None = None,
    interpreter: Interpreter = FULL,
) -> Plan:
    return make(
        facts or Facts(app=APP), options or Exercise(), configured or Exercise(), interpreter, 4321
    )


def argv(made: Plan) -> tuple[str, ...]:
    [step] = made.steps
    return step.argv


def test_command_of_the_call_comes_before_all_else() -> None:
    made = plan(
        Facts(app=APP, pytest="pytest.ini", manage=True),
        Exercise(command=("python", "job.py")),
        Exercise(command="make test", serve="flask run"),
    )

    assert argv(made) == (PYTHON, "job.py")
    assert "python job.py" in made.sentence


def test_served_by_the_call_comes_before_a_configured_command() -> None:
    made = plan(options=Exercise(serve="flask run"), configured=Exercise(command="make test"))

    assert [step.role for step in made.steps] == [Role.SERVE]


def test_configured_command_comes_before_what_is_found() -> None:
    made = plan(Facts(app=APP, pytest="pytest.ini"), configured=Exercise(command=("flask", "x")))

    assert argv(made) == ("/apps/shop/.venv/bin/flask", "x")


@pytest.mark.parametrize(
    ("facts", "words", "why"),
    [
        (Facts(app=APP / "a.py", is_file=True), (PYTHON, "/apps/shop/a.py"), "APP is a file"),
        (
            Facts(app=APP, pytest="tests/test_a.py", manage=True, unittest=".", main=True),
            (PYTHON, "-m", "pytest"),
            "found tests/test_a.py",
        ),
        (
            Facts(app=APP, manage=True, unittest=".", main=True),
            (PYTHON, "manage.py", "test", "--noinput"),
            "found manage.py",
        ),
        (Facts(app=APP, unittest=".", main=True), (PYTHON, "-m", "unittest"), "found unittest"),
        (
            Facts(app=APP, unittest="tests"),
            (PYTHON, "-m", "unittest", "discover", "-s", "tests"),
            "found unittest",
        ),
        (Facts(app=APP, main=True), (PYTHON, "/apps/shop"), "found __main__.py"),
        (Facts(app=APP, main=True, package=True), (PYTHON, "-m", "shop"), "found __main__.py"),
        (Facts(app=APP, module="till"), (PYTHON, "-m", "till"), "found till/__main__.py"),
    ],
)
def test_found_in_the_order_of_the_contract(facts: Facts, words: tuple[str, ...], why: str) -> None:
    made = plan(facts)

    assert argv(made) == words
    assert why in made.sentence


def test_package_is_found_by_the_path_of_its_parent() -> None:
    [step] = plan(Facts(app=APP, main=True, package=True)).steps

    assert step.path == APP.parent


def test_pytest_that_is_not_installed_leaves_the_choice_to_unittest() -> None:
    made = plan(Facts(app=APP, pytest="test_a.py", unittest="."), interpreter=BARE)

    assert argv(made) == (PYTHON, "-m", "unittest")


def test_tests_that_need_a_missing_pytest_cannot_be_run() -> None:
    with pytest.raises(LaunchError, match=r"tests/conftest\.py needs pytest"):
        plan(Facts(app=APP, pytest="tests/conftest.py", main=True), interpreter=BARE)


def test_nothing_to_run_says_what_to_do() -> None:
    with pytest.raises(LaunchError, match="say what to run after --"):
        plan(Facts(app=APP))


def test_pytest_without_a_script_is_run_as_a_module() -> None:
    made = plan(options=Exercise(command=("pytest", "-x")), interpreter=BARE)

    assert argv(made) == (PYTHON, "-m", "pytest", "-x")


@pytest.mark.parametrize("word", ["./python", "/usr/bin/python", "python3.9", "make"])
def test_first_word_that_is_not_of_the_environment_stays(word: str) -> None:
    assert argv(plan(options=Exercise(command=(word, "python")))) == (word, "python")


def test_setup_server_and_driver_start_in_order_with_the_port_filled_in() -> None:
    made = plan(
        options=Exercise(
            setup="python seed.py", serve="flask run -p {port}", drive="python d.py {port}"
        )
    )

    assert [(step.role, step.argv) for step in made.steps] == [
        (Role.SETUP, (PYTHON, "seed.py")),
        (Role.SERVE, ("/apps/shop/.venv/bin/flask", "run", "-p", "4321")),
        (Role.DRIVE, (PYTHON, "d.py", "4321")),
    ]
    assert made.ready == "tcp://127.0.0.1:4321"


@pytest.mark.parametrize(
    ("asked", "ready"),
    [
        (Exercise(serve="s", drive="d", ready="http://h:{port}/up"), "http://h:4321/up"),
        (Exercise(serve="s", drive="d http://localhost:8000/api"), "tcp://localhost:8000"),
        (Exercise(serve="s {port}", drive="d"), "tcp://127.0.0.1:4321"),
    ],
)
def test_readiness_is_the_url_given_or_the_port_named(asked: Exercise, ready: str) -> None:
    assert plan(options=asked).ready == ready


def test_options_complete_the_configured_server() -> None:
    made = plan(
        options=Exercise(drive="python mine.py"),
        configured=Exercise(serve="flask run", drive="python theirs.py", ready="http://h/"),
    )

    assert made.steps[-1].argv == (PYTHON, "mine.py")
    assert made.steps[0].argv == ("/apps/shop/.venv/bin/flask", "run")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (Exercise(command=("a",), serve="b"), "not both"),
        (Exercise(drive="d"), "--drive needs --serve"),
        (Exercise(ready="http://h/"), "--ready needs --serve"),
        (Exercise(serve="s", drive="d"), "when is the server ready"),
        (Exercise(serve="s 'x", drive="d"), "quotes"),
        (Exercise(serve="A=1"), "no command"),
    ],
)
def test_call_that_contradicts_itself_is_refused(asked: Exercise, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        plan(options=asked)


def test_assignments_before_a_command_are_its_environment() -> None:
    [step] = plan(options=Exercise(serve="A=1 B='two words' flask run")).steps

    assert step.env == (("A", "1"), ("B", "two words"))
    assert step.argv == ("/apps/shop/.venv/bin/flask", "run")


def test_shell_runs_what_only_a_shell_understands_with_the_apps_python_first() -> None:
    [step] = plan(options=Exercise(serve="python a.py && python b.py")).steps

    assert step.argv == ("/bin/sh", "-c", f"{PYTHON} a.py && python b.py")


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("a b", False),
        ("a 'b | c'", False),
        ('a "b; c"', False),
        ('a "$HOME"', True),
        ("a '$HOME'", False),
        ("a | b", True),
        ("a > b", True),
        (r"a \| b", False),
        ("a http://h/?x=1", False),
        ("a *.py", True),
    ],
)
def test_shell_is_needed_for_its_own_syntax_outside_quotes(text: str, needed: bool) -> None:
    assert needs_shell(text) is needed
