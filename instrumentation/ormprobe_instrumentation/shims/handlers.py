"""Where the function that answers a request is written."""

from __future__ import annotations

from typing import Any, Optional, Tuple

from ..callsite import Site

_WRAPPERS = 20


def site_of_handler(handler: Any) -> Optional[Site]:
    """The definition of a handler: under its decorators, of a partial, of a callable object."""
    for _ in range(_WRAPPERS):
        inner = getattr(handler, "__wrapped__", None) or getattr(handler, "func", None)
        if inner is None:
            break
        handler = inner
    code = getattr(handler, "__code__", None)
    if code is None:
        call: Any = getattr(handler, "__call__", None)  # noqa: B004
        handler, code = call, getattr(call, "__code__", None)
    if code is None:
        return None
    name = str(getattr(handler, "__qualname__", code.co_name)).replace("<locals>.", "")
    return Site(code.co_filename, code.co_firstlineno, name)


def method_of(kind: Any, method: str, others: Tuple[str, ...] = ()) -> Any:
    """The function of a class that answers a method; the class where it has none of these."""
    names = (method.lower(), "get" if method == "HEAD" else "", *others)
    return next((getattr(kind, name) for name in names if name and hasattr(kind, name)), kind)
