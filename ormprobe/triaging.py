"""`ormprobe triage`: paths in, reports out, in the form that was asked for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.console import Group, RenderableType
from rich.text import Text

from ormprobe.document import Report, Status
from ormprobe.errors import UnreadableError
from ormprobe.report import json, text
from ormprobe.triage.options import Options

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Triaged:
    """A path and its report, or the sentence why it has none."""

    path: str
    report: Report | None = None
    refusal: str | None = None


def judge(path: str, options: Options) -> Triaged:
    """The report of one path; `-` is standard input."""
    from ormprobe.triage.paths import triage, triage_stream

    try:
        if path == STDIN:
            return Triaged(path, triage_stream(sys.stdin.buffer, "standard input", options))
        return Triaged(path, triage(Path(path), options))
    except UnreadableError as error:
        return Triaged(path, refusal=str(error))


def documents(found: Sequence[Triaged]) -> str:
    """One report as an indented object, several as an object a line, in the order of the paths."""
    reports = [each.report for each in found if each.report is not None]
    if len(found) == 1:
        return "".join(json.render(report) for report in reports)
    return "".join(msgspec.json.encode(report).decode() + "\n" for report in reports)


def page(found: Sequence[Triaged]) -> RenderableType:
    """The reports for a person, each under its path where there are several."""
    parts: list[RenderableType] = []
    for each in found:
        if each.report is None:
            continue
        if len(found) > 1:
            parts.append(Text(each.path, style="bold underline"))
        parts += [text.render(each.report, _folder(each.path)), Text()]
    return Group(*parts[:-1])


def _folder(path: str) -> Path:
    """Where the lines that a report names may lie: the app that was traced, else here."""
    from ormprobe.triage.paths import app_of

    folder = Path(path)
    return app_of(folder) if path != STDIN and folder.is_dir() else Path.cwd()


def exit_status(found: Sequence[Triaged], strict: bool) -> int:
    """0, 1 or 3, as the command's epilog says."""
    reports = [each.report for each in found if each.report is not None]
    judged = [report for report in reports if report.verdict.status is not Status.UNOBSERVED]
    if any(report.verdict.status is not Status.PASSED for report in judged):
        return 1
    if len(judged) < len(found):
        return UnreadableError.exit_status
    return int(strict and any(report.labels for report in judged))
