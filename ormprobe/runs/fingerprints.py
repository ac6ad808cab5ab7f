"""By what a finished run is known again, without reading its files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

DEPTH = 3
"""Folders below a run's own that are looked into: a trace lies two below."""
MOST_FILES = 10_000


def fingerprint(folder: Path, said: str) -> str:
    """A digest of the names, sizes and times of a run's files, and of `said`: what else decides
    its labels. What cannot be looked at counts by its name and the reason."""
    digest = hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16)
    for number, line in enumerate(_files(str(folder), "", DEPTH)):
        if number == MOST_FILES:
            break
        digest.update(b"\0" + line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _files(folder: str, inside: str, depth: int) -> Iterator[str]:
    """A line for each file. Links to folders are not followed, since they may lead round."""
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda each: each.name)
    except OSError as error:
        yield f"{inside}/ {error.errno}"
        return
    for entry in entries:
        name = f"{inside}/{entry.name}"
        try:
            if entry.is_dir(follow_symlinks=False):
                if depth:
                    yield from _files(entry.path, name, depth - 1)
                continue
            # A link counts as what it leads to, so that a change of that is seen.
            state = entry.stat()
        except OSError as error:
            yield f"{name} {error.errno}"
        else:
            yield f"{name} {state.st_size} {state.st_mtime_ns}"
