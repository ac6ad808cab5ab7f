"""What instances hold that no statement has written: seen when they die, or when their scope ends.

A set of an attribute is not hooked: each load would pay for it. Of the few instances of a small
result it is kept what their rows held, and compared once, when nothing more can come.
"""

from __future__ import annotations

import sys
import weakref
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..lines import Raw
from ..recorder import Recorder, Scope
from ..shim import Switch

MAX_OF_RESULT = 20
"""Rows of a result up to which each instance is kept in mind."""

_MAX_HELD = 4096
_MAX_TOLD = 64
_MAX_NAMES = 16
_FRAMES = 8

_SCALARS = frozenset((str, int, bool, float, bytes))
_PLACES = frozenset((dict, list, set))
_LONG = 1000
_type_of: Callable[[object], Any] = type


class Read:
    """What is the same for the instances of one result, or the one that a save stored.

    statement: of the rows, 0 of a save. since: when. made: the site of the save.
    """

    __slots__ = ("scope", "statement", "since", "made")

    def __init__(self, scope: Scope, statement: int, since: int, made: int) -> None:
        self.scope = scope
        self.statement = statement
        self.since = since
        self.made = made


class Held(weakref.ref):  # type: ignore[type-arg]
    """An instance that was stored when it was last seen.

    number: its id. data: the mapping that holds its attributes, which outlives it for as long as
    this does. before: what these were when they were last the row's. marks: what the ORM itself
    keeps of what was set since.
    """

    __slots__ = ("number", "read", "data", "before", "marks", "kind")

    number: int
    read: Read
    data: Dict[str, Any]
    before: Dict[str, Any]
    marks: Any
    kind: Any


Names = Callable[[Held], Iterable[str]]
"""The attributes of an instance that have columns; fewer where the ORM knows what changed."""


class Watch:
    """The instances of one ORM. names: see `Names`. key_of: the key of an instance's data."""

    def __init__(
        self,
        recorder: Recorder,
        switch: Switch,
        names: Names,
        key_of: Callable[[Any, Mapping[str, Any]], Any],
    ) -> None:
        self.recorder = recorder
        self.switch = switch
        self.names = names
        self.key_of = key_of
        self.held: Dict[int, Held] = {}
        self.left_out: Dict[int, int] = {}  # by the id of an instance, the site of a save of a part
        self.told: Tuple[int, int] = (0, 0)  # of a scope, how often

    def loaded(
        self,
        instances: Sequence[Any],
        statement: int,
        data_of: Any,
        marks_of: Any = None,
        made: int = 0,
    ) -> None:
        """Rows have become instances, or a save has stored one."""
        scope = self.recorder.current()
        if scope is None or len(self.held) > _MAX_HELD:
            return
        read = Read(scope, statement, self.recorder.at(), made)
        held, dies = self.held, self._died
        for instance in instances:
            found: Any = Held(instance, dies)
            data = data_of(instance)
            found.number = number = id(instance)
            found.read, found.data, found.before = read, data, _kept(data)
            found.kind = _type_of(instance)
            found.marks = None if marks_of is None else marks_of(instance)
            held[number] = found

    def find(self, instance: Any) -> Optional[Held]:
        found = self.held.get(id(instance))
        return found if found is not None and found() is instance else None

    def written(self, found: Held, names: Optional[Iterable[str]], site: int) -> None:
        """A save wrote these attributes, None for all. site: of a save that wrote a part."""
        if names is None:
            found.before = _kept(found.data)
            self.left_out.pop(found.number, None)
            return
        for name in names:
            if name in found.data:
                found.before[name] = _shown(found.data[name])
        self.left_out[found.number] = site

    def sweep(self, scope: Scope) -> None:
        """A scope ended: what its instances hold will not be written by it."""
        if not self.held:
            return
        try:
            for number, found in list(self.held.items()):
                if found.read.scope is scope:
                    self.held.pop(number, None)
                    self._look(found, None)
        except Exception as error:
            self.switch.fail(error)

    def _died(self, found: Any) -> None:
        try:
            known: Any = self.held.get(found.number)
            if known is found:
                del self.held[found.number]
                if self.switch.on and self.recorder.on and not found.read.scope.ended:
                    self._look(found, sys._getframe(1))
        except Exception as error:
            self.switch.fail(error)

    def _look(self, found: Held, frame: Any) -> None:
        left_out = self.left_out.pop(found.number, 0) if self.left_out else 0
        data, before = found.data, found.before
        for name in before:
            if name not in data or data[name] is not before[name]:
                break
        else:
            return
        key = self.key_of(found.kind, before)
        changed = self._changed(found) if key == self.key_of(found.kind, data) else []
        if not changed or not self._may_tell(found.read.scope):
            return  # deleted, or made into another row, or nothing that counts
        recorder, read = self.recorder, found.read
        frames = [read.made] if read.made else []
        if frame is not None:
            frames += recorder.frames_of(frame, _FRAMES)
        tell(
            recorder,
            "omitted" if left_out else "unsaved",
            found.kind.__name__,
            key,
            {name: data.get(name) for name in changed},
            was={name: _plain(before.get(name)) for name in changed},
            scope=read.scope.id,
            statement=read.statement or None,
            since=read.since,
            site=left_out or None,
            frames=frames or None,
        )

    def _changed(self, found: Held) -> List[str]:
        data, before = found.data, found.before
        changed: List[str] = []
        for name in self.names(found):
            if name in before and name in data and len(changed) < _MAX_NAMES:
                new, old = data[name], before[name]
                if new is not old and differs(new, old):
                    changed.append(name)
        return changed

    def _may_tell(self, scope: Scope) -> bool:
        number, count = self.told
        count = count + 1 if number == scope.id else 1
        self.told = scope.id, count
        return count <= _MAX_TOLD


class _Shown:
    """What a value that can be changed in place was, as a text."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def _kept(data: Mapping[str, Any]) -> Dict[str, Any]:
    """What an instance holds, as it can be compared later."""
    before = dict(data)
    if not _PLACES.isdisjoint(map(_type_of, before.values())):
        for name, value in data.items():
            before[name] = _shown(value)
    return before


def _shown(value: Any) -> Any:
    if _type_of(value) in _PLACES and len(value) <= _LONG:
        return _Shown(repr(value))
    return value


def _plain(before: Any) -> Any:
    return None if _type_of(before) is _Shown else before


def differs(new: Any, old: Any) -> bool:
    """Whether two values differ for sure, without a call of the app's own code."""
    if _type_of(old) is _Shown:
        return _type_of(new) not in _PLACES or len(new) > _LONG or repr(new) != old.text
    kinds = _type_of(new), _type_of(old)
    if kinds[0] in _SCALARS and kinds[1] in _SCALARS:
        return bool(new != old)
    if new is None or old is None:
        return True
    return kinds[0].__module__ in ("datetime", "decimal", "uuid") and bool(new != old)


def tell(
    recorder: Recorder,
    why: str,
    entity: str,
    key: Any,
    values: Dict[str, Any],
    was: Optional[Dict[str, Any]] = None,
    **fields: Any,
) -> None:
    """Record what was not written. key: as JSON, None where there is none."""
    shape, _ = recorder.digests.shape(values)
    if was is not None:
        fields["was"] = Raw(recorder.digests.shape(was)[0])
    if "scope" not in fields:
        fields["scope"] = recorder.scope_id()
    recorder.rider(
        "unwritten",
        at=recorder.at(),
        why=why,
        entity=entity,
        key=None if key is None else Raw(key),
        values=Raw(shape),
        **fields,
    )


_SAVING = ("save", "asave", "save_base")


def saver(recorder: Recorder, depth: int) -> int:
    """The site of the app's line that had an instance saved, not of a class's own `save`."""
    found = recorder.sites.app_stack(sys._getframe(depth), 4)
    for frame in found:
        if frame.f_code.co_name not in _SAVING:
            return recorder.site(frame)
    return recorder.site(found[0]) if found else 0
