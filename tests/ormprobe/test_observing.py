"""How much of a run was seen, and why nothing was."""

from __future__ import annotations

import pytest

from ormprobe.document import Observed
from ormprobe.observing import cut_short, notes_of, observed_of, why_unobserved
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
    assert observed_of(RunFile(), found, False) is Observed.NONE

    setattr(found.counts, kind, 1)
    assert observed_of(RunFile(), found, False) is Observed.FULL


def test_a_label_proves_that_something_was_seen() -> None:
    assert observed_of(RunFile(), run(statements=0), True) is Observed.FULL
    assert observed_of(RunFile(), Run(), True) is Observed.NONE


def test_what_was_lost_makes_it_partial() -> None:
    disabled = run()
    disabled.shims["1-1", "orm"] = ShimState("1-1", "orm", "disabled", "it broke")
    dropped = run()
    dropped.processes["1-1"].dropped_events = 3

    assert observed_of(RunFile(), disabled, False) is Observed.PARTIAL
    assert observed_of(RunFile(), dropped, False) is Observed.PARTIAL
    assert observed_of(RunFile(), run(malformed_lines=1), False) is Observed.PARTIAL


def of_child(**told: object) -> RunFile:
    """A run whose one child is process 7."""
    return RunFile(children=({"pid": 7, "ended": "exit", "exit_code": 0, **told},))


def recorded(*ends: int | None, pid: int = 7) -> Run:
    """A run that saw something, with a file of the process for each of these last times."""
    found = run()
    found.processes = {
        f"{pid}-{number}": Process(f"{pid}-{number}", pid, ended_us=end)
        for number, end in enumerate(ends, start=1)
    }
    return found


@pytest.mark.parametrize("exit_code", [0, 1, 7])
def test_a_child_whose_trace_has_no_end_was_seen_in_part(exit_code: int) -> None:
    run_file, found = of_child(exit_code=exit_code), recorded(None)

    assert observed_of(run_file, found, False) is Observed.PARTIAL
    [note] = notes_of(run_file, found, Observed.PARTIAL, [])
    assert note == "the trace of process 7-1 has no end: it stopped early, or os._exit ended it"


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({}, recorded(90)),
        ({"ended": "stopped"}, recorded(None)),  # our signal ended it: a last line is no duty
        ({"ended": "timeout"}, recorded(None)),
        ({"exit_code": None, "signal": "SIGKILL"}, recorded(None)),
        ({}, recorded(None, pid=8)),  # a grandchild, which the launcher did not see end
        ({}, recorded(None, 90)),  # it went on in a second file, and that has an end
        ({"pid": None}, recorded(None)),
    ],
)
def test_a_trace_that_need_not_have_an_end_is_whole(told: dict[str, object], found: Run) -> None:
    run_file = of_child(**told)

    assert cut_short(run_file, found) == []
    assert observed_of(run_file, found, False) is Observed.FULL


def test_the_last_file_of_a_process_that_was_cut_short_is_named() -> None:
    assert cut_short(of_child(), recorded(None, None)) == ["7-2"]
    assert cut_short(RunFile(), recorded(None)) == []


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
    found.processes["1-1"].dropped_events = 3

    notes = list(
        notes_of(RunFile(notes=("the plan",)), found, Observed.PARTIAL, ["a file was left out"])
    )

    assert notes == [
        "the plan",
        "a file was left out",
        "the shim orm switched itself off in process 1-1: it broke",
        "2 lines of the trace could not be read",
        "3 events of process 1-1 could not be written",
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

    assert note == "no ORM that this version knows was imported: only outcomes were seen"


@pytest.mark.parametrize("role", ["driver", "web", "test"])
def test_only_an_orm_is_an_orm(role: str) -> None:
    found = run()
    found.libraries = {"x": Library("1-1", "x", "1", role)}

    [note] = notes_of(RunFile(), found, Observed.FULL, [])

    assert "no ORM" in note


def test_a_run_in_which_nothing_was_seen_is_not_told_of_orms() -> None:
    found = run(statements=0)
    found.libraries.clear()

    [note] = notes_of(RunFile(), found, Observed.NONE, [])

    assert note.startswith("nothing was exercised")
