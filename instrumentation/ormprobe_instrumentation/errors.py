"""Exceptions as a trace holds them, and what became of each ORM error that was created.

An error is recorded when its object is made, so also when the app swallows it. Its fate is read
later: the chain that reached a handler, a test or the process says `propagated` and the like, and
the first entry of a traceback is the frame that caught the exception, which costs nothing to keep.
"""

from __future__ import annotations

import sys
import weakref
from _thread import get_ident
from typing import Any, Callable, Dict, List, Optional, Tuple

from .callsite import APP, Site, function_name, site_of
from .carried import Told, carried_by
from .exceptions import chain_of, head_of
from .loops import loop_number, task_number
from .recorder import Recorder, Scope
from .serializers import implicit_read, serializer

_MAIN = get_ident()
_KEPT = 256
_NOTED = 1024


class ErrorRecord:
    """What is kept of an error that was created, without keeping it alive."""

    __slots__ = ("number", "reference", "kind", "raised", "caught", "fate", "left", "main")

    def __init__(self, number: int, error: BaseException) -> None:
        self.number = number
        self.reference = reference_of(error)
        self.kind = type(error).__name__
        self.raised = False
        self.caught: Optional[Site] = None
        self.fate: Optional[str] = None
        self.left: Optional[Site] = None
        self.main = get_ident() == _MAIN

    def read_end(self, error: BaseException) -> None:
        """Where the catching frame was left, once the program has ended: maybe by `sys.exit`.

        The `SystemExit` itself, whose context the error then was, is seen by nobody.
        """
        traceback = error.__traceback__
        if traceback is not None and self.caught is not None and self.main:
            line = traceback.tb_frame.f_lineno
            self.left = Site(self.caught.path, line, self.caught.function)

    def read_traceback(self, error: BaseException) -> None:
        traceback = error.__traceback__
        if traceback is not None:
            self.raised = True
            code = traceback.tb_frame.f_code
            self.caught = Site(code.co_filename, traceback.tb_lineno, function_name(code))


class Unreferable:
    """Recognises an exception that no weak reference can be made to, as those of Python itself.

    Its arguments are kept: no other exception has the same tuple.
    """

    __slots__ = ("_id", "_arguments")

    def __init__(self, error: BaseException) -> None:
        self._id = id(error)
        self._arguments = error.args

    def __call__(self) -> None:
        return None

    def is_of(self, error: BaseException) -> bool:
        return id(error) == self._id and error.args is self._arguments


def reference_of(error: BaseException) -> Any:
    """A weak reference to an exception, or what recognises it."""
    try:
        return weakref.ref(error)
    except TypeError:
        return Unreferable(error)


Context = Callable[[BaseException, Any], Dict[str, Any]]

_super: Any = super


def watch(
    recorder: Recorder,
    hooks: Any,
    switch: Any,
    base: type,
    context: Context,
    unless: Optional[Callable[[Any], bool]] = None,
) -> None:
    """Record every instance of an exception class and its subclasses as it is created.

    context: extra fields of the error event, from the exception and the frame that creates it.
    unless: whether one that this frame creates is of no interest.
    """
    inherits = "__init__" not in vars(base)
    owner: Any = base

    def make_init(original: Any) -> Any:
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            if inherits:  # what comes next in a class that has other bases too
                try:
                    _super(owner, self).__init__(*args, **kwargs)
                except BaseException as refused:  # the arguments; no frame of ours is to be seen
                    traceback = refused.__traceback__
                    refused.__traceback__ = None if traceback is None else traceback.tb_next
                    raise
            else:
                original(self, *args, **kwargs)
            if switch.on:
                try:
                    if error_number(self) is None and (
                        unless is None or not unless(sys._getframe(1))
                    ):
                        _created(recorder, self, context)
                except Exception as error:
                    switch.fail(error)

        return __init__

    hooks.wrap(base, "__init__", make_init)
    follow(hooks, base)


def follow(hooks: Any, base: type) -> None:
    """Read where each recorded instance of a class was caught, when it is let go."""
    previous = base.__dict__.get("__del__")

    def __del__(self: Any) -> None:
        try:
            number, _ = _numbers.pop(id(self), (None, None))
            record = _alive.pop(number, None)
            if record is not None:
                record.read_traceback(self)
                if sys._getframe().f_back is None:  # the program has ended, no code of it runs
                    record.read_end(self)
        except Exception:
            pass
        if previous is not None:
            previous(self)

    if previous is None:
        hooks.add(base, "__del__", __del__)


_alive: Dict[Any, ErrorRecord] = {}

# by the error's id, not in its __dict__: that is pickled, and shown by whoever shows `vars`
_numbers: Dict[int, Tuple[Any, Any]] = {}


def note(
    recorder: Recorder, error: BaseException, fate: Optional[str] = None, **fields: Any
) -> int:
    """Record an exception that has been raised and is not watched; once. Returns its number.

    fate: what becomes of it, where no handler comes to see it.
    """
    number = error_number(error)
    if number is not None:
        return number
    if len(_numbers) > _NOTED:
        _drop_dead()
    _, raised = recorder.sites.traceback_frames(error.__traceback__, 1)
    if raised is not None:
        fields["origin"] = "%s:%s" % (_short(raised.path).rpartition("/")[2], raised.function)
    record = _begun(recorder, error, sys._getframe(1), lambda error, frame: fields)
    record.raised = True
    record.fate = fate
    return int(record.number)


def _drop_dead() -> None:
    """Forget the errors that are gone: nothing tells of the end of one that is not watched."""
    for key, (number, reference) in list(_numbers.items()):
        if reference() is None and number not in _alive:
            _numbers.pop(key, None)


def _created(recorder: Recorder, error: BaseException, context: Context) -> None:
    # a thread or greenlet may begin with the error's making: then nobody called
    _begun(recorder, error, sys._getframe(1).f_back, context)


def _begun(recorder: Recorder, error: BaseException, frame: Any, context: Context) -> ErrorRecord:
    number = recorder.number()
    record = ErrorRecord(number, error)
    _numbers[id(error)] = (number, record.reference)
    scope = recorder.current()
    kept = recorder.process_errors if scope is None else scope.errors
    if len(kept) < _KEPT:
        kept.append(record)
        _alive[number] = record
    sites = _sites(recorder, frame)
    fields: Dict[str, Any] = {
        "id": number,
        "at": recorder.at(),
        "scope": None if scope is None else scope.id,
        **head_of(recorder, error, frame),
        "thread": get_ident(),
        "loop": loop_number(),
        "task": task_number(),
        "frames": [recorder.site_number(site) for site in sites],
    }
    fields["site"] = fields["frames"][0] if sites else None
    fields.update(context(error, frame))
    if fields["site"] is None:
        loading = "attribute" in fields
        site, fields["serializer"] = implicit_read(recorder, scope, frame, loading)
        fields["site"] = site or None
    else:
        fields["serializer"] = serializer(recorder, frame)
    recorder.event("error", **fields)
    return record


def _sites(recorder: Recorder, frame: Any) -> List[Site]:
    """The app's lines that an error comes from, innermost first."""
    found = recorder.sites.app_stack(frame, 24)
    if not found and serializer(recorder, frame) is not None:
        return []  # a library read it: who waits for its task is the caller of a request
    found = [*recorder.sites.passed_by(found), *found]
    if not found:
        outer = recorder.sites.awaiter("sqlalchemy") or recorder.sites.awaiter("playhouse")
        found = [] if outer is None else [outer]
    return [site_of(outer) for outer in found]


def error_number(error: Optional[BaseException]) -> Optional[int]:
    """The number that a recorded error carries."""
    number, reference = _numbers.get(id(error), (None, None))
    if error is not None and type(reference) is Unreferable:
        return number if reference.is_of(error) else None
    return number if reference is not None and reference() is error else None


def stand_for(error: BaseException, recorded: BaseException) -> None:
    """Let an exception that a library raises in place of a recorded one have its record."""
    number = error_number(recorded)
    record = _alive.get(number)
    if record is not None and number is not None:
        record.reference = reference_of(error)
        record.kind = type(error).__name__
        _numbers.pop(id(recorded), None)
        _numbers[id(error)] = (number, record.reference)


def describe(recorder: Recorder, error: BaseException) -> List[Dict[str, Any]]:
    """The chain of a failure, outermost exception first."""
    found: List[Dict[str, Any]] = []
    for link, relation in chain_of(error):
        sites, raised = recorder.sites.traceback_frames(link.__traceback__, 24)
        fields = head_of(recorder, link)
        fields["relation"] = relation or None
        fields["error"] = error_number(link)
        fields["frames"] = [recorder.site_number(site) for site in sites] or None
        if raised is not None:
            fields["origin"] = "%s:%s" % (_short(raised.path), raised.function)
        found.append({name: value for name, value in fields.items() if value is not None})
        for number, kind in _carried(recorder, link):
            found.append({"type": kind, "relation": "carried", "error": number})
    return found


def _carried(recorder: Recorder, error: BaseException) -> Told:
    """The numbers and types of the errors that an exception of a validation library tells of."""
    scope = recorder.current()
    try:
        return carried_by(error, recorder.process_errors if scope is None else scope.errors)
    except Exception:  # it is asked for what it tells, and may be the app's own
        return ()


def _short(path: str) -> str:
    return "/".join(path.replace("\\", "/").rsplit("/", 3)[-3:])


def reached(recorder: Recorder, error: BaseException, fate: str) -> None:
    """Mark the recorded errors of a chain: the head gets `fate`, what it hides is translated."""
    for link, _ in chain_of(error):
        record = _alive.get(error_number(link))
        if record is not None:
            record.read_traceback(link)
            if record.fate != "propagated":
                record.fate = fate if link is error or fate != "handler" else "translated"
        elif fate == "expected":
            number = error_number(link)
            if number is not None:  # its request is over: a later fate replaces the earlier one
                recorder.rider("fate", error=number, fate=fate)
        for number, _ in _carried(recorder, link):
            _mark_carried(recorder, number, "translated" if fate == "handler" else fate)


def _mark_carried(recorder: Recorder, number: int, fate: str) -> None:
    scope = recorder.current()
    for record in recorder.process_errors if scope is None else scope.errors:
        if record.number == number:
            record.fate = fate
            return
    recorder.rider("fate", error=number, fate=fate)


def settle(recorder: Recorder, records: List[ErrorRecord]) -> None:
    """Write what became of the errors of a scope that ends."""
    for record in records:
        error = record.reference()
        if error is not None:
            record.read_traceback(error)
        del error
        _alive.pop(record.number, None)
        fate = record.fate
        if fate is None:
            fate = "caught" if record.raised else "never-raised"
            if record.caught is not None:
                app = recorder.sites.kind(record.caught.path) == APP
                fate = "caught" if app else "library"
        site = recorder.site_number(record.caught) or None
        left = recorder.site_number(record.left) or None
        recorder.rider("fate", error=record.number, fate=fate, site=site, left=left)
    records.clear()


def record_failure(
    recorder: Recorder, scope: Optional[Scope], error: BaseException, phase: Optional[str] = None
) -> None:
    """Write the exception that ended a scope, or the process, badly."""
    if scope is None:
        if recorder.ended_by == id(error):  # at the start of a server, and again at exit
            return
        recorder.ended_by = id(error)
    reached(recorder, error, "propagated")
    number = None if scope is None else scope.id
    chain = describe(recorder, error)
    recorder.event("failure", scope=number, at=recorder.at(), phase=phase, chain=chain)


def record_exit(recorder: Recorder) -> None:
    """At exit: the exception that ended the process, if one did, and what is still waiting."""
    error = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
    for record in recorder.process_errors:
        caught = record.reference()
        if caught is not None:
            record.read_traceback(caught)
            record.read_end(caught)
        del caught
    interactive = hasattr(sys, "ps1")
    if isinstance(error, BaseException) and not interactive:
        record_failure(recorder, None, error, "exit")
    settle(recorder, recorder.process_errors)
    dropped = recorder.dropped or None
    recorder.event("exit", at=recorder.at(), events=recorder.written, dropped=dropped)
