"""Errors of Node in a log: stacks, uncaught exceptions, dumps of errors and lines of JSON."""

from __future__ import annotations

from ormprobe.logs.model import Item, Line
from ormprobe.logs.node_json import traceback_of
from ormprobe.logs.node_process import Process
from ormprobe.logs.structured import fields_of

MOST_SOURCES = 64
"""So many processes of one log are read side by side."""


class NodeTraces:
    """Reads Node's errors; those of several processes in one log are told apart."""

    def __init__(self) -> None:
        self._processes: dict[str | None, Process] = {}

    @property
    def waiting(self) -> bool:
        """Whether something is open: its next line may look like nothing by itself."""
        return any(process.waiting for process in self._processes.values())

    def take(self, line: Line, items: list[Item]) -> bool:
        if '"stack"' in line.text:
            fields = fields_of(line.text)
            found = None if fields is None else traceback_of(fields, line)
            if found is not None:
                items.append(found)
                return False  # the same line may tell of the request, too
        return self._process(line.source, items).take(line, items)

    def end(self, items: list[Item]) -> None:
        for process in self._processes.values():
            process.end(items)
        self._processes.clear()

    def _process(self, source: str | None, items: list[Item]) -> Process:
        found = self._processes.get(source)
        if found is None:
            if len(self._processes) >= MOST_SOURCES:
                self._processes.pop(next(iter(self._processes))).end(items)
            found = self._processes[source] = Process(source)
        return found
