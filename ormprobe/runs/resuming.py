"""`labels.jsonl`: what a report tells of each run, and what the next one need not read again.

While runs are labelled, each record is appended to a journal beside it, in the order in which they
come. At the end, both become one file in the order of the runs, which replaces the old one at once.
A command that was killed leaves its journal, and loses nothing that was written.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

import msgspec

from ormprobe.errors import OrmprobeError, UsageError
from ormprobe.runs.record import RunRecord
from ormprobe.tables.places import whole

LABELS = "labels.jsonl"
JOURNAL = "labels.jsonl.journal"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(RunRecord).decode


class Ledger:
    """The records of a folder of reports, by the path of their runs.

    Raises OrmprobeError where the folder cannot be made or written to, and UsageError where
    another command is writing to it.
    """

    def __init__(self, folder: Path) -> None:
        self._labels = folder / LABELS
        self._journal = folder / JOURNAL
        self._folder = folder
        with _told(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._journal, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
            _lock(self._file, folder)
            self.records = {each.path: each for each in read_records(self._labels)}
            self.records |= {each.path: each for each in read_records(self._journal)}
            self._end_torn_line()

    def finished(self, path: str, fingerprint: str) -> bool:
        """Whether the run was labelled as it lies there now. One that broke is tried again."""
        record = self.records.get(path)
        return record is not None and record.error is None and record.fingerprint == fingerprint

    def add(self, record: RunRecord) -> None:
        """Keeps a record. It has left our process when this returns."""
        self.records[record.path] = record
        with _told(self._folder):
            _write(self._file, _encode(record) + b"\n")

    def close(self, order: Iterable[str]) -> tuple[RunRecord, ...]:
        """Writes the records of these runs in this order; those of other runs go away."""
        kept = tuple(self.records[path] for path in order if path in self.records)
        with _told(self._folder):
            with whole(self._labels) as file:
                for record in kept:
                    file.write(_encode(record) + b"\n")
            self._journal.unlink(missing_ok=True)
            os.close(self._file)
        return kept

    def _end_torn_line(self) -> None:
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":
            _write(self._file, b"\n")


def read_records(file: Path) -> Iterator[RunRecord]:
    """The records of a file in its order; lines that are none are left out.

    Raises OSError where the file is there and cannot be read.
    """
    try:
        lines = file.open("rb")
    except FileNotFoundError:
        return
    with lines:
        for line in lines:
            try:
                yield _decode(line)
            except (msgspec.MsgspecError, ValueError, RecursionError):
                continue  # torn, or of an ormprobe that wrote them otherwise


def _write(file: int, content: bytes) -> None:
    while content:
        content = content[os.write(file, content) :]


def _lock(file: int, folder: Path) -> None:
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Another that ends just now has removed what we hold, and read what we have not.
        ours = os.path.samestat(os.fstat(file), os.stat(folder / JOURNAL))
    except (BlockingIOError, FileNotFoundError):
        ours = False
    except OSError:
        ours = True  # a file system without locks
    if not ours:
        raise UsageError(f"another ormprobe is writing to {folder}")


@contextlib.contextmanager
def _told(folder: Path) -> Generator[None, None, None]:
    try:
        yield
    except OSError as error:
        raise OrmprobeError(f"cannot write to {folder}: {error.strerror}") from None
