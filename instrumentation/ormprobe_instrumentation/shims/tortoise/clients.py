"""The client classes of Tortoise's backends, found as they come up.

A backend is imported when a configuration names it, and an app may derive a client of its own.
"""

from __future__ import annotations

from typing import Any, Callable, List

from ...hooks import Hooks

_callbacks: List[Callable[[Any], None]] = []


def on_client(hooks: Hooks, callback: Callable[[Any], None]) -> None:
    """Call back with every client class: those there are, and each that is made from now on."""
    from tortoise.backends.base.client import BaseDBAsyncClient

    if not _callbacks:
        _watch(hooks, BaseDBAsyncClient)
    _callbacks.append(callback)
    hooks.undo_with(_callbacks.remove, callback)
    for kind in _derived(BaseDBAsyncClient):
        callback(kind)


def _watch(hooks: Hooks, base: Any) -> None:
    own = own_of(base, "__init_subclass__")
    up: Any = super

    def __init_subclass__(cls: Any, **kwargs: Any) -> None:
        if own is None:
            up(base, cls).__init_subclass__(**kwargs)
        else:
            own.__get__(None, cls)(**kwargs)
        for callback in list(_callbacks):
            callback(cls)

    made: Any = classmethod(__init_subclass__)  # type: ignore[arg-type]
    if own is None:
        hooks.add(base, "__init_subclass__", made)
    else:
        base.__init_subclass__ = made
        hooks.undo_with(setattr, base, "__init_subclass__", own)


def _derived(base: Any) -> List[Any]:
    found: List[Any] = []
    for kind in base.__subclasses__():
        if kind not in found:
            found.append(kind)
            found += [inner for inner in _derived(kind) if inner not in found]
    return found


def wrap_own(hooks: Hooks, kind: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Wrap a method that a class defines itself, once, unless it is only declared there."""
    own = own_of(kind, name)
    if own is None or getattr(own, "__isabstractmethod__", False) or hasattr(own, MARK):
        return
    hooks.wrap(kind, name, make)
    setattr(own_of(kind, name), MARK, True)


def own_of(kind: Any, name: str) -> Any:
    """What a class defines itself under a name, None for nothing."""
    return kind.__dict__.get(name)


MARK = "_ormprobe"
