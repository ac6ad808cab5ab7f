"""A layout told with names, `*/{agent}-{model}/{task}/run_{run_id}`, as one pattern a level."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from difflib import get_close_matches

from ormprobe.errors import UsageError
from ormprobe.runs.files import RUN_NAME
from ormprobe.runs.model import RunKey

NAMES = tuple(field.name for field in fields(RunKey))
MAX_LEVELS = 32

DATE_NAME = re.compile(r"(?=(?:\D*\d){4})\d[\d.:_ TtZz+-]*")
"""A folder's name that is a date or a time: it begins with a digit, and has four at least."""

_TOKEN = re.compile(
    r"\{(?P<name>[^{}]*)\}|(?P<glob>\*+|\?|\[!?[^\]/]+\])|(?P<text>[^*?\[{}]+|[\[{}])"
)


@dataclass(frozen=True, slots=True)
class Segment:
    """One level of a layout. `pattern`: of a folder's name; None for `**`, any number of levels.

    names: those in it. dated: it holds a date, of which the newest counts.
    """

    pattern: re.Pattern[str] | None
    names: tuple[str, ...] = ()
    hidden: bool = False

    @property
    def dated(self) -> bool:
        return "date" in self.names


def parse_layout(layout: str) -> tuple[Segment, ...]:
    """The levels of a layout. Raises UsageError where it cannot be meant, with a hint."""
    texts = [part for part in layout.strip().split("/") if part not in ("", ".")]
    if layout.startswith("/") or ".." in texts:
        raise UsageError(f"--layout {layout!r}: it begins below RESULTS, without / and ..")
    if not texts or len(texts) > MAX_LEVELS:
        raise UsageError(
            "--layout: name the folders below RESULTS, as in '{model}/{task}/{run_id}'"
        )
    segments = tuple(_segment(text, layout) for text in texts)
    named = [name for segment in segments for name in segment.names]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise UsageError(f"--layout {layout!r}: {{{twice[0]}}} stands in it twice")
    if segments[-1].pattern is None:
        raise UsageError(f"--layout {layout!r}: its last level must be the run's folder, not **")
    return segments


def _segment(text: str, layout: str) -> Segment:
    if text == "**":
        return Segment(None)
    names: list[str] = []
    pattern = ""
    for token in _TOKEN.finditer(text):
        if (name := token["name"]) is not None:
            names.append(_known(name, layout))
            pattern += f"(?P<{name}>.+?)"
        elif (glob := token["glob"]) is not None:
            pattern += _of_glob(glob)
        elif token["text"] in ("{", "}"):
            raise UsageError(f"--layout {layout!r}: a brace is not closed, or not opened")
        else:
            pattern += re.escape(token["text"])
    try:
        return Segment(re.compile(pattern, re.DOTALL), tuple(names), text.startswith("."))
    except re.error as error:
        raise UsageError(f"--layout {layout!r}: {text!r} is no pattern: {error}") from error


def _of_glob(glob: str) -> str:
    if glob.startswith("*"):
        return ".*"
    if glob == "?":
        return "."
    inner = glob[1:-1].replace("\\", "\\\\")
    if inner.startswith("!"):
        return f"[^{inner[1:]}]"
    return f"[\\{inner}]" if inner.startswith("^") else f"[{inner}]"


def _known(name: str, layout: str) -> str:
    if name in NAMES:
        return name
    near = get_close_matches(name, NAMES, n=1)
    meant = f"did you mean {{{near[0]}}}?" if near else "there are " + ", ".join(NAMES)
    raise UsageError(f"--layout {layout!r}: there is no {{{name}}}; {meant}")


_RUN = Segment(re.compile(f"(?P<run_id>{RUN_NAME.pattern})", re.IGNORECASE), ("run_id",))
_ABOVE = parse_layout("{runtime}/{agent}/{model}/{task}")

PAPER = (*_ABOVE, *parse_layout("{date}"), _RUN)
"""The paper's layout."""

PAPER_DATED = (*_ABOVE, Segment(re.compile(f"(?P<date>{DATE_NAME.pattern})"), ("date",)), _RUN)
"""The same where less of it is there: a date must then look like one."""
