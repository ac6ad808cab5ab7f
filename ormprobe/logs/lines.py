"""Reads a log of any size as lines of text, and passes by what nobody asked for.

A log is mostly lines that tell nothing, many times over. Whoever reads it says which those were;
lines like them are counted and never decoded again.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from ormprobe.logs.model import Line, LogCounts
from ormprobe.logs.prefixes import Prefixes

BLOCK = 256 * 1024
MAX_LINE = 64 * 1024
_TAIL = 4 * 1024
_ANSI = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-Za-z]|[@-Z\\^_=>78])"
)
_NUL = b"\x00"
_MOST_NULS = 0.05
_MOST_UNDECODABLE = 0.3


_DULL = 50_000
_LONGEST_DULL = 1_000
_BEFORE = 6
"""Lines before one that tells of an error which are read with it: what announced it."""
_DIGITS = b"0123456789"
_NUMBERED = re.compile(rb"[A-Za-z_-]*+[0-9][\w-]*+")
"""A word with a digit: an identifier of a request, a token, a time."""
_ALARMS = re.compile(
    rb"err|exce|fail|refus|denied|fatal|crit|warn|throw|trace|panic|level\W{1,4}\d", re.IGNORECASE
)
_LOOKS_BACK = re.compile(rb"rror|xcept|Traceback|ERROR|Rejection|^\s+at |^[ >]+File ")


class Attention:
    """Which lines a reader still asks for: all while `open`, else those of a new kind.

    Lines are of one kind where they differ in digits alone, or in words with digits. A kind is dull
    once a reader has said so of a line of it; one that holds a word of alarm never is.
    """

    def __init__(self) -> None:
        self.open = True
        self.dull: set[bytes] = set()
        self.last: tuple[bytes, bytes] | None = None

    def was_dull(self) -> None:
        """The line given last told nothing."""
        last, self.last = self.last, None
        if last is None or len(last[1]) > _LONGEST_DULL or _ALARMS.search(last[1]) is not None:
            return
        if len(self.dull) >= _DULL:
            self.dull.clear()
        self.dull.add(last[0])
        self.dull.add(_without_numbers(last[1]))

    def passes_by(self, kind: bytes, line: bytes) -> bool:
        """Whether a line is dull. kind: the line without its digits."""
        if kind in self.dull:
            return True
        return len(line) <= _LONGEST_DULL and _without_numbers(line) in self.dull


def _without_numbers(line: bytes) -> bytes:
    return b"#" + _NUMBERED.sub(b"", line)


def read_lines(
    stream: BinaryIO, counts: LogCounts, attention: Attention | None = None
) -> Iterator[Line]:
    """The lines of a log, without line ends, colours and prefixes; all of them by default."""
    prefixes = Prefixes()
    blocks = _decoded(_blocks(stream, counts), counts)
    for number, raw in _raw_lines(_watched(blocks, prefixes), counts, attention):
        for part in _parts(raw):
            text = _text_of(part, counts)
            if text is not None:
                yield Line(number, *prefixes.split(text))


def _watched(blocks: Iterator[bytes], prefixes: Prefixes) -> Iterator[bytes]:
    for block in blocks:
        prefixes.look_at(block)
        yield block


def _blocks(stream: BinaryIO, counts: LogCounts) -> Iterator[bytes]:
    while block := stream.read(BLOCK):
        counts.bytes += len(block)
        yield block


def _decoded(blocks: Iterator[bytes], counts: LogCounts) -> Iterator[bytes]:
    """UTF-8 without its mark; UTF-16 by its mark, or by its zero bytes."""
    first = next(blocks, b"")
    encoding = _utf_16(first)
    if encoding is None:
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from blocks
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    text = decoder.decode(first)
    while text:
        counts.undecodable += text.count("\ufffd")
        yield text.encode("utf-8", "replace")
        block = next(blocks, None)
        text = decoder.decode(b"", True) if block is None else decoder.decode(block)


def _utf_16(start: bytes) -> str | None:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = start[:_TAIL]
    half = len(sample) // 2
    if half < 8:
        return None
    if sample[1::2].count(0) > 0.8 * half and sample[::2].count(0) < 0.2 * half:
        return "utf-16-le"
    if sample[::2].count(0) > 0.8 * half and sample[1::2].count(0) < 0.2 * half:
        return "utf-16-be"
    return None


class _Splitter:
    """Cuts blocks into lines with their numbers, and passes by the dull ones."""

    def __init__(self, counts: LogCounts, attention: Attention | None) -> None:
        self._counts = counts
        self._attention = attention
        self._before: list[bytes] = []

    def lines(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Lines of `data`, which ends with a line's end."""
        lines = data.split(b"\n")
        lines.pop()
        first = self._counts.lines + 1
        self._counts.lines += len(lines)
        if self._attention is None:
            for number, line in enumerate(lines, first):
                yield number, self._whole_or_cut(line)
            return
        for position in self._wanted(data, lines, self._attention):
            yield (
                first + position,
                self._whole_or_cut(lines[position] if position >= 0 else self._before[position]),
            )
        self._before = [*self._before, *lines[-_BEFORE:]][-_BEFORE:]

    def _wanted(self, data: bytes, lines: list[bytes], attention: Attention) -> Iterator[int]:
        """Positions of lines to be given; negative ones lie in the block before."""
        kinds = data.translate(None, _DIGITS).split(b"\n")
        kinds.pop()
        given = -len(self._before) - 1
        position = 0
        new = [at for at, kind in enumerate(kinds) if kind not in attention.dull]
        following = 0
        while position < len(lines):
            if not attention.open:
                # the kinds that were new when the block began may be dull by now
                while following < len(new):
                    at = new[following]
                    if at >= position and not attention.passes_by(kinds[at], lines[at]):
                        break
                    following += 1
                else:
                    return
                position = new[following]
                if _LOOKS_BACK.search(lines[position]) is not None:
                    for before in range(max(given + 1, position - _BEFORE), position):
                        attention.last = None
                        yield before
            line = lines[position]
            attention.last = None if b"\r" in line[:-1] else (kinds[position], line)
            given = position
            yield position
            position += 1

    def _whole_or_cut(self, line: bytes) -> bytes:
        if len(line) <= MAX_LINE:
            return line
        self._counts.cut_lines += 1
        return _cut(line[:MAX_LINE], line[-_TAIL:])

    def long_line(self, head: bytes, tail: bytes) -> Iterator[tuple[int, bytes]]:
        self._counts.lines += 1
        self._counts.cut_lines += 1
        if self._attention is not None:
            self._attention.last = None
        yield self._counts.lines, _cut(head, tail)


def _cut(head: bytes, tail: bytes) -> bytes:
    """The beginning of a long line; of a progress bar also its end, where others write on."""
    _, mark, rest = tail.partition(b"\r")
    return head[: MAX_LINE - _TAIL] + mark + rest


def _raw_lines(
    blocks: Iterator[bytes], counts: LogCounts, attention: Attention | None
) -> Iterator[tuple[int, bytes]]:
    splitter = _Splitter(counts, attention)
    rest, tail = b"", b""
    long = False
    for block in blocks:
        if long:
            before, mark, block = block.partition(b"\n")
            tail = (tail + before)[-_TAIL:]
            if not mark:
                continue
            yield from splitter.long_line(rest, tail)
            rest, long = b"", False
        data = rest + block
        end = data.rfind(b"\n") + 1
        if end:
            yield from splitter.lines(data[:end])
        rest = data[end:]
        if len(rest) > MAX_LINE:
            rest, tail, long = rest[:MAX_LINE], rest[-_TAIL:], True
    if long:
        yield from splitter.long_line(rest, tail)
    elif rest:
        yield from splitter.lines(rest + b"\n")


def _parts(raw: bytes) -> list[bytes]:
    """What a terminal would have shown one over the other: a progress bar writes no line ends."""
    if b"\x1b" in raw:
        raw = _ANSI.sub(b"", raw)
    if b"\r" not in raw:
        return [raw]
    return [part for part in raw.split(b"\r") if part] or [b""]


def _text_of(raw: bytes, counts: LogCounts) -> str | None:
    """The text of a line, None where it is none."""
    if _NUL in raw:
        raw = raw.strip(_NUL)  # a log that was truncated while it was written begins with them
        nuls = raw.count(_NUL)
        if nuls > _MOST_NULS * len(raw) or not raw:
            counts.binary = True
            return None
        raw = raw.replace(_NUL, b"")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "replace")
    bad = text.count("\ufffd") - raw.count(b"\xef\xbf\xbd")
    if bad > 8 and bad > _MOST_UNDECODABLE * len(text):
        counts.binary = True
        return None
    counts.undecodable += bad
    return text
