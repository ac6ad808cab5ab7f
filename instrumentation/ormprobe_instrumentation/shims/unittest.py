"""unittest: a scope for each test that its own runners run, its outcome, the failing check.

What became of a test is read where its result is told: `addFailure` and its like, on the class of
the result, for runners bring their own. Under pytest the scope is pytest's.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Callable, Dict, Optional, Set

from ..callsite import STOP
from ..errors import reached
from ..hooks import Hooks, ImportFinder, hide_own_frame
from ..recorder import Recorder
from ..scopes import Entered, enter, failed, leave
from ..shim import Switch
from .checks import record_check, watch_expected

NAME = "unittest"
ROLE = "test"
TRIGGER = "unittest.case"

__tracebackhide__ = True
__unittest = True

_TELLING = 6  # frames between a suite and the outermost of a result's methods
_TOLD = (
    "addFailure",
    "addError",
    "addSkip",
    "addExpectedFailure",
    "addUnexpectedSuccess",
    "addSubTest",
)
_PHASES = {
    "_callSetUp": "setup",
    "_callTearDown": "teardown",
    "doCleanups": "teardown",
    "_pre_setup": "setup",  # these two are Django's
    "_post_teardown": "teardown",
}


class _Test:
    """A test that is running."""

    def __init__(self, entered: Entered) -> None:
        self.entered = entered
        self.outcome: Optional[str] = None
        self.failed_at: Optional[int] = None
        self.phase: Optional[str] = None


class _Run:
    """What the hooks share: the tests that are running, the classes of results that are watched."""

    def __init__(self, hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
        self.hooks = hooks
        self.recorder = recorder
        self.switch = switch
        self.tests: Dict[int, _Test] = {}
        self.watched: Set[type] = set()
        self.imports: Set[str] = set()
        self.telling: Set[int] = set()

    # -- a test -------------------------------------------------------------------------------

    def begin(self, case: Any, result: Any) -> Optional[_Test]:
        """Open a test's scope; None where another has it, or had it."""
        kind: Any = result.__class__
        if kind.__module__ == "_pytest.unittest" or id(case) in self.tests:
            return None
        name = getattr(case, "_testMethodName", "")
        if type(case).__name__ == "_FailedTest" and name in self.imports:
            return None
        if result is not None:
            self.watch(kind)
        module = sys.modules.get(type(case).__module__)
        path = getattr(module, "__file__", None)
        fields = {"code.file.path": self.recorder.sites.relative(path) if path else None}
        entered = enter(self.recorder, "test", case.id(), **fields)
        context = getattr(case, "_asyncioTestContext", None)  # copied when the case was made
        if context is not None:
            context.run(self.recorder.scope.set, entered[0])
        test = self.tests[id(case)] = _Test(entered)
        return test

    def end(self, case: Any, test: _Test, interrupted: bool) -> None:
        self.tests.pop(id(case), None)
        outcome = test.outcome or ("error" if interrupted else "passed")
        fields = {"failed_at": test.failed_at, "phase": test.phase}
        leave(self.recorder, test.entered, outcome, **fields)

    # -- what results are told ----------------------------------------------------------------

    def watch(self, kind: type) -> None:
        """Listen to a class of results: also to its own overrides, which need not call `super`."""
        for owner in kind.__mro__:
            if owner is object or owner in self.watched:
                continue
            self.watched.add(owner)
            for name in _TOLD:
                if callable(vars(owner).get(name)):
                    self.hooks.wrap(owner, name, self._listener(name))

    def _listener(self, name: str) -> Callable[[Any], Any]:
        def make(original: Any) -> Any:
            def told(result: Any, test: Any, *args: Any, **kwargs: Any) -> Any:
                outermost = id(test) not in self.telling  # an override that calls `super`
                if self.switch.on and outermost:
                    self.telling.add(id(test))
                    try:
                        self._told(name, test, *args, *kwargs.values())
                    except Exception as error:
                        self.switch.fail(error)
                try:
                    return original(result, test, *args, **kwargs)
                except BaseException as raised:
                    hide_own_frame(raised)
                    raise
                finally:
                    if outermost:
                        self.telling.discard(id(test))

            return told

        return make

    def _told(self, name: str, case: Any, *details: Any) -> None:
        test = self.tests.get(id(case))
        error = _error_of(details[-1]) if details else None
        if test is None:
            held = name == "addError" and type(case).__name__ == "_ErrorHolder"
            if held and error is not None and not _is_told_again():
                self.failed_outside(case.id(), error)
        elif name == "addSkip":
            test.outcome = test.outcome or "skipped"
        elif name == "addExpectedFailure":
            if error is not None:
                reached(self.recorder, error, "expected")
        elif name == "addUnexpectedSuccess":
            test.outcome = "failed"
        elif error is not None:
            failure = name == "addFailure" or isinstance(error, case.failureException)
            self._failed(test, error, "failed" if failure else "error")

    def _failed(self, test: _Test, error: BaseException, outcome: str) -> None:
        scope = test.entered[0]
        phase = _phase(error)
        at = record_check(self.recorder, scope, error)
        if test.outcome not in ("failed", "error"):
            test.outcome, test.phase, test.failed_at = outcome, phase, at
        failed(self.recorder, scope, error, phase)

    def failed_outside(self, name: str, error: BaseException) -> None:
        """A class, a module or an import that failed: a scope that is over at once."""
        entered = enter(self.recorder, "test", name)
        at = self.recorder.at()
        failed(self.recorder, entered[0], error, "setup")
        leave(self.recorder, entered, "error", failed_at=at, phase="setup")


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    case = sys.modules[TRIGGER]
    run = _Run(hooks, recorder, switch)
    recorder.sites.kinds[__file__] = STOP  # who runs the tests is not whose line does something

    def make_call(original: Any) -> Any:
        def __call__(self: Any, *args: Any, **kwds: Any) -> Any:
            test = None
            if switch.on:
                try:
                    test = run.begin(self, args[0] if args else kwds.get("result"))
                except Exception as error:
                    switch.fail(error)
            interrupted = True
            try:
                returned = original(self, *args, **kwds)
                interrupted = False
                return returned
            except BaseException as raised:
                hide_own_frame(raised)
                raise
            finally:
                if test is not None:
                    try:
                        run.end(self, test, interrupted)
                    except Exception as error:
                        switch.fail(error)

        return __call__

    hooks.wrap(case.TestCase, "__call__", make_call)
    run.watch(sys.modules["unittest.result"].TestResult)
    watch_expected(hooks, recorder, switch, case._AssertRaisesContext)
    for finder in sys.meta_path:
        if isinstance(finder, ImportFinder):
            finder.when_imported("unittest.loader", lambda loader: _watch_imports(run, loader))
            finder.when_imported(
                "django.test.testcases", lambda cases: _watch_whole(run, cases, make_call)
            )


def _watch_whole(run: _Run, cases: Any, make_call: Any) -> None:
    """Django's cases set up and clean the database around what unittest calls the test."""
    try:
        run.hooks.wrap(cases.SimpleTestCase, "__call__", make_call)
    except Exception as error:
        run.switch.fail(error)


def _watch_imports(run: _Run, loader: Any) -> None:
    """The loader turns a module that cannot be imported into a test without its exception."""

    def make(original: Any) -> Any:
        def _make_failed_import_test(name: str, *args: Any, **kwargs: Any) -> Any:
            error = sys.exc_info()[1]
            if run.switch.on and error is not None:
                try:
                    run.imports.add(name)
                    run.failed_outside("unittest.loader._FailedTest." + name, error)
                except Exception as failure:
                    run.switch.fail(failure)
            return original(name, *args, **kwargs)

        return _make_failed_import_test

    try:
        run.hooks.wrap(loader, "_make_failed_import_test", make)
    except Exception as error:
        run.switch.fail(error)


def _error_of(detail: Any) -> Optional[BaseException]:
    """The exception of an `(type, value, traceback)` triple."""
    try:
        _, error, _ = detail
    except (TypeError, ValueError):
        return None
    return error if isinstance(error, BaseException) else None


def _is_told_again() -> bool:
    """Whether a result is told what another process has met, as Django's parallel suite does."""
    frame: Any = sys._getframe(2)
    for _ in range(_TELLING):
        if frame is None:
            break
        name = str(frame.f_globals.get("__name__"))
        if frame.f_code.co_name == "handle_event" and name.startswith("django.test."):
            return True
        frame = frame.f_back
    return False


def _phase(error: BaseException) -> str:
    """Which part of a test raised, by the functions of `unittest` on the way."""
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        phase = _PHASES.get(code.co_name)
        if phase and os.path.basename(os.path.dirname(code.co_filename)) in ("unittest", "test"):
            return phase
        traceback = traceback.tb_next
    return "call"
