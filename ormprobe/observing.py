"""How much of a run was seen, and what a reader must know about that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath

from ormprobe.document import Observed
from ormprobe.reading.folder import RunFile
from ormprobe.timeline.run import Run

_ISOLATING = {
    "I": "the interpreter was started with -I, which ignores PYTHONPATH",
    "E": "the interpreter was started with -E, which ignores PYTHONPATH",
    "S": "the interpreter was started with -S, which runs no sitecustomize",
}


def observed_of(run_file: RunFile, run: Run, labelled: bool) -> Observed:
    """`none` where no shim could work or nothing was exercised; `partial` where a part is lost."""
    counts = run.counts
    exercised = counts.tests or counts.requests or counts.statements or counts.errors
    if not run.processes or not (exercised or labelled):
        return Observed.NONE
    disabled = any(found.state == "disabled" for found in run.shims.values())
    dropped = any(process.dropped_events for process in run.processes.values())
    if disabled or dropped or counts.malformed_lines or cut_short(run_file, run):
        return Observed.PARTIAL
    return Observed.FULL


def cut_short(run_file: RunFile, run: Run) -> list[str]:
    """Processes that ended by themselves and whose trace has no last line.

    Their recording stopped before they did, or they ended by `os._exit`, which runs nothing.
    """
    found: list[str] = []
    for child in run_file.children or ():
        if child.get("ended") != "exit" or child.get("exit_code") is None:
            continue
        own = [process for process in run.processes.values() if process.pid == child.get("pid")]
        if own and not any(process.ended_us for process in own):
            found.append(own[-1].name)
    return found


def notes_of(
    run_file: RunFile, run: Run, observed: Observed, left_out: Iterable[str]
) -> Iterator[str]:
    """Sentences about the run itself, not about its causes."""
    yield from run_file.notes or ()
    yield from left_out
    if observed is Observed.NONE:
        yield why_unobserved(run_file, run)
    elif not any(library.role == "orm" for library in run.libraries.values()):
        drivers = any(library.role == "driver" for library in run.libraries.values())
        seen = "what reached a driver was" if drivers and run.counts.statements else "outcomes were"
        yield f"no ORM that this version knows was imported: only {seen} seen"
    for (process, name), found in run.shims.items():
        if found.state == "disabled":
            yield f"the shim {name} switched itself off in process {process}: {found.reason}"
    if run.counts.malformed_lines:
        number = run.counts.malformed_lines
        yield f"{number} line{'s' * (number != 1)} of the trace could not be read"
    for each in run.processes.values():
        if each.dropped_events:
            number = each.dropped_events
            yield f"{number} event{'s' * (number != 1)} of process {each.name} could not be written"
    for name in cut_short(run_file, run):
        yield f"the trace of process {name} has no end: it stopped early, or os._exit ended it"
    if run.dropped:
        yield f"{run.dropped} facts about the run were beyond the tables' bounds"


def why_unobserved(run_file: RunFile, run: Run) -> str:
    """Why there is no verdict, in one sentence."""
    if run.processes:
        return "nothing was exercised: no test, no request and no statement was seen"
    flag = _isolating_flag(run_file.command or ())
    if flag is not None:
        return f"no shim could work: {flag}"
    if _scrubs_environment(run_file.command or ()):
        return "no shim could work: the command scrubs the environment that would load them"
    return (
        "no shim could work: no CPython 3.8 or later wrote to the trace (was the environment "
        "scrubbed, or is the command no Python program?)"
    )


def _isolating_flag(command: Sequence[str]) -> str | None:
    """The interpreter flag that keeps sitecustomize or PYTHONPATH out."""
    names = [PurePath(word).name for word in command]
    start = next((i for i, name in enumerate(names) if name.startswith("python")), len(names))
    words = iter(command[start + 1 :])
    for word in words:
        if not word.startswith("-") or word in ("-", "--"):
            return None
        if word.startswith("--"):
            continue
        for index, letter in enumerate(word[1:], start=2):
            if letter in _ISOLATING:
                return _ISOLATING[letter]
            if letter in "cm":
                return None
            if letter in "WX":  # what follows is their argument
                if index == len(word):
                    next(words, None)
                break
    return None


def _scrubs_environment(command: Sequence[str]) -> bool:
    names = [PurePath(word).name for word in command]
    return "env" in names[:1] and any(
        word in ("-", "-i", "--ignore-environment") for word in command
    )
