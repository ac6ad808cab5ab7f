"""What pytest and unittest share: the operands of a failing check, the exceptions a test expects.

The frames of this module hide themselves in the tracebacks of both.
"""

from __future__ import annotations

from types import CodeType, FrameType
from typing import Any, Dict, List, NamedTuple, Optional

from ..callsite import APP, Site, function_name
from ..errors import reached
from ..exceptions import message_of
from ..hooks import Hooks, hide_own_frame
from ..lines import Raw
from ..operands import plain
from ..recorder import Recorder, Scope
from ..shim import Switch
from .taken import of_exception, sought

__tracebackhide__ = True
__unittest = True

_RUNNERS = ("_pytest", "pluggy")
_EXPECTING = ("unittest.case", "_pytest.raises", "_pytest.python_api")

_METHODS = {
    "assertEqual": "==",
    "assertDictEqual": "==",
    "assertListEqual": "==",
    "assertTupleEqual": "==",
    "assertSetEqual": "==",
    "assertSequenceEqual": "==",
    "assertAlmostEqual": "==",
    "assertMultiLineEqual": "==",
    "assertNotEqual": "!=",
    "assertTrue": "truth",
    "assertFalse": "not",
    "assertIs": "is",
    "assertIsNot": "is not",
    "assertIsNone": "is",
    "assertIsNotNone": "is not",
    "assertIn": "in",
    "assertNotIn": "not in",
    "assertLess": "<",
    "assertLessEqual": "<=",
    "assertGreater": ">",
    "assertGreaterEqual": ">=",
}
_NONE = ("assertIsNone", "assertIsNotNone")
_WHOLE = ("assertContains", "assertNotContains", "assertCountEqual")
"""Helpers that call others with less than they got themselves."""


class Compared(NamedTuple):
    """A comparison that came out false; its failure is not raised yet, and may never be."""

    at: int
    operator: str
    left: str
    right: str
    code: CodeType
    line: int


def compared(recorder: Recorder, operator: str, left: Any, right: Any, frame: Any) -> Any:
    """Keep the operands of a comparison as shapes: keeping the objects would keep them alive."""
    while frame is not None and _is_runner(frame):
        frame = frame.f_back
    if frame is None:
        return None
    at = recorder.at()
    left = shape_of(recorder, left)
    return Compared(at, operator, left, shape_of(recorder, right), frame.f_code, frame.f_lineno)


def shape_of(recorder: Recorder, value: Any) -> str:
    """An operand as JSON."""
    return recorder.digests.shape(plain(value))[0]


def _is_runner(frame: FrameType) -> bool:
    name = str(frame.f_globals.get("__name__"))
    return name == __name__ or name.partition(".")[0] in _RUNNERS or name.startswith(_own_package())


def _own_package() -> str:
    return __name__.partition(".")[0] + "."


def record_check(
    recorder: Recorder, scope: Scope, error: BaseException, noted: Optional[Compared] = None
) -> int:
    """Write the check that failed with `error`, if one did; when it failed, as far as is known.

    noted: the last comparison that pytest explained, if any.
    """
    now = recorder.at()
    entries = _entries(error.__traceback__)
    if not entries:
        return now
    place = _place(recorder, entries)
    entry = entries[place]
    site = Site(
        entry.tb_frame.f_code.co_filename, entry.tb_lineno, function_name(entry.tb_frame.f_code)
    )
    helpers = [found.tb_frame for found in entries[place + 1 :]]
    if helpers and _is_check(helpers[0]):
        fields = _of_helper(recorder, site, _telling(helpers))
    elif helpers:
        fields = None
    elif isinstance(error, AssertionError):
        fields = _of_assert(recorder, site, entry.tb_frame, noted)
    else:
        fields = of_exception(recorder, site, entry.tb_frame, error)
    if fields is None:
        return now
    at: int = fields.pop("at", now)
    test = next((each for each in entries if _is_app(recorder, each)), None)
    if test is not None:
        from .called import calls_of

        fields["calls"] = calls_of(recorder, test.tb_frame, test.tb_lineno)
    recorder.rider(
        "check",
        scope=scope.id,
        at=at,
        site=recorder.site_number(site),
        message=message_of(recorder, error) or None,
        **fields,
    )
    return at


def _entries(traceback: Any) -> List[Any]:
    """The entries of a traceback, without those of wrappers."""
    found: List[Any] = []
    while traceback is not None:
        name = str(traceback.tb_frame.f_globals.get("__name__"))
        if not name.startswith(_own_package()):
            found.append(traceback)
        traceback = traceback.tb_next
    return found


def _place(recorder: Recorder, entries: List[Any]) -> int:
    """The app's innermost entry; where no test is the app's own, the last one before a helper."""
    for place in range(len(entries) - 1, -1, -1):
        if _is_app(recorder, entries[place]):
            return place
    for place, entry in enumerate(entries):
        if place and _is_check(entry.tb_frame):
            return place - 1
    return len(entries) - 1


def _is_app(recorder: Recorder, entry: Any) -> bool:
    return recorder.sites.kind(entry.tb_frame.f_code.co_filename) == APP


def _is_check(frame: FrameType) -> bool:
    name = frame.f_code.co_name
    if name == "__exit__":
        return frame.f_globals.get("__name__") in _EXPECTING
    return name.startswith("assert")


def _telling(helpers: List[FrameType]) -> FrameType:
    """The frame whose arguments tell the most: of helpers that call others, one that compares."""
    outer = helpers[0]
    if outer.f_code.co_name in _METHODS or outer.f_code.co_name in _WHOLE:
        return outer
    for frame in helpers[1:]:
        name = frame.f_code.co_name
        if name in _WHOLE or (name in _METHODS and _METHODS[name] not in ("truth", "not")):
            return frame
    return outer


def _of_helper(recorder: Recorder, site: Site, frame: FrameType) -> Optional[Dict[str, Any]]:
    """Operands of a call like `assertEqual(first, second)`, from the arguments it got."""
    code = frame.f_code
    if code.co_name == "__exit__":
        form = "unittest" if frame.f_globals.get("__name__") == "unittest.case" else "assert"
        return {"operator": "raises", "form": form}
    from .source import expected_side, read_call

    arguments = code.co_varnames[: code.co_argcount]
    names = [name for name in arguments if name not in ("self", "_mock_self", "msg")][:2]
    operator = _METHODS.get(code.co_name, code.co_name)
    if operator in ("truth", "not"):
        names = names[:1]
    local = frame.f_locals
    # assertCountEqual puts counters in place of what it got
    values = [local.get(name + "_seq", local.get(name)) for name in names]
    shapes = [Raw(shape_of(recorder, value)) for value in values]
    fields: Dict[str, Any] = {"operator": operator, "form": "unittest"}
    fields.update(zip(("left", "right"), shapes))
    if code.co_name in _NONE:
        fields.update(right=Raw("null"), expected="right")
    elif len(shapes) == 2:
        written = read_call(site.path, site.line, code.co_name)
        fields["expected"] = expected_side(written)
        _name_key(fields, written)
    return fields


def _name_key(fields: Dict[str, Any], operands: List[Any]) -> None:
    """Tell the key that must be in an object by its name, where it is written out."""
    key = getattr(operands[0], "value", None) if len(operands) == 2 else None
    container = str(getattr(fields.get("right"), "text", ""))
    if fields["operator"] not in ("in", "not in") or type(key) is not str:
        return
    if container.startswith("{") and not container.startswith(('{"#"', '{"?"')):
        fields["left"] = Raw(sought(key))


def _of_assert(
    recorder: Recorder, site: Site, frame: FrameType, noted: Optional[Compared]
) -> Optional[Dict[str, Any]]:
    """Operands of an `assert`: those that pytest explained, else what is cheap to know."""
    from .rewritten import truth_of
    from .source import NEGATED, expected_side, known_value, read_assert

    written = read_assert(site.path, site.line)
    fields: Dict[str, Any] = {"form": "assert"}
    if noted is not None and (noted.code is not frame.f_code or noted.line != site.line):
        noted = None
    if written is None and noted is None:
        return None
    if noted is not None:
        operator = noted.operator
        if written is not None and written.negated:
            operator = NEGATED.get(operator, operator)
        fields.update(at=noted.at, operator=operator, left=Raw(noted.left), right=Raw(noted.right))
    elif written is not None:
        fields["operator"] = written.operator
        local = frame.f_locals
        for side, operand in zip(("left", "right"), written.operands):
            known, value = known_value(operand, local)
            if not known and len(written.operands) == 1:
                known, value = truth_of(written, local)
            if known:
                fields[side] = Raw(shape_of(recorder, value))
    if written is not None and not written.chained:
        fields["expected"] = expected_side(written.operands)
        _name_key(fields, written.operands)
    return fields


def watch_expected(hooks: Hooks, recorder: Recorder, switch: Switch, owner: Any) -> None:
    """Say of each exception that a `with raises(...)` block swallowed that the test expected it.

    owner: the class of the context manager.
    """
    began: Dict[int, int] = {}

    def make_enter(original: Any) -> Any:
        def __enter__(self: Any) -> Any:
            if switch.on:
                began[id(self)] = recorder.at()
            return original(self)

        return __enter__

    def make_exit(original: Any) -> Any:
        def __exit__(self: Any, kind: Any, error: Any, traceback: Any) -> Any:
            try:
                swallowed = original(self, kind, error, traceback)
            except BaseException as raised:
                hide_own_frame(raised)
                raise
            since = began.pop(id(self), None)
            if swallowed and switch.on and isinstance(error, BaseException):
                try:
                    reached(recorder, error, "expected")
                    _tell_refusal(recorder, since, error)
                except Exception as failure:
                    switch.fail(failure)
            return swallowed

        return __exit__

    if "__exit__" in vars(owner):
        if "__enter__" in vars(owner):
            hooks.wrap(owner, "__enter__", make_enter)
        hooks.wrap(owner, "__exit__", make_exit)


def _tell_refusal(recorder: Recorder, since: Optional[int], error: BaseException) -> None:
    """Write when the work began that ended in an exception which the test wanted, and ended."""
    scope = recorder.current()
    if scope is not None and since is not None:
        name = type(error).__name__
        recorder.rider("refusal", scope=scope.id, at=recorder.at(), began=since, type=name)
