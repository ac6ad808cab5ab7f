"""What a terminal is told, and that nothing else is told anything."""

import io
import subprocess
import sys

from rich.console import Console

from ormprobe.children import Child
from ormprobe.plan import Role
from ormprobe.progress import Progress


def told(terminal: bool) -> str:
    out = io.StringIO()
    progress = Progress(Console(file=out, force_terminal=terminal, color_system=None))
    process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    child = Child(role=Role.SERVE, argv=("flask", "run"), process=process)
    progress.started(child)
    process.wait()
    progress.ended(child)
    with progress.busy("judging"):
        progress.say("done")
    return out.getvalue()


def test_terminal_is_told_what_runs_and_how_it_ended() -> None:
    shown = told(terminal=True)

    assert "ormprobe: serve started: flask run\n" in shown
    assert "s: exit status 3\n" in shown
    assert "judging" in shown


def test_file_or_pipe_is_told_nothing() -> None:
    assert told(terminal=False) == ""
