"""Values that columns give as default and that can be changed in place: one for all rows.

What each was when its column was declared is kept; when a row is stored, it is compared.
"""

from __future__ import annotations

import copy
from typing import Any, Callable, List, Optional, Tuple

from ..recorder import Recorder
from .unwritten import tell

PLACES = frozenset((dict, list, set))

_MAX = 256
_LONG = 10_000

Named = Callable[[Any], Optional[Tuple[str, str]]]
"""The class and the attribute of a column; None where it belongs to none."""

_type_of: Callable[[object], Any] = type


class _Default:
    """A column's default. shown: its text; told: the text and scope that were told of last."""

    __slots__ = ("column", "value", "was", "shown", "told")

    def __init__(self, column: Any, value: Any) -> None:
        self.column = column
        self.value = value
        self.was = copy.deepcopy(value)
        self.shown = repr(value)
        self.told: Tuple[str, Optional[int]] = self.shown, None


class Defaults:
    """The defaults of one ORM's columns that can be changed in place."""

    def __init__(self, recorder: Recorder, named: Named) -> None:
        self.recorder = recorder
        self.named = named
        self.known: List[_Default] = []

    def declared(self, column: Any, value: Any) -> None:
        """A column was declared with a default."""
        if _type_of(value) in PLACES and len(value) <= _LONG and len(self.known) < _MAX:
            self.known.append(_Default(column, value))

    def look(self, depth: int = 3) -> None:
        """A row is about to be stored. depth: of the frame that the app's line is above."""
        told: List[int] = []
        for default in self.known:
            shown = repr(default.value)
            now = shown, self.recorder.scope_id()
            if shown == default.shown or now == default.told:
                continue
            default.told = now
            named = self.named(default.column)
            if named is not None and id(default.value) not in told:  # a column may be copied
                told.append(id(default.value))
                self._tell(default, named, depth)

    def _tell(self, default: _Default, named: Tuple[str, str], depth: int) -> None:
        entity, attribute = named
        tell(
            self.recorder,
            "shared",
            entity,
            None,
            {attribute: default.value},
            was={attribute: default.was},
            frames=self.recorder.frames(depth, 8) or None,
        )
