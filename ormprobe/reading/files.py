"""Reads one events file as a stream: a bad line costs that line, and is counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from ormprobe.reading.events import EVENTS, AnyEvent

BLOCK = 256 * 1024
MAX_LINE = 4 * 1024 * 1024
MAX_UNKNOWN_KINDS = 100


@dataclass(slots=True)
class ReadCounts:
    """What reading met. `torn`: last lines without their end; `unknown`: lines by kind."""

    events: int = 0
    malformed: int = 0
    torn: int = 0
    unknown: dict[str, int] = field(default_factory=dict[str, int])


class _Kind(msgspec.Struct):
    kind: str


_KINDS = frozenset(str(event.__struct_config__.tag) for event in EVENTS)
_decode = msgspec.json.Decoder(AnyEvent).decode
_decode_kind = msgspec.json.Decoder(_Kind).decode
_BAD = (msgspec.MsgspecError, ValueError, RecursionError)


def read_file(path: Path, counts: ReadCounts) -> Iterator[tuple[int, AnyEvent]]:
    """The events of a file with the numbers of their lines, which count from 1.

    Raises OSError where the file cannot be read.
    """
    number = 0
    for line, ended in _lines(path):
        number += 1
        if line is None:
            counts.malformed += 1
            continue
        if not line:
            continue
        try:
            event = _decode(line)
        except _BAD:
            found = _second_look(line, ended, counts)
            if found is None:
                continue
            event = found
        counts.events += 1
        yield number, event


def _second_look(line: bytes, ended: bool, counts: ReadCounts) -> AnyEvent | None:
    """A line that did not decode: of a kind we do not know, with lone surrogates, or bad."""
    try:
        kind = _decode_kind(line).kind
        if kind not in _KINDS:
            if kind in counts.unknown or len(counts.unknown) < MAX_UNKNOWN_KINDS:
                counts.unknown[kind] = counts.unknown.get(kind, 0) + 1
            return None
    except _BAD:
        pass
    if b"\\ud" in line or b"\\uD" in line:
        # paths of undecodable bytes hold lone surrogates, which msgspec refuses
        try:
            text = json.dumps(json.loads(line), ensure_ascii=False)
            event: AnyEvent = _decode(text.encode("utf-8", "replace"))
            return event
        except _BAD:
            pass
    if ended:
        counts.malformed += 1
    else:
        counts.torn += 1
    return None


def _lines(path: Path) -> Iterator[tuple[bytes | None, bool]]:
    """Each line and whether a newline ended it; None for one longer than `MAX_LINE`."""
    parts: list[bytes] = []
    size, skipping = 0, False
    for block in _blocks(path):
        first, *others = block.split(b"\n")
        size += len(first)
        skipping = skipping or size > MAX_LINE
        if skipping:
            parts.clear()
        else:
            parts.append(first)
        if not others:
            continue
        yield None if skipping else b"".join(parts), True
        last = others.pop()
        for line in others:
            yield line, True
        parts, size, skipping = [last], len(last), False
    if size:
        yield None if skipping else b"".join(parts), False


def _blocks(path: Path) -> Iterator[bytes]:
    # opened anew for each block: a run may have more processes than a process may have open files
    offset = 0
    while True:
        with path.open("rb") as file:
            file.seek(offset)
            block = file.read(BLOCK)
        if not block:
            return
        offset += len(block)
        yield block


class _Head(msgspec.Struct):
    kind: str = ""
    schema: int | None = None


def schema_of(path: Path) -> int | None:
    """The schema version that a file's first line carries, None where it has none.

    Raises OSError where the file cannot be read.
    """
    for line, _ in _lines(path):
        try:
            head = msgspec.json.decode(line or b"", type=_Head)
        except _BAD:
            return None
        return head.schema if head.kind == "process" else None
    return None
