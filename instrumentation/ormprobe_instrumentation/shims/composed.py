"""Where a query was composed: it carries the app's lines that made and extended it.

A query is often built in one function, extended in another and sent by a third; only the last is on
the stack by then. Each call that gives a new query adds the app's line that made it, and what is
copied from a query carries its lines on.
"""

from __future__ import annotations

from types import FrameType
from typing import Any, Dict, Optional, Tuple

from ..callsite import APP
from ..recorder import Recorder

TAG = "_ormprobe_composed"
"""The attribute that holds a query's trail."""

MOST = 8
"""Lines that a query carries, the last ones."""

_REACH = range(7)  # frames between a hook and the app's line
_REMEMBERED = 4096


class Trail(tuple):  # type: ignore[type-arg]
    """Numbers of the app's lines, after the number of the file of events that they stand in.

    A pickled query leaves them behind: its reader need not know this class.
    """

    __slots__ = ()

    def __reduce_ex__(self, protocol: Any) -> Any:
        return tuple, ()

    def __deepcopy__(self, memo: Any) -> Trail:
        return self


class Composing:
    """Adds lines to queries. What a line adds to a trail is remembered: it is added each time."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._sites = recorder.sites
        self._known: Dict[Tuple[int, int, int], Tuple[Trail, Any, Any]] = {}
        recorder.tables.append(self._known)

    def add(self, holder: Dict[str, Any], frame: Optional[FrameType]) -> None:
        """Add the app's line among the next frames. holder: the query's own attributes."""
        kinds = self._sites._codes
        for _ in _REACH:
            if frame is None:
                return
            code = frame.f_code
            kind = kinds.get(id(code))
            if kind is None:
                kind = self._sites._learn(code)
            if kind == APP:
                break
            frame = frame.f_back
        else:
            return
        trail = holder.get(TAG)
        # by id, as the trail and the code are held beside what they lead to
        found = self._known.get((id(trail), id(code), frame.f_lasti))
        holder[TAG] = self._extended(trail, frame) if found is None else found[0]

    def _extended(self, trail: Any, frame: FrameType) -> Trail:
        recorder = self._recorder
        site = recorder.site(frame)
        made: Trail = trail
        if not trail or trail[0] != recorder.started:
            made = Trail((recorder.started, site))
        elif trail[-1] != site:
            kept = trail if len(trail) <= MOST else (trail[0], *trail[2:])
            made = Trail((*kept, site))
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        code = frame.f_code
        self._known[(id(trail), id(code), frame.f_lasti)] = (made, trail, code)
        return made


def said(recorder: Recorder, query: Any, site: int) -> str:
    """What a statement's line says of its query's trail, as JSON after a comma; "" where it was
    composed on the line that sent it, or where no line is known."""
    trail: Tuple[Any, ...] = getattr(query, "__dict__", _NOTHING).get(TAG, ())
    if len(trail) < 2 or trail[0] != recorder.started:
        return ""
    if len(trail) == 2 and trail[1] == site:
        return ""
    return ',"composed":%s' % (list(trail[1:]),)


_NOTHING: Dict[str, Any] = {}
