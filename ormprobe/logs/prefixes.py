"""What process managers and containers put before each line, told apart from the line itself."""

from __future__ import annotations

import re

import msgspec

_NAMED = re.compile(
    r"(?:\d\d:\d\d:\d\d )?"  # foreman, honcho
    r"(?:\d{1,3}\|)?"  # pm2
    r"([A-Za-z0-9][\w./-]{0,80})(?: (?:stdout|stderr))?[ \t]*\|(?: |$)"
)
_NAMED_IN_BLOCK = re.compile(
    rb"^(?:\d\d:\d\d:\d\d )?(?:\d{1,3}\|)?([A-Za-z0-9][\w./-]{0,80})(?: std(?:out|err))?"
    rb"[ \t]*\|(?: |\r?$)",
    re.MULTILINE,
)
_BRACKETED = re.compile(r"\[(pod/[^\]\s]{1,200}|\d{1,2})\] ")
"""`kubectl logs --prefix` and `concurrently`."""
_JOURNAL = re.compile(
    r"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))"
    r" [\w.-]+ ([\w./@-]+\[\d+\]|[\w./@-]+(?=: )):(?: |$)"
)
_STAMP = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)(?: |$)"
    r"(?:std(?:out|err) [FP](?: |$))?"
)
_DOCKERS = '{"log":"'
"""How Docker's own files have each line."""
_SAMPLE = 64 * 1024
_MOST_NAMES = 500
_SEEN_OFTEN = 3
"""Names are counted once when a block is looked at, and once when its lines are split."""


class Prefixes:
    """Splits lines; a name before `|` is a source once it has been seen again."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def look_at(self, block: bytes) -> None:
        """Learn the names of a block before its lines are split."""
        if b"|" not in block[:_SAMPLE]:
            return
        for name in _NAMED_IN_BLOCK.findall(block[:_SAMPLE]):
            self._count(name.decode("utf-8", "replace"))

    def split(self, text: str) -> tuple[str, str | None]:
        """The text without its prefix, and the source that the prefix names."""
        if text.startswith(_DOCKERS):
            text = _of_docker(text)
        first = text[:1]
        if not first or first in " \t":
            return text, None
        source = None
        if "|" in text[:120]:
            found = _NAMED.match(text)
            if found is not None and self._is_source(found[1]):
                text, source = text[found.end() :], found[1]
        if first == "[":
            found = _BRACKETED.match(text)
        elif first.isdigit() or first.isupper() or source is not None:
            found = _JOURNAL.match(text)
        else:
            return text, source
        if found is not None:
            return text[found.end() :], found[1]
        stamp = _STAMP.match(text)
        return (text if stamp is None else text[stamp.end() :]), source

    def _is_source(self, name: str) -> bool:
        self._count(name)
        return self._seen.get(name, 0) >= _SEEN_OFTEN

    def _count(self, name: str) -> None:
        if name in self._seen or len(self._seen) < _MOST_NAMES:
            self._seen[name] = self._seen.get(name, 0) + 1


class _Docker(msgspec.Struct):
    log: str


def _of_docker(text: str) -> str:
    try:
        return msgspec.json.decode(text, type=_Docker).log.rstrip("\r\n")
    except (msgspec.MsgspecError, ValueError):
        return text
