"""Where an uncaught exception was thrown, as Node prints it above: the place, its code, a caret."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ormprobe.logs.model import Frame, Thrown

_SITE = re.compile(r"^(?P<path>node:\S+?|file:///\S+?|/\S.*?|[A-Za-z]:\\.*?):(?P<line>\d{1,7})$")
_CARET = re.compile(r"^\s*\^+\s*$")
_MOST_LINES = 6
"""So many lines after its place the error itself begins."""


@dataclass(slots=True)
class Site:
    """marked: the caret was seen, and an error is to follow. seen: lines since the place."""

    number: int
    path: str
    line: int
    code: str = ""
    seen: int = 0
    marked: bool = False

    def frame(self) -> Frame:
        return Frame(self.path, self.line, "<anonymous>", self.code.strip() or None)


def site_after(site: Site | None, number: int, text: str) -> Site | None:
    """What is known of a site once a line was read."""
    found = _SITE.match(text) if text[-1:].isdigit() and len(text) < 1_000 else None
    if found is not None:
        return Site(number, found["path"], int(found["line"]))
    if site is None or site.seen >= _MOST_LINES:
        return None
    site.seen += 1
    if site.seen == 1:
        site.code = text[:1_000]
    elif site.seen == 2 and _CARET.match(text) is not None:
        site.marked = True
    return site


def placed(thrown: Thrown, site: Site) -> Thrown:
    """With the code of the place that threw; of an error of syntax that place is no frame."""
    path = site.path.removeprefix("file://")
    for index in range(len(thrown.frames) - 1, -1, -1):
        frame = thrown.frames[index]
        if frame.line == site.line and frame.path.removeprefix("file://") == path:
            frames = list(thrown.frames)
            frames[index] = replace(frame, code=site.frame().code)
            return replace(thrown, frames=tuple(frames))
    if thrown.type == "SyntaxError" and not site.path.startswith("node:"):
        return replace(thrown, frames=(*thrown.frames, site.frame()))
    return thrown
