"""Where the values of a scope came from: an input of its request, or rows that it read before."""

from __future__ import annotations

from ormprobe.report.timeline.model import Origin
from ormprobe.report.timeline.values import digests, scalars, weak
from ormprobe.timeline.model import Scope, Shape, Statement

MAX_VALUES = 20_000
"""Values of one scope whose origin is remembered."""

MAX_ORIGINS = 4
"""Places of one value that are remembered."""

INPUT, ROWS = "input", "rows"
_TRIVIAL = frozenset(("0", "1", "-1"))
_NUMBERS = frozenset(("id", "limit", "offset"))


class Origins:
    """The values that a scope has seen so far, and where. Inputs come first, rows in an answer.

    A small number is only traced to an input, and only where the names agree.
    """

    def __init__(self, scope: Scope) -> None:
        self._exact: dict[str, list[Origin]] = {}
        self._near: dict[str, list[Origin]] = {}
        self._weak: dict[tuple[str, str], Origin] = {}
        for part, inputs in scope.inputs.items():
            for path, value in scalars(inputs.values):
                self._input(f"{part}.{path}" if path else part, value)

    def _input(self, name: str, value: Shape) -> None:
        self._add(value, Origin(kind=INPUT, name=name))
        number = weak(value)
        if number is not None:
            origin = Origin(kind=INPUT, name=name, weak=True)
            self._weak.setdefault((number, _last(name)), origin)

    def _add(self, value: Shape, origin: Origin) -> None:
        found = digests(value)
        if not found or len(self._exact) >= MAX_VALUES:
            return
        seen = self._exact.setdefault(found[0], [])
        if len(seen) < MAX_ORIGINS:
            seen.append(origin)
        for digest in found[1:] if origin.kind == INPUT else ():
            self._near.setdefault(digest, [origin])

    def read(self, statement: Statement) -> None:
        """A statement returned rows: their values may be used from now on."""
        rows = statement.rows
        if rows is None:
            return
        for row in rows.values:
            for column, value in zip(rows.columns, row, strict=False):
                self._add(value, Origin(kind=ROWS, name=column, event=statement.event))
        for entity in rows.entities:
            name = f"{entity.entity.rpartition('.')[2]} key"
            for key in entity.keys:
                parts: list[Shape] = key if isinstance(key, list) else [key]
                for part in parts:
                    self._add(part, Origin(kind=ROWS, name=name, event=statement.event))

    def of(self, value: Shape, name: str | None, answer: bool = False) -> Origin | None:
        """Where a value came from. name: of its column, or its place in the answer."""
        found = digests(value)
        if found:
            exact = self._exact.get(found[0])
            near = next((self._near[d] for d in found if d in self._near), None)
            return _chosen(exact or near or [], name, answer)
        number = weak(value)
        if number is None or name is None:
            return None
        if number in _TRIVIAL and _last(name) not in _NUMBERS:
            return None
        return self._weak.get((number, _last(name)))


def _chosen(origins: list[Origin], name: str | None, answer: bool) -> Origin | None:
    if not origins:
        return None
    wanted = ROWS if answer else INPUT
    kind = [origin for origin in origins if origin.kind == wanted] or origins
    alike = [o for o in kind if name is not None and _last(o.name) == _last(name)]
    return (alike or kind)[0]


def _last(name: str) -> str:
    """The last word of a path or column, folded, so that `articleId` is `article_id`."""
    return name.rpartition(".")[2].replace("_", "").lower()
