"""The labels tell the truth: healthy apps pass, and a fault breaks exactly what it names.

Nothing here knows ormprobe: the apps run as their user would run them.
"""

import ast
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shlex import split
from socket import create_server
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.corpus.cases import FIXTURES, Case, cases, culprit_line, materialise
from tests.corpus.databases import Environment
from tests.corpus.rotation import params, params_of_a_third
from tests.corpus.running import clean_environment, failures, own_python, run

READY_SECONDS = 20
CASES = cases()
FAULTY = tuple(case for case in CASES if case.fault is not None)
# each fault once, whatever databases it runs on
LABELLED = tuple(
    case for case in FAULTY if case.fault is not None and case.database == case.fault.databases[0]
)
# Of the faults, the silent one: the driver must read back what it wrote to see it.
SERVED = tuple(
    case
    for case in CASES
    if case.exercise.serve and (case.fault is None or case.fault.name == "uncommitted-write")
)


@pytest.mark.parametrize("case", params_of_a_third(CASES))
def test_exactly_the_named_outcomes_fail(
    case: Case, tmp_path: Path, database_of: Environment
) -> None:
    expected = set(case.fault.breaks) if case.fault else set[str]()

    failed = failures(case, materialise(case, tmp_path), database_of(case, tmp_path))

    assert failed == expected


@pytest.mark.parametrize("case", LABELLED, ids=lambda case: case.id)
def test_every_culprit_is_a_line_of_its_function(case: Case, tmp_path: Path) -> None:
    assert case.fault is not None
    assert case.fault.culprits

    app = materialise(case, tmp_path)

    for culprit in case.fault.culprits:
        number = culprit_line(app, culprit)
        assert function_at(app / culprit.file, number) == culprit.function


@pytest.mark.parametrize("case", LABELLED, ids=lambda case: case.id)
def test_the_label_is_sound(case: Case) -> None:
    fault = case.fault
    assert fault is not None

    assert fault.name == "--".join(filter(None, (fault.cause, fault.variant)))
    assert fault.certainty in ("certain", "likely")
    assert fault.severity in ("failure", "defect", "hazard")
    assert bool(fault.breaks) == (fault.severity == "failure")
    assert fault.databases
    assert set(fault.databases) <= set(case.databases)


def test_every_patch_has_a_label_and_every_label_a_patch() -> None:
    patches = {path.with_suffix("") for path in FIXTURES.rglob("faults/*.patch")}
    labels = {path.with_suffix("") for path in FIXTURES.rglob("faults/*.toml")}

    assert patches == labels
    assert len(labels) == len(LABELLED)


@pytest.mark.parametrize("case", params(SERVED))
def test_the_driver_over_a_real_server_fails_with_a_fault_alone(
    case: Case, tmp_path: Path, database_of: Environment
) -> None:
    app = materialise(case, tmp_path)
    variables = database_of(case, tmp_path)
    with create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with serving(case, app, port, variables):
        done = run(split(case.exercise.drive.format(port=port)), app, variables)

    assert done.returncode == (0 if case.fault is None else 1), done.stdout


@contextmanager
def serving(case: Case, app: Path, port: int, variables: Mapping[str, str]) -> Iterator[None]:
    """The fixture's server, from its first answer to the end of the block."""
    environment = {**clean_environment(), **variables, "PORT": str(port)}
    with (app.parent / "server.log").open("wb") as log:
        command = own_python(split(case.exercise.serve.format(port=port)))
        server = subprocess.Popen(command, cwd=app, env=environment, stdout=log, stderr=log)
    try:
        wait_for(case.exercise.ready.format(port=port), server)
        yield
    finally:
        server.terminate()
        server.wait(timeout=10)


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    end = monotonic() + READY_SECONDS
    while True:
        try:
            with urlopen(url, timeout=READY_SECONDS):
                return
        except URLError:
            assert server.poll() is None, "the server ended"
            assert monotonic() < end, "the server does not answer"
            sleep(0.05)


def function_at(file: Path, number: int) -> str:
    """The qualified name of the innermost function or class around a line."""
    if file.suffix != ".py":
        return "<template>"
    names: list[str] = []
    node: ast.AST | None = ast.parse(file.read_text(encoding="utf-8"))
    while node is not None:
        node = next((n for n in ast.iter_child_nodes(node) if spans(n, number)), None)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.append(node.name)
    return ".".join(names) or "<module>"


def spans(node: ast.AST, number: int) -> bool:
    return isinstance(node, (ast.stmt, ast.expr, ast.excepthandler)) and (
        node.lineno <= number <= (node.end_lineno or node.lineno)
    )
