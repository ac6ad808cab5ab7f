"""The timeline as a page of text: two lines a statement, its event at the left."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from ormprobe.report.timeline import model
from ormprobe.report.timeline.lines import (
    GLUE,
    about_line,
    answer_line,
    check_line,
    error_line,
    failure_line,
    headline,
    line_of,
    note_line,
    offset,
    others_line,
    savepoint_line,
    sql_line,
    transaction_line,
    values_line,
)
from ormprobe.report.timeline.repeats import DATA, Block, blocks

GUTTER = 8
STEP = 2
NARROWEST = 40


def render(scope: model.ScopeEntry, console: Console) -> str:
    """An outermost scope as the console would print it, a blank line behind it."""
    page = _Page(console)
    page.scope(scope, 0)
    return page.text()


class _Page:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._lines: list[Text] = []

    def text(self) -> str:
        with self._console.capture() as captured:
            for line in self._lines:
                self._console.print(line, soft_wrap=True)
            self._console.print()
        page = captured.get().replace(GLUE, " ")
        return "\n".join(line.rstrip() for line in page.split("\n"))

    def scope(self, scope: model.ScopeEntry, depth: int) -> None:
        # requests within requests within tests: never deep, however long a test is
        if depth:
            self._lines.append(Text())
        self._put(scope.event, headline(scope), depth)
        if scope.handler is not None:
            self._put("", Text(f"handler {line_of(scope.handler)}", "dim"), depth + 1)
        if scope.inputs:
            self._put("", values_line("inputs", scope.inputs, 0), depth + 1)
        told = {entry.where for entry in scope.entries if isinstance(entry, model.CheckEntry)}
        for block in blocks(scope.entries):
            first = block.entries[0]
            if isinstance(first, model.FailureEntry) and first.where in told:
                continue  # what the failing check says already, at more length
            self._block(block, depth + 1)
        if scope.answer is not None:
            self._put("", answer_line(scope.answer), depth + 1)

    def _block(self, block: Block, depth: int) -> None:
        first = block.entries[0]
        if isinstance(first, model.StatementEntry):
            every = [e for e in block.entries if isinstance(e, model.StatementEntry)]
            if first.operation not in DATA:
                self._put(first.event, others_line(every), depth, first.at_us)
                return
            if block.size > 1:
                says = f"{block.size} statements in turn, {block.times} times:"
                self._put(first.event, Text(says, "bold yellow"), depth)
            for index in range(block.size):
                self._statements(every[index :: block.size], depth + (block.size > 1))
        else:
            self._entry(first, depth)

    def _statements(self, same: Sequence[model.StatementEntry], depth: int) -> None:
        first = same[0]
        text = sql_line(first)
        if len(same) > 1:
            text = Text(f"{len(same)} times: ", "bold yellow").append_text(text)
        self._put(first.event, text, depth)
        self._put(offset(first.at_us), about_line(same), depth)

    def _entry(self, entry: model.Entry, depth: int) -> None:
        match entry:
            case model.ScopeEntry():
                self.scope(entry, depth)
            case model.TransactionEntry():
                if entry.kept or entry.lost or entry.more or entry.by in ("app", "exception"):
                    self._put(entry.event, transaction_line(entry), depth, entry.at_us)
            case model.SavepointEntry():
                self._put(entry.event, savepoint_line(entry), depth, entry.at_us)
            case model.ErrorEntry():
                self._put(entry.event, error_line(entry), depth, entry.at_us)
            case model.FailureEntry():
                self._put(entry.event, failure_line(entry), depth, entry.at_us)
            case model.CheckEntry():
                self._put(entry.event, check_line(entry), depth, entry.at_us)
            case model.NoteEntry():
                self._put(entry.event, note_line(entry), depth, entry.at_us)
            case model.StatementEntry():
                self._statements([entry], depth)

    def _put(self, event: str, text: Text, depth: int, at_us: int | None = None) -> None:
        """Adds a text behind the gutter, wrapped; the time goes into the gutter's second line."""
        indent = GUTTER + STEP * depth
        width = max(NARROWEST, self._console.width - indent)
        gutter = f":{event.rpartition(':')[2]}" if ":" in event else event
        second = "" if at_us is None else offset(at_us)
        for number, line in enumerate(text.wrap(self._console, width)):
            head = gutter if number == 0 else second if number == 1 else ""
            self._lines.append(Text(f"{head:>{GUTTER - 2}}".ljust(indent), "dim").append_text(line))
