"""`sqlite3.connect`, which stays one object with the looks of the function that it replaces."""

from __future__ import annotations

import os
import sys
from typing import Any, Optional, Tuple

from . import disguise
from .carried import carried
from .errors import failed
from .layers import Layer
from .raw import Connection, Driver

_FACTORY = 5  # its place among the arguments


class Connect:
    """Not a function: as an attribute of a class, the original binds to nothing either."""

    def __init__(self, original: Any, drivers: Driver, layer: Layer, error: Any) -> None:
        self.__wrapped__ = original
        self.__name__, self.__qualname__ = original.__name__, original.__qualname__
        self.__module__, self.__doc__ = original.__module__, original.__doc__
        self._drivers, self._layer, self._error = drivers, layer, error

    def __repr__(self) -> str:
        return repr(self.__wrapped__)

    def __reduce__(self) -> str:
        return str(self.__name__)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        drivers, frame, caller = self._drivers, sys._getframe(1), carried.caller
        if drivers.is_on():
            try:
                caller = caller or drivers.callers.of(frame)
                args, kwargs = _layered(self._layer, args, kwargs)
            except Exception as error:
                drivers.switch.fail(error)
        try:
            made = disguise.call(frame, self.__wrapped__, args, kwargs)
        except BaseException as error:
            if caller is not None and isinstance(error, self._error) and drivers.is_on():
                try:
                    if carried.caller is None:
                        failed(drivers, error, caller)
                except Exception as own:
                    drivers.switch.fail(own)
            disguise.hide(error)
            raise
        if caller is not None and drivers.is_on() and isinstance(made, self._layer.low):
            try:
                state = made._ormprobe = Connection(drivers, caller)
                name = args[0] if args else kwargs.get("database")
                state.memory, state.namespace = _database(drivers, name)
                drivers.announce(state)
            except Exception as error:
                drivers.switch.fail(error)
        return made


def _layered(layer: Layer, args: Any, kwargs: Any) -> Tuple[Any, Any]:
    """The arguments with a factory that has our layer beneath it."""
    if len(args) > _FACTORY:
        made = list(args)
        made[_FACTORY] = layer.under(made[_FACTORY])
        return tuple(made), kwargs
    return args, {**kwargs, "factory": layer.under(kwargs.get("factory", layer.base))}


def _database(drivers: Driver, name: Any) -> Tuple[bool, Optional[str]]:
    """Whether the database is private to its connection, and the digest of its name."""
    paths: Any = (str, bytes, os.PathLike)
    text = os.fsdecode(name) if isinstance(name, paths) else ""
    if not text or ":memory:" in text or "mode=memory" in text:
        return True, None
    return False, drivers.recorder.digests.hex(text)
