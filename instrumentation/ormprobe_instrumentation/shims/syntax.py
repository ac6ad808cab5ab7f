"""The app's source as a syntax tree, read where a check has failed."""

from __future__ import annotations

import ast
from typing import Optional

_TRIES = 3


def parsed(text: str) -> Optional[ast.Module]:
    """The tree of a text, None where it is no Python.

    An interpreter keeps the depth of its parser once for all parses that are under way, and says
    SystemError where one came between: a finalizer that the collector runs in the midst of a parse
    may print a traceback, which parses a line for its carets (CPython 3.11, gh-106905). The next
    try is not interrupted, for what was to be collected is gone.
    """
    for _ in range(_TRIES):
        try:
            return ast.parse(text)
        except SystemError:
            continue
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return None
    return None
