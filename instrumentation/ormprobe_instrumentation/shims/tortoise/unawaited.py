"""Query objects that write and were dropped without being run: Python warns of none of them.

They die where nobody kept them, or with what kept them. Only those are told of that the code had no
use for: it drops them at once, never looks at the name again but for its truth, or hands them out
of an asynchronous function as if they had been awaited. What is put away, to be run later or not,
is left alone.
"""

from __future__ import annotations

import sys
from types import CodeType
from typing import Any, Dict, List, NamedTuple, Optional

from ...calls import drops
from ...callsite import APP
from ...hooks import Hooks
from ...recorder import Recorder
from ...shim import Switch

_KINDS = (
    ("UpdateQuery", "QuerySet.update"),
    ("DeleteQuery", "QuerySet.delete"),
    ("BulkUpdateQuery", "QuerySet.bulk_update"),
    ("BulkCreateQuery", "QuerySet.bulk_create"),
)
_RUNS = ("__await__", "sql")
_COROUTINE = 0x80
_KEPT = 10_000
_TESTS = ("POP_JUMP", "JUMP_IF", "UNARY_NOT", "TO_BOOL", "FORMAT", "COMPARE_OP", "IS_OP")


class Made(NamedTuple):
    """Where a query was made: the code, the instruction that it was called by, the line."""

    code: CodeType
    instruction: int
    site: int
    name: str


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    module = sys.modules["tortoise.queryset"]
    made: Dict[int, Made] = {}  # by id: a query has slots, and leaves as it dies

    def make_init(name: str) -> Any:
        def make(original: Any) -> Any:
            def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
                original(self, *args, **kwargs)
                if switch.on:
                    try:
                        frame, _ = recorder.sites.walk(sys._getframe(1))
                        if frame is not None and len(made) < _KEPT:
                            made[id(self)] = Made(
                                frame.f_code, frame.f_lasti, recorder.site(frame), name
                            )
                    except Exception as error:
                        switch.fail(error)

            return __init__

        return make

    def make_run(original: Any) -> Any:
        def run(self: Any, *args: Any, **kwargs: Any) -> Any:
            made.pop(id(self), None)
            return original(self, *args, **kwargs)

        return run

    def __del__(self: Any) -> None:
        found = made.pop(id(self), None)
        if found is not None and switch.on:
            try:
                _dropped(recorder, found, sys._getframe().f_back)
            except Exception as error:
                switch.fail(error)

    for kind_name, name in _KINDS:
        kind: Any = vars(module).get(kind_name)
        if kind is None or hasattr(kind, "__del__"):
            continue
        hooks.wrap(kind, "__init__", make_init(name))
        for run in _RUNS:
            hooks.wrap(kind, run, make_run)
        hooks.add(kind, "__del__", __del__)


def _dropped(recorder: Recorder, found: Made, frame: Any) -> None:
    """Record a query that has died without being run, where nobody meant that."""
    if frame is None or not recorder.on:  # the program has ended
        return
    app = recorder.sites.kind(frame.f_code.co_filename) == APP
    if not (app and drops(frame)) and not is_forgotten(found.code, found.instruction):
        return
    stack = recorder.sites.app_stack(frame, 24)
    recorder.event(
        "unawaited",
        at=recorder.at(),
        scope=recorder.scope_id(),
        name=found.name,
        module="tortoise.queryset",
        site=found.site or None,
        frames=[recorder.site(each) for each in stack] or None,
    )


def is_forgotten(code: CodeType, instruction: int) -> bool:
    """Whether code makes a value by a call and has no way to run it later.

    instruction: the offset of the call.
    """
    import dis

    every = [each for each in dis.get_instructions(code) if each.opname not in ("CACHE", "NOP")]
    # some interpreters point behind the call, to what they keep there for it
    place = len([each for each in every if each.offset <= instruction]) - 1
    if place < 0 or place + 1 >= len(every):
        return False
    after = every[place + 1]
    if after.opname == "POP_TOP":
        return True
    if after.opname == "RETURN_VALUE":
        return bool(code.co_flags & _COROUTINE)
    if not after.opname.startswith("STORE_") or after.opname in ("STORE_ATTR", "STORE_SUBSCR"):
        return False
    name = _first(after.argval)
    return name is not None and all(
        _is_harmless(code, every, n) for n, each in enumerate(every) if _loads(each, name)
    )


def _first(value: Any) -> Optional[str]:
    """The name that an instruction stores; one that also loads has two."""
    found: Any = value[0] if value.__class__ is tuple and value else value
    return str(found) if found.__class__ is str else None


def _loads(instruction: Any, name: str) -> bool:
    if "LOAD" not in instruction.opname:
        return False
    value = instruction.argval
    return value == name or (isinstance(value, tuple) and name in value[-1:])


def _is_harmless(code: CodeType, every: List[Any], place: int) -> bool:
    """Whether what is loaded there is only looked at: compared, tested, written into a text."""
    following = [each.opname for each in every[place + 1 : place + 4]]
    if following[:1] == ["COPY"]:
        del following[0]
    if following[:1] == ["LOAD_CONST"]:
        del following[0]
    if following[:1] == ["RETURN_VALUE"]:
        return bool(code.co_flags & _COROUTINE)
    return bool(following) and following[0].startswith(_TESTS)
