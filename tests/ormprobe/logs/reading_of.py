"""What the tests of logs need: a log's items from text, and the output of real programs."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import textwrap
from pathlib import Path

from ormprobe.logs.model import Access, Item, LogCounts, Notice, Traceback
from ormprobe.logs.reading import read_log


def items_of(log: str | bytes, counts: LogCounts | None = None) -> list[Item]:
    data = log if isinstance(log, bytes) else textwrap.dedent(log).encode()
    return list(read_log(io.BytesIO(data), counts or LogCounts()))


def tracebacks_of(log: str | bytes) -> list[Traceback]:
    return [item for item in items_of(log) if isinstance(item, Traceback)]


def notices_of(log: str | bytes) -> list[Notice]:
    return [item for item in items_of(log) if isinstance(item, Notice)]


def accesses_of(log: str | bytes) -> list[Access]:
    return [item for item in items_of(log) if isinstance(item, Access)]


def output_of(code: str, *, options: tuple[str, ...] = (), folder: Path | None = None) -> bytes:
    """What a program of these lines prints, on both streams."""
    command = [sys.executable, *options, "-c", textwrap.dedent(code)]
    return run(command, folder)


def run(command: list[str], folder: Path | None = None) -> bytes:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}
    ran = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=environment,
        timeout=60,
        check=False,
    )
    return ran.stdout
