"""Which line of the app's code made a coroutine that nobody awaited.

A coroutine does not know who made it. It is dropped on its own line where nobody kept it, and when
its function returns where a local did; then the frame above runs. What each function's code says is
looked at: calls of that name that are not awaited on the spot.
"""

from __future__ import annotations

from types import CodeType, FrameType, FunctionType
from typing import Any, Dict, Iterator, List, Optional

from .callsite import APP, CallSites, Site, function_name, site_of

_NESTED = 3
_CANDIDATES = 200
_ENDS = ("POP_TOP", "RETURN_VALUE", "RETURN_CONST", "LIST_APPEND")


def maker(sites: CallSites, frame: Optional[FrameType], name: str) -> Optional[Site]:
    """The line that made a coroutine of a function, as far as the code can tell.

    frame: the innermost app frame while it is dropped.
    """
    if frame is None:
        return None
    code = frame.f_code
    if drops(frame):
        return site_of(frame)
    lines = unawaited_lines(code, name)
    before = [line for line in lines if line <= frame.f_lineno]
    if lines:
        return Site(code.co_filename, before[-1] if before else lines[0], function_name(code))
    found: Dict[Any, Site] = {}
    for callee in _callees(frame):
        if sites.kind(callee.co_filename) == APP:
            for line in unawaited_lines(callee, name):
                site = Site(callee.co_filename, line, function_name(callee))
                found[site] = site
    return next(iter(found)) if len(found) == 1 else None


def drops(frame: FrameType) -> bool:
    """Whether a frame is about to drop what an expression that stands alone gave."""
    import dis

    return frame.f_code.co_code[frame.f_lasti] == dis.opmap["POP_TOP"]


def unawaited_lines(code: CodeType, name: str, depth: int = 0) -> List[int]:
    """The lines where code, or a comprehension in it, calls a name and does not await that."""
    found: List[int] = []
    if name in code.co_names + code.co_varnames + code.co_freevars:
        found += _lines(code, name)
    if depth < _NESTED:
        for inner in code.co_consts:
            if isinstance(inner, CodeType) and inner.co_name.startswith("<"):
                found += unawaited_lines(inner, name, depth + 1)
    return sorted(set(found))


def _lines(code: CodeType, name: str) -> List[int]:
    import dis

    found: List[int] = []
    called: Optional[int] = None
    line = code.co_firstlineno
    for instruction in dis.get_instructions(code):
        starts: Any = getattr(instruction, "line_number", None)
        if starts is None and instruction.starts_line is not True:
            starts = instruction.starts_line
        line = starts or line
        operation = instruction.opname
        if operation.startswith("LOAD_") and instruction.argval == name:
            called = line
        elif operation == "GET_AWAITABLE":
            called = None
        elif called is not None and (operation in _ENDS or operation.startswith("STORE_")):
            found.append(called)
            called = None
    return found


def _callees(frame: FrameType) -> Iterator[CodeType]:
    """Functions that the frame's code may call: those it names, also as a method of a local."""
    names = frame.f_code.co_names
    owners: List[Any] = [type(value) for value in list(frame.f_locals.values())[:_CANDIDATES]]
    for name in names[:_CANDIDATES]:
        for found in [frame.f_locals.get(name), frame.f_globals.get(name)]:
            if isinstance(found, FunctionType):
                yield found.__code__
        for owner in owners:
            for base in owner.__mro__:
                method: Any = base.__dict__.get(name)
                if isinstance(method, FunctionType):
                    yield method.__code__
