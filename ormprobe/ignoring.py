"""Findings that the user does not want to hear of: by option, by configuration, by comment."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from ormprobe.errors import UsageError
from ormprobe.source import Source
from ormprobe_taxonomy.causes import BY_ID
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.terms import Severity

_COMMENT = re.compile(r"#\s*ormprobe:\s*ignore(?:\[([^\]]*)\])?")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A cause, and where: a glob over the file, `file:function` or what the label is about.

    What a label is about is its facet: `Post.author` of loads in a loop.
    """

    cause: str
    glob: str | None = None

    def matches(self, finding: Finding) -> bool:
        if finding.cause != self.cause:
            return False
        if self.glob is None:
            return True
        place = finding.place
        names = [finding.facet or ""]
        if place is not None:
            names += [place.file, f"{place.file}:{place.function}"]
        return any(name and fnmatchcase(name, self.glob) for name in names)


@dataclass(frozen=True, slots=True)
class Ignored:
    """What to leave out of a verdict.

    thresholds: by hazard, the least number of repetitions that is told.
    """

    patterns: tuple[Pattern, ...] = ()
    thresholds: Mapping[str, int] = field(default_factory=dict[str, int])

    def over(self, other: Ignored) -> Ignored:
        """These and another's; thresholds of these win."""
        return Ignored(self.patterns + other.patterns, {**other.thresholds, **self.thresholds})

    def covers(self, finding: Finding, source: Source) -> bool:
        """Whether a finding is left out. source: the app's, whose culprit line may say so."""
        least = self.thresholds.get(finding.cause)
        if least is not None and finding.count is not None and finding.count < least:
            return True
        return any(pattern.matches(finding) for pattern in self.patterns) or _by_comment(
            finding, source
        )


NOTHING_IGNORED = Ignored()


def _by_comment(finding: Finding, source: Source) -> bool:
    """Whether the culprit line ends in `# ormprobe: ignore[cause, ...]`; without names, any."""
    if finding.place is None:
        return False
    found = _COMMENT.search(source.line(finding.place.file, finding.place.line))
    if found is None:
        return False
    names = found.group(1)
    return names is None or finding.cause in [name.strip() for name in names.split(",")]


def patterns_of(texts: Iterable[str], where: str) -> tuple[Pattern, ...]:
    """Reads `CAUSE[@GLOB]`. where: the option or file that says so, for the message.

    Raises UsageError for a cause that does not exist.
    """
    found: list[Pattern] = []
    for text in texts:
        cause, _, glob = text.partition("@")
        found.append(Pattern(_known(cause.strip(), where), glob.strip() or None))
    return tuple(found)


def thresholds_of(table: Mapping[str, object], where: str) -> dict[str, int]:
    """Checks a table of hazards and numbers. Raises UsageError for one that is wrong."""
    found: dict[str, int] = {}
    for cause, least in table.items():
        if isinstance(least, bool) or not isinstance(least, int) or least < 1:
            raise UsageError(f"{where}: the threshold of {cause} must be a whole number above 0")
        if BY_ID[_known(cause, where)].severity is not Severity.HAZARD:
            raise UsageError(f"{where}: {cause} is no hazard, it has no threshold")
        found[cause] = least
    return found


def _known(cause: str, where: str) -> str:
    if cause in BY_ID:
        return cause
    near = difflib.get_close_matches(cause, BY_ID, 1)
    hint = f"did you mean {near[0]}?" if near else "`ormprobe explain` lists them"
    raise UsageError(f"{where}: there is no cause {cause or 'without a name'}; {hint}")
