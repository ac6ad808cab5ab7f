"""The line that built a query which a framework sent, or tried to send, on its own.

A query that is kept lazy is refused where it is evaluated; where that is no line of the app, what
the refusal says is sought in the source.
"""

from __future__ import annotations

import ast
import re

from ormprobe.source.app import Source
from ormprobe_taxonomy.signals import Place

_LOOKUP = re.compile(r"\b(\w+) lookup is not supported")
_DISTINCT = re.compile(r"DISTINCT ON")


def built_at(source: Source, message: str) -> Place | None:
    """The only call of the app, outside its tests, that asks for what a message refuses."""
    lookup = _LOOKUP.search(message)
    wanted = f"__{lookup.group(1)}" if lookup else ".distinct(" if _DISTINCT.search(message) else ""
    if not wanted:
        return None
    found: list[Place] = []
    for path in source.files():
        tree = source.tree(path) if wanted in (source.text(path) or "") else None
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.Call) and _asks(node, wanted):
                line = _line_of(node)
                found.append(Place(path, line, source.function_at(path, line)))
    return found[0] if len(found) == 1 else None


def _asks(call: ast.Call, wanted: str) -> bool:
    if wanted.startswith("__"):
        return any((each.arg or "").endswith(wanted) for each in call.keywords)
    named = isinstance(call.func, ast.Attribute) and call.func.attr == "distinct"
    fields = [each for each in call.args if isinstance(each, ast.Constant)]
    return named and bool(fields) and all(isinstance(each.value, str) for each in fields)


def _line_of(call: ast.Call) -> int:
    """The line of the method's name: a chain of calls spans several."""
    return call.func.end_lineno or call.lineno
