"""Reads an agent's patch as a stream: of any size, git's or plain, binary parts passed over."""

from __future__ import annotations

from pathlib import Path

from ormprobe.runs.diffs import added_lines
from ormprobe.runs.evidence import Evidence
from ormprobe.runs.model import Patch, Task
from ormprobe.runs.opening import Reading, lines_of
from ormprobe.runs.verifiers import answers

MAX_CHARACTERS = 256 * 1024 * 1024
_MAX_LINE = 8 * 1024


def read_patch(path: Path, task: Task | None = None, notes: list[str] | None = None) -> Patch:
    """What a patch shows, and the static verifiers' answers as far as `task` demands something.

    notes: gets a sentence for what was left out. Raises UnreadableError where the file cannot be
    read.
    """
    said = notes if notes is not None else []
    reading = Reading()
    evidence = Evidence()
    lines = lines_of(path, reading, limit=MAX_CHARACTERS, max_line=_MAX_LINE)
    for added in added_lines(lines):
        evidence.take(added)
    evidence.end_file()
    cut = reading.cut or evidence.dropped > 0
    if cut:
        said.append(f"{path.name}: it was not read whole, it is too large")
    if not evidence.files and not evidence.vendored and reading.characters:
        said.append(f"{path.name}: no diff was found in it")
    if evidence.vendored:
        said.append(f"{path.name}: {evidence.vendored:,} installed or built files were left out")
    return Patch(
        files=tuple(evidence.files),
        added_lines=evidence.added_lines,
        imports=frozenset(one for one in evidence.imports if not evidence.is_local(one)),
        requires=frozenset(evidence.requires),
        routes=evidence.routes,
        answers=answers(evidence, task or Task(), cut=cut),
        cut=cut,
    )
