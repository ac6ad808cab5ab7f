"""Subclasses of C classes that put a layer of ours below the app's own class.

Below, so that what the app's class overrides or sets stays as it is; of the same name and module,
so that nobody who looks at names sees another class.
"""

from __future__ import annotations

from typing import Any, Dict


class Layer:
    """Makes, for a class derived from `base`, the one that has `low` between the two."""

    def __init__(self, base: Any, low: Any) -> None:
        self.base = base
        self.low = low
        self._made: Dict[Any, Any] = {base: low}
        low.__name__, low.__qualname__ = base.__name__, base.__qualname__
        low.__module__, low.__doc__ = base.__module__, base.__doc__
        low.__reduce_ex__ = _unpicklable(base)

    def under(self, kind: Any) -> Any:
        """The class to make instead of `kind`; `kind` itself where none can be made."""
        try:
            found = self._made.get(kind)
        except TypeError:  # a factory that cannot be hashed
            return kind
        if found is None:
            found = self._made[kind] = self._make(kind)
        return found

    def _make(self, kind: Any) -> Any:
        if not isinstance(kind, type) or not issubclass(kind, self.base):
            return kind
        if issubclass(kind, self.low):
            return kind
        names = {
            "__slots__": (),
            "__module__": kind.__module__,
            "__qualname__": kind.__qualname__,
            "__doc__": kind.__doc__,
        }
        try:
            return type(kind)(kind.__name__, (kind, self.low), names)
        except Exception:  # slots of its own share no layout with ours; a metaclass may refuse
            return kind


def _unpicklable(base: Any) -> Any:
    """What pickling and copying an instance of a C class says, which names the class."""

    def __reduce_ex__(self: Any, protocol: Any) -> Any:
        name = base.__name__ if protocol < 2 else "%s.%s" % (base.__module__, base.__name__)
        raise TypeError("cannot pickle '%s' object" % name)

    return __reduce_ex__
