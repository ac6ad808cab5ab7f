"""Changes to the target's libraries: made when the target imports them, each with its undo."""

from __future__ import annotations

import functools
import sys
from contextlib import ExitStack
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

Callback = Callable[[Any], None]

_METHODS: Any = (classmethod, staticmethod)
_SHADOWED = ("SourceFileLoader", "SourcelessFileLoader", "ExtensionFileLoader")


class Hooks:
    """Every change a shim made, each with its undo, so that no shim writes an uninstall."""

    def __init__(self) -> None:
        self._undo = ExitStack()

    def wrap(self, owner: object, name: str, make: Callable[[Any], Any]) -> None:
        """Replace `owner.name` by `make(original)`, which keeps name, doc and signature.

        An inherited original stays where it is: the owner gets an attribute of its own.
        """
        if name not in vars(owner):
            inherited = getattr(owner, name)
            self.add(owner, name, functools.wraps(inherited)(make(inherited)))
            return
        original: Any = vars(owner)[name]
        bound = isinstance(original, _METHODS)
        function: Any = original.__func__ if bound else original
        replacement: Any = functools.wraps(function)(make(function))
        if bound:
            replacement = original.__class__(replacement)
        setattr(owner, name, replacement)
        self._undo.callback(setattr, owner, name, original)

    def add(self, owner: Any, name: str, value: Any) -> None:
        """Give a class an attribute that it does not define itself."""
        setattr(owner, name, value)
        self._undo.callback(delattr, owner, name)

    def undo_with(self, function: Callable[..., object], *args: object) -> None:
        self._undo.callback(function, *args)

    def undo(self) -> None:
        self._undo.close()


def hide_own_frame(error: BaseException) -> None:
    """Take the calling wrapper's frame off a traceback; a bare `raise` must follow.

    CPython 3.11 and later re-raise with the traceback found on the exception, so the app sees the
    traceback that it would see without the wrapper. Earlier versions keep the one frame.
    """
    traceback = error.__traceback__
    if traceback is not None and traceback.tb_next is not None:
        error.__traceback__ = traceback.tb_next


class ImportFinder:
    """Calls back when the target has imported a module; imports nothing itself."""

    def __init__(self) -> None:
        self._waiting: Dict[str, List[Callback]] = {}
        self._busy: Set[Tuple[str, int]] = set()

    def when_imported(self, name: str, callback: Callback) -> None:
        """Call `callback(module)` after the first import of `name`, now if that has been."""
        module = sys.modules.get(name)
        if module is not None and not _initializing(module):
            callback(module)
        else:
            self._waiting.setdefault(name, []).append(callback)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name not in self._waiting:
            return None
        import _thread

        key = (name, _thread.get_ident())
        if key in self._busy:
            return None
        self._busy.add(key)
        try:
            spec = self._ask_others(name, path, target)
        finally:
            self._busy.discard(key)
        if spec is not None and spec.loader is not None:
            self._follow(spec, name)
        return spec

    def _ask_others(self, name: str, path: Any, target: Any) -> Any:
        for finder in list(sys.meta_path):
            if finder is self:
                continue
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find is not None else None
            if spec is not None:
                return spec
        return None

    def _follow(self, spec: Any, name: str) -> None:
        loader = spec.loader
        kind = loader.__class__
        if kind.__module__ == "_frozen_importlib_external" and kind.__name__ in _SHADOWED:
            original = loader.exec_module

            def exec_module(module: Any) -> None:
                del loader.exec_module  # the loader is as it was before the module's code runs
                original(module)
                self._fire(name, module)

            loader.exec_module = exec_module
        elif hasattr(loader, "exec_module"):
            spec.loader = _Following(loader, name, self._fire)

    def _fire(self, name: str, module: Any) -> None:
        for callback in self._waiting.pop(name, ()):
            callback(sys.modules.get(name, module))


class _Following:
    """Stands in for a loader that is shared by several modules, for the time of one import."""

    def __init__(self, loader: Any, name: str, fire: Callable[[str, Any], None]) -> None:
        self._loader = loader
        self._name = name
        self._fire = fire

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._loader, attribute)

    def create_module(self, spec: Any) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        spec: Optional[Any] = getattr(module, "__spec__", None)
        if spec is not None:
            spec.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._fire(self._name, module)


def _initializing(module: Any) -> bool:
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))
