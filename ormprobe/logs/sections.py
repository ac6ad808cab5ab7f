"""Parts of a traceback: a stack with its exception, and how one is linked to the next."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ormprobe.logs.model import Frame, Thrown
from ormprobe.logs.python_errors import thrown_by

FRAME = re.compile(r'[ \t>│|]*File "([^"]+)", line (\d+)(?:, in (.+))?\s*$')
_MARKERS = frozenset(" ~^─│└├┬╰╭·\t")
_FRAMES = 400
_KEPT_FRAMES = 200
_OUTERMOST = 50
_MESSAGE = 16_000
_CHAIN = 60


@dataclass(slots=True)
class Section:
    """One stack and the exception below it. `name` is empty until its line was read."""

    frames: list[Frame] = field(default_factory=list[Frame])
    name: str = ""
    message: list[str] = field(default_factory=list[str])
    size: int = 0
    members: list[tuple[Thrown, ...]] = field(default_factory=list[tuple[Thrown, ...]])

    def add_frame(self, path: str, line: str, function: str | None) -> None:
        if len(self.frames) > _FRAMES:  # of a deep recursion the ends tell most
            del self.frames[_OUTERMOST : -(_KEPT_FRAMES - _OUTERMOST)]
        self.frames.append(Frame(path[:1000], int(line[:9]), (function or "")[:300]))

    def add_code(self, text: str) -> None:
        """A line below a frame: the first is its source, unless it only marks a place in it."""
        if not self.frames or self.frames[-1].code is not None:
            return
        code = text.strip()
        if code and not _MARKERS.issuperset(code):
            last = self.frames[-1]
            self.frames[-1] = Frame(last.path, last.line, last.function, code[:500])

    def add_message(self, text: str) -> None:
        if self.size < _MESSAGE:
            self.message.append(text[: _MESSAGE - self.size])
            self.size += len(text) + 1

    def thrown(self, relation: str | None) -> tuple[Thrown, ...]:
        """The exception, and the ones that its message tells of."""
        return thrown_by(self.name, "\n".join(self.message), tuple(self.frames), relation)


@dataclass(slots=True)
class Chain:
    """Sections in the order in which they are printed: causes first.

    links: how each section but the last follows from the one after it.
    """

    done: list[Section] = field(default_factory=list[Section])
    links: list[str] = field(default_factory=list[str])
    current: Section = field(default_factory=Section)

    def link(self, relation: str) -> None:
        if len(self.done) < _CHAIN:
            self.done.append(self.current)
            self.links.append(relation)
        self.current = Section()

    def thrown(self, relation: str | None = None) -> tuple[Thrown, ...]:
        """The exception that surfaced, its causes, then the members of groups among them."""
        sections = [*self.done, self.current]
        if not self.current.name and self.done:
            sections.pop()  # torn in its stack; what it would have followed from is known
        found: list[Thrown] = []
        for position in range(len(sections) - 1, -1, -1):
            outermost = position == len(sections) - 1
            how = relation if outermost else self.links[position]
            found.extend(sections[position].thrown(how))
        found = _without_repeats(found)
        for section in reversed(sections):
            for member in section.members:
                found.extend(member)
        return tuple(found[:_CHAIN])


def _without_repeats(found: list[Thrown]) -> list[Thrown]:
    """Without what a message tells of an exception that has a section of its own."""
    own = {_key(thrown) for thrown in found if thrown.frames}
    return [
        thrown
        for thrown in found
        if thrown.frames or not thrown.relation or _key(thrown) not in own
    ]


def _key(thrown: Thrown) -> tuple[str, str]:
    return thrown.module or "", thrown.type.rpartition(".")[2]
