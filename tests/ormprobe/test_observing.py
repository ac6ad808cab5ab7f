"""How much of a run was seen, and why nothing was."""

from __future__ import annotations

import pytest

from ormprobe.document import Observed
from ormprobe.observing import notes_of, observed_of, why_unobserved
from ormprobe.reading.folder import RunFile
from ormprobe.timeline.run import Library, Process, Run, ShimState


def run(statements: int = 1, **counts: int) -> Run:
    orm = Library("1-1", "sqlalchemy", "2.1.9", "orm")
    found = Run(processes={"1-1": Process("1-1")}, libraries={"sqlalchemy": orm})
    found.counts.statements = statements
    for name, value in counts.items():
        setattr(found.counts, name, value)
    return found


def why(*command: str) -> str:
    return why_unobserved(RunFile(command=command), Run())


@pytest.mark.parametrize("kind", ["statements", "tests", "requests", "errors"])
def test_a_run_that_exercised_something_was_seen(kind: str) -> None:
    found = run(statements=0)
    assert observed_of(found, [], False) is Observed.NONE

    setattr(found.counts, kind, 1)
    assert observed_of(found, [], False) is Observed.FULL


def test_a_label_proves_that_something_was_seen() -> None:
    assert observed_of(run(statements=0), [], True) is Observed.FULL
    assert observed_of(Run(), [], True) is Observed.NONE


def test_what_was_lost_makes_it_partial() -> None:
    disabled = run()
    disabled.shims["1-1", "orm"] = ShimState("1-1", "orm", "disabled", "it broke")
    dropped = run()
    dropped.processes["1-1"].dropped_events = 3

    assert observed_of(disabled, [], False) is Observed.PARTIAL
    assert observed_of(dropped, [], False) is Observed.PARTIAL
    assert observed_of(run(malformed_lines=1), [], False) is Observed.PARTIAL


@pytest.mark.parametrize(
    ("command", "flag"),
    [
        (("python", "-I", "app.py"), "-I"),
        (("python3.11", "-E", "-m", "app"), "-E"),
        (("/usr/bin/python3", "-S", "app.py"), "-S"),
        (("python", "-uBS", "app.py"), "-S"),
        (("env", "A=1", "python", "-I", "app.py"), "-I"),
        (("python", "-W", "error", "-I", "app.py"), "-I"),
        (("python", "-Xdev", "-E", "app.py"), "-E"),
    ],
)
def test_a_flag_that_keeps_shims_out(command: tuple[str, ...], flag: str) -> None:
    assert why(*command).startswith(f"no shim could work: the interpreter was started with {flag},")


@pytest.mark.parametrize(
    "command",
    [
        ("python", "app.py", "-I"),
        ("python", "-m", "app", "-S"),
        ("python", "-c", "pass", "-E"),
        ("python", "--check-hash-based-pycs", "always", "app.py"),
        ("python", "-W", "error", "app.py"),
        ("python", "-Wignore::ImportWarning", "app.py"),
        ("python", "-Xno_debug_ranges:IES", "app.py"),
        ("python", "-mSITE"),
        ("python", "-", "-S"),
        ("node", "-I", "app.js"),
        (),
    ],
)
def test_flags_of_the_app_are_not_the_interpreters(command: tuple[str, ...]) -> None:
    assert "no CPython 3.8 or later wrote to the trace" in why(*command)


@pytest.mark.parametrize("flag", ["-i", "-", "--ignore-environment"])
def test_a_scrubbed_environment(flag: str) -> None:
    assert "scrubs the environment" in why("env", flag, "python", "app.py")
    assert "scrubs the environment" in why("/usr/bin/env", flag, "python", "app.py")
    assert "scrubs the environment" not in why("tool", "env", flag)


def test_a_process_that_did_nothing() -> None:
    assert why_unobserved(RunFile(), run(statements=0)).startswith("nothing was exercised")


def test_notes_say_what_a_reader_must_know() -> None:
    found = run(malformed_lines=2)
    found.shims["1-1", "orm"] = ShimState("1-1", "orm", "disabled", "it broke")
    found.shims["1-1", "web"] = ShimState("1-1", "web", "installed")
    found.dropped = 4

    notes = list(
        notes_of(RunFile(notes=("the plan",)), found, Observed.PARTIAL, ["a file was left out"])
    )

    assert notes == [
        "the plan",
        "a file was left out",
        "the shim orm switched itself off in process 1-1: it broke",
        "2 lines of the trace could not be read",
        "4 facts about the run were beyond the tables' bounds",
    ]


def test_an_unobserved_run_says_why() -> None:
    [note] = notes_of(RunFile(command=("python", "-I", "a.py")), Run(), Observed.NONE, [])

    assert "-I" in note


def test_one_line_is_one_line() -> None:
    [note] = notes_of(RunFile(), run(malformed_lines=1), Observed.PARTIAL, [])

    assert note == "1 line of the trace could not be read"


def test_a_run_without_an_orm_says_so() -> None:
    found = run()
    found.libraries.clear()

    [note] = notes_of(RunFile(), found, Observed.FULL, [])

    assert note.startswith("no ORM that this version knows was imported")
