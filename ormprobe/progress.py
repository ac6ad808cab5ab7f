"""What goes on, on standard error, and only when that is a terminal."""

import contextlib
import shlex
import time
from collections.abc import Generator

from rich.console import Console
from rich.text import Text

from ormprobe.children import Child


class Progress:
    """One line when a child starts and one when it ends: a live line would tear its output."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def say(self, sentence: str) -> None:
        if self._console.is_terminal:
            self._console.print(Text(f"ormprobe: {sentence}", style="dim"), soft_wrap=True)

    def started(self, child: Child) -> None:
        self.say(f"{child.role} started: {shlex.join(child.argv)}")

    def ended(self, child: Child) -> None:
        how = child.signal or f"exit status {child.exit_code}"
        self.say(f"{child.role} ended after {time.monotonic() - child.started:.1f} s: {how}")

    @contextlib.contextmanager
    def busy(self, sentence: str) -> Generator[None, None, None]:
        """A live line for work of our own, when no child writes to the terminal."""
        if not self._console.is_terminal:
            yield
            return
        with self._console.status(f"[dim]ormprobe: {sentence}"):
            yield
