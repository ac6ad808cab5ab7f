"""pytest 6 to 9: a scope for each test, its outcome, the operands of the check that failed.

The hooks are put into each plugin manager's callers directly, not registered as a plugin: no list
of plugins that pytest shows or hands out has one more.
"""

from __future__ import annotations

import sys
from typing import Any, Dict, Generator, Optional, Tuple

from ..errors import reached
from ..hooks import Hooks
from ..recorder import Recorder
from ..scopes import Entered, enter, failed, leave
from ..shim import Switch
from .checks import Compared, compared, record_check, watch_expected

NAME = "pytest"
ROLE = "test"
TRIGGER = "_pytest.config"

_EXPECTING = (
    ("_pytest.raises", "RaisesExc"),
    ("_pytest.raises", "RaisesGroup"),
    ("_pytest.python_api", "RaisesContext"),
)
_WRAPPERS = (
    "pytest_runtest_protocol",
    "pytest_runtest_makereport",
    "pytest_make_collect_report",
)


class _Test:
    """A test that is running."""

    def __init__(self, entered: Entered) -> None:
        self.entered = entered
        self.outcome: Optional[str] = None
        self.failed_at: Optional[int] = None
        self.phase: Optional[str] = None

    def fail(self, outcome: str, at: int, phase: str) -> None:
        """The first failure names the outcome: a broken teardown often follows from it."""
        if self.outcome not in ("failed", "error"):
            self.outcome, self.failed_at, self.phase = outcome, at, phase

    def begin_again(self) -> None:
        """A rerun of a flaky test: its last run counts."""
        self.outcome = self.failed_at = self.phase = None


class _Session:
    """What the hooks of all plugin managers of the process share."""

    def __init__(self, recorder: Recorder, switch: Switch) -> None:
        self.recorder = recorder
        self.switch = switch
        self.tests: Dict[int, _Test] = {}
        self.noted: Optional[Compared] = None
        self.collecting = 0

    # -- the hooks ----------------------------------------------------------------------------

    def pytest_runtest_protocol(self, item: Any) -> Generator[None, Any, None]:
        if self.switch.on:
            try:
                self._begin(item)
            except Exception as error:
                self.switch.fail(error)
        result = yield
        test = self.tests.pop(id(item), None)
        if test is not None:
            try:
                self._end(test, result)
            except Exception as error:
                self.switch.fail(error)

    def pytest_runtest_makereport(self, item: Any, call: Any) -> Generator[None, Any, None]:
        result = yield
        test = self.tests.get(id(item))
        if self.switch.on and test is not None and result.excinfo is None:
            try:
                self._reported(test, call, result.get_result())
            except Exception as error:
                self.switch.fail(error)

    def pytest_make_collect_report(self, collector: Any) -> Generator[None, Any, None]:
        self.collecting += 1
        result = yield
        self.collecting -= 1
        if self.switch.on and result.excinfo is None:
            try:
                report = result.get_result()
                call = getattr(report, "call", None)
                if report.outcome == "failed" and call is not None and call.excinfo is not None:
                    self.uncollected(report.nodeid, _path(collector), call.excinfo.value)
            except Exception as error:
                self.switch.fail(error)

    def pytest_assertrepr_compare(self, op: str, left: Any, right: Any) -> None:
        if self.switch.on:
            try:
                frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
                self.noted = compared(self.recorder, op, left, right, frame)
            except Exception as error:
                self.switch.fail(error)

    # -- what they record ---------------------------------------------------------------------

    def _begin(self, item: Any) -> None:
        path = self.recorder.sites.relative(_path(item))
        fields = {"code.file.path": path}
        self.tests[id(item)] = _Test(enter(self.recorder, "test", item.nodeid, **fields))

    def _end(self, test: _Test, result: Any) -> None:
        outcome = test.outcome or "passed"
        if result.excinfo is not None and test.outcome is None:  # Ctrl-C, pytest.exit()
            outcome = "error"
        fields = {"failed_at": test.failed_at, "phase": test.phase}
        leave(self.recorder, test.entered, outcome, **fields)

    def _reported(self, test: _Test, call: Any, report: Any) -> None:
        scope = test.entered[0]
        error = None if call.excinfo is None else call.excinfo.value
        noted, self.noted = self.noted, None
        if report.outcome == "failed":
            at = self.recorder.at()
            if error is not None:
                at = record_check(self.recorder, scope, error, noted)
                failed(self.recorder, scope, error, report.when)
            test.fail("failed" if report.when == "call" else "error", at, report.when)
        elif hasattr(report, "wasxfail"):
            if error is not None:
                reached(self.recorder, error, "expected")
        elif report.outcome == "skipped":
            test.outcome = test.outcome or "skipped"
        elif report.when == "setup" and report.outcome == "passed":
            test.begin_again()

    def uncollected(self, name: str, path: str, error: BaseException) -> None:
        """A file or folder whose tests could not be collected: a scope that is over at once."""
        fields = {"code.file.path": self.recorder.sites.relative(path)}
        entered = enter(self.recorder, "test", name, **fields)
        at = self.recorder.at()
        failed(self.recorder, entered[0], error, "collect")
        leave(self.recorder, entered, "error", failed_at=at, phase="collect")


def install(hooks: Hooks, recorder: Recorder, switch: Switch) -> None:
    config = sys.modules[TRIGGER]
    session = _Session(recorder, switch)
    expecting = list(_EXPECTING)

    def make_init(original: Any) -> Any:
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            original(self, *args, **kwargs)
            if switch.on:
                try:
                    _listen(session, self)
                    # imported after the trigger, and certainly before a test runs
                    while expecting:
                        module, name = expecting.pop()
                        owner = getattr(sys.modules.get(module), name, None)
                        if owner is not None:
                            watch_expected(hooks, recorder, switch, owner)
                except Exception as error:
                    switch.fail(error)

        return __init__

    hooks.wrap(config.PytestPluginManager, "__init__", make_init)
    hooks.wrap(config.ConftestImportFailure, "__init__", _conftest_failure(session))


def _listen(session: _Session, manager: Any) -> None:
    """Put the hooks into a plugin manager, outermost."""
    pluggy = sys.modules.get("pluggy._hooks") or sys.modules["pluggy.hooks"]
    options: Dict[str, Any] = {"optionalhook": False, "trylast": False, "specname": None}
    for name in (*_WRAPPERS, "pytest_assertrepr_compare"):
        wrapper = name in _WRAPPERS
        options.update(hookwrapper=wrapper, wrapper=False, tryfirst=True)
        function = getattr(session, name)
        hook = pluggy.HookImpl(session, NAME, function, dict(options))
        getattr(manager.hook, name)._add_hookimpl(hook)


def _conftest_failure(session: _Session) -> Any:
    """A conftest that fails before collection ends pytest without any report."""

    def make_init(original: Any) -> Any:
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            original(self, *args, **kwargs)
            if session.switch.on and not session.collecting:
                try:
                    path, error = _conftest_cause(self)
                    if error is not None:
                        session.uncollected(session.recorder.sites.relative(path), path, error)
                except Exception as failure:
                    session.switch.fail(failure)

        return __init__

    return make_init


def _conftest_cause(failure: Any) -> Tuple[str, Optional[BaseException]]:
    cause = getattr(failure, "cause", None)
    if cause is None:  # before pytest 8
        cause = getattr(failure, "excinfo", (None, None))[1]
    return str(failure.path), cause


def _path(node: Any) -> str:
    """A node's file."""
    path = getattr(node, "path", None)
    return str(node.fspath if path is None else path)
