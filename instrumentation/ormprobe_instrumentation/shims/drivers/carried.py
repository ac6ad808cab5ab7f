"""Who asked, carried to the thread that a driver does its work in."""

from __future__ import annotations

from _thread import _local
from typing import TYPE_CHECKING, Any, Callable, Optional

from ...recorder import Scope
from .disguise import hide

if TYPE_CHECKING:
    from .callers import Caller


class _Carried(_local):
    caller: Optional[Caller] = None
    scope: Optional[Scope] = None


carried = _Carried()
"""Of this thread: the caller and the scope that its present work is done for."""


def carry(caller: Caller, scope: Optional[Scope], function: Callable[..., Any]) -> Any:
    """The function, to be run in another thread on behalf of a caller."""

    def run(*args: Any, **kwargs: Any) -> Any:
        carried.caller, carried.scope = caller, scope
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            hide(error)
            raise
        finally:
            carried.caller = carried.scope = None

    return run
