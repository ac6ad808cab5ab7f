"""What a failing test had called of the app, and with which arguments, as far as its source tells.

It is read when a test fails, from its frame and its source: a test that passes pays nothing, and no
statement is slower. Arguments are known where they are written out or held by a local name; nothing
is evaluated, and a function counts where the name that calls it leads to one of the app's own.
"""

from __future__ import annotations

import ast
import json
from collections import ChainMap
from types import CodeType, FrameType, ModuleType
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple

from ..callsite import APP
from ..lines import Raw
from ..operands import plain
from ..recorder import Recorder
from .source import known_value
from .syntax import parsed

MAX_CALLS = 20

# Any, so that what the app hands in stays Any behind isinstance() and type()
_WRAPPED: Any = (staticmethod, classmethod)
_type_of: Callable[[object], Any] = type

_LIMIT = 400_000  # bytes of a file of tests


def calls_of(recorder: Recorder, frame: FrameType, line: int) -> Optional[Raw]:
    """The calls up to a line of a test's frame as JSON, None where there are none."""
    names: Mapping[str, Any] = ChainMap(dict(frame.f_locals), frame.f_globals)
    found: List[str] = []
    for call in _calls(frame.f_code, line):
        code, bound = _function(call.func, names)
        if code is None or recorder.sites.kind(code.co_filename) != APP:
            continue
        if code.co_filename == frame.f_code.co_filename:
            continue
        values = {name: plain(value) for name, value in _arguments(call, code, bound, names)}
        last = getattr(call, "end_lineno", None) or call.lineno
        shape = recorder.digests.shape(values)[0]
        text = '{"line":%d,"last":%d,"name":%s,"values":%s}'
        found.append(text % (call.lineno, last, json.dumps(code.co_name), shape))
    return Raw("[" + ",".join(found[-MAX_CALLS:]) + "]") if found else None


def _calls(code: CodeType, line: int) -> List[ast.Call]:
    """The calls that a function's source has up to a line, in its order."""
    try:
        with open(code.co_filename, encoding="utf-8", errors="replace") as file:
            tree = parsed(file.read(_LIMIT))
    except OSError:
        return []
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == code.co_name:
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            if first <= code.co_firstlineno <= node.lineno:
                calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
                calls = [each for each in calls if each.lineno <= line]
                return sorted(calls, key=lambda each: (each.lineno, each.col_offset))
    return []


def _function(node: ast.expr, names: Mapping[str, Any]) -> Tuple[Optional[CodeType], bool]:
    """The code of the function that a name leads to, and whether its first argument is bound."""
    if isinstance(node, ast.Name):
        return _code(names.get(node.id)), False
    if not isinstance(node, ast.Attribute):
        return None, False
    known, owner = _value(node.value, names)
    if not known:
        return None, False
    if isinstance(owner, ModuleType):
        return _code(vars(owner).get(node.attr)), False
    kind: Any = owner if isinstance(owner, type) else type(owner)
    for base in kind.__mro__:
        if node.attr in base.__dict__:
            held = base.__dict__[node.attr]
            static = isinstance(held, staticmethod)
            bound = not static and (isinstance(held, classmethod) or kind is not owner)
            return _code(held), bound
    return None, False


def _value(node: ast.expr, names: Mapping[str, Any]) -> Tuple[bool, Any]:
    """The object of a name, or of an attribute that a module or an instance holds itself."""
    if isinstance(node, ast.Name):
        return node.id in names, names.get(node.id)
    if isinstance(node, ast.Attribute):
        known, owner = _value(node.value, names)
        if known:
            try:
                held: Any = object.__getattribute__(owner, "__dict__")
            except AttributeError:
                return False, None
            if _type_of(held) is dict and node.attr in held:
                return True, held[node.attr]
    return False, None


def _code(value: Any) -> Optional[CodeType]:
    """The code of a function behind its decorators."""
    for _ in range(8):
        if isinstance(value, _WRAPPED):
            value = value.__func__
            continue
        held = getattr(value, "__dict__", None) if type(value).__name__ == "function" else None
        if not held or "__wrapped__" not in held:
            break
        value = held["__wrapped__"]
    code = getattr(value, "__code__", None) if type(value).__name__ == "function" else None
    return code if isinstance(code, CodeType) else None


def _arguments(
    call: ast.Call, code: CodeType, bound: bool, names: Mapping[str, Any]
) -> Iterator[Tuple[str, Any]]:
    parameters = code.co_varnames[: code.co_argcount][int(bound) :]
    given: Dict[str, ast.expr] = {}
    for name, node in zip(parameters, call.args):
        if isinstance(node, ast.Starred):
            break
        given[name] = node
    given.update({each.arg: each.value for each in call.keywords if each.arg is not None})
    for name, node in given.items():
        known, value = known_value(node, names)
        if known:
            yield name, value
