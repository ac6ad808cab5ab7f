from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest

from ormprobe_instrumentation.callsite import (
    APP,
    LIBRARY,
    STOP,
    CallSites,
    Site,
    is_installed,
    site_of,
)


def module_at(path: Path, text: str) -> ModuleType:
    """A module from a text, as if it stood in this file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LIBRARY_TEXT = """\
import sys
def call(function):
    return function()
def outer(function):
    return call(function)
def frame():
    return sys._getframe(0)
def finish(generator):
    return next(generator, None)
"""

APP_TEXT = """\
def direct(library):
    return library.frame()
def nested(library):
    return library.call(library.frame)
def deep(library):
    return library.outer(lambda: library.frame())
def inner(library):
    return library.outer(library.frame)
class Thing:
    def method(self, library):
        def local():
            return library.frame()
        return local()
"""


@pytest.fixture
def app(tmp_path: Path) -> Any:
    return module_at(tmp_path / "app" / "main.py", APP_TEXT)


@pytest.fixture
def library(tmp_path: Path) -> Any:
    return module_at(tmp_path / "lib" / "python3.11" / "site-packages" / "orm.py", LIBRARY_TEXT)


@pytest.fixture
def sites(tmp_path: Path) -> CallSites:
    return CallSites(str(tmp_path / "app"))


def found(sites: CallSites, frame: FrameType) -> tuple[str, int]:
    app_frame, _ = sites.walk(frame)
    assert app_frame is not None
    return app_frame.f_code.co_name, app_frame.f_code.co_firstlineno


@pytest.mark.parametrize(
    ("function", "line"), [("direct", 1), ("nested", 3), ("<lambda>", 6), ("inner", 7)]
)
def test_the_first_frame_of_the_app(
    sites: CallSites, app: Any, library: Any, function: str, line: int
) -> None:
    frame = getattr(app, "deep" if function == "<lambda>" else function)(library)

    assert found(sites, frame) == (function, line)


def test_markers_are_passed_from_the_innermost(sites: CallSites, app: Any, library: Any) -> None:
    sites.mark(library.call, "call")
    sites.mark(library.outer, "outer")
    sites.mark(library.finish, "never passed")

    _, passed = sites.walk(app.inner(library))

    assert [name for name, _ in passed] == ["call", "outer"]
    assert passed[0][1].f_code is library.call.__code__
    assert sites.walk(app.direct(library))[1] is None


def test_equal_code_of_another_file_is_no_marker(
    sites: CallSites, app: Any, library: Any, tmp_path: Path
) -> None:
    twin = module_at(tmp_path / "other" / "orm.py", LIBRARY_TEXT)
    sites.mark(twin.call, "call")

    assert sites.walk(app.nested(library))[1] is None


def test_kinds(sites: CallSites, tmp_path: Path) -> None:
    app = tmp_path / "app"
    kinds = {
        str(app / "main.py"): APP,
        str(app / "deep" / "er.py"): APP,
        str(app / "templates" / "page.html"): APP,
        str(app / ".venv" / "lib" / "x.py"): LIBRARY,
        str(app / "env" / "lib" / "python3.12" / "site-packages" / "x.py"): LIBRARY,
        str(app / "env" / "lib" / "python3.12" / "os.py"): LIBRARY,
        str(tmp_path / "application" / "main.py"): LIBRARY,
        "<string>": LIBRARY,
        "<frozen importlib._bootstrap>": LIBRARY,
        os.__file__: LIBRARY,
        os.path.join(os.path.dirname(os.__file__), "asyncio", "events.py"): STOP,
    }

    assert {path: sites.kind(path) for path in kinds} == kinds


def test_the_shims_own_files_are_never_the_apps() -> None:
    import ormprobe_instrumentation.callsite as module

    inside = CallSites(str(Path(module.__file__).parents[2]))

    assert inside.kind(module.__file__) == LIBRARY


def test_an_app_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    sites = CallSites(str(tmp_path / "link"))

    for folder in ("real", "link"):
        path = str(tmp_path / folder / "main.py")
        assert sites.kind(path) == APP
        assert sites.relative(path) == "main.py"
    outside = str(tmp_path / "else.py")
    assert sites.relative(outside) == outside


def test_a_relative_file_name(
    sites: CallSites, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "app").mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path / "app")

    (tmp_path / "app" / "program.py").touch()

    assert sites.kind("program.py") == APP
    assert sites.relative("program.py") == "program.py"


def test_the_relative_name_that_a_compiled_module_tells_is_no_file_of_the_app(
    sites: CallSites, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "app").mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path / "app")

    assert sites.kind("lib/sqlalchemy/engine/_row_cy.py") == LIBRARY


def test_installed() -> None:
    assert is_installed(os.path.join("venv", "lib", "python3.8", "site-packages", "x.py"))
    assert is_installed(os.path.join("node_modules", "x.py"))
    assert not is_installed("site-packages.py")
    assert not is_installed(os.path.join("lib", "models.py"))


def test_no_app_frame(sites: CallSites, library: Any) -> None:
    assert sites.walk(library.frame()) == (None, None)
    assert sites.walk(None) == (None, None)
    assert sites.app_frames(library.frame(), 5) == []


def test_app_frames_from_the_innermost(sites: CallSites, app: Any, library: Any) -> None:
    names = [site.function for site in sites.app_frames(app.deep(library), 24)]

    assert [name.rpartition(".")[2] for name in names] == ["<lambda>", "deep"]
    assert len(sites.app_frames(app.deep(library), 1)) == 1


def test_frames_of_a_traceback(sites: CallSites, app: Any, library: Any) -> None:
    library.frame = lambda: 1 / 0
    with pytest.raises(ZeroDivisionError) as caught:
        app.nested(library)

    frames, raised = sites.traceback_frames(caught.value.__traceback__, 24)

    assert [(site.function, site.line) for site in frames] == [("nested", 4)]
    assert raised is not None
    assert raised.path == __file__


def test_site_of_a_method(app: Any, library: Any) -> None:
    frame = app.Thing().method(library).f_back

    site = site_of(frame)

    assert site == Site(app.__file__, 12, site.function)
    wanted = "Thing.method.local" if sys.version_info >= (3, 11) else "local"
    assert site.function == wanted


MANAGER = """\
import contextlib
@contextlib.contextmanager
def manager(library, frames):
    try:
        yield
    finally:
        frames.append(library.frame())
@contextlib.contextmanager
def outer(library, frames):
    with manager(library, frames):
        yield
def use(library, frames):
    with manager(library, frames):
        pass
def use_outer(library, frames):
    with outer(library, frames):
        pass
def generate(library):
    yield library.frame()
"""


def test_a_block_belongs_to_who_entered_it(sites: CallSites, library: Any, tmp_path: Path) -> None:
    app = module_at(tmp_path / "app" / "managers.py", MANAGER)
    owners: list[Any] = []

    class Frames(list[FrameType]):
        def append(self, frame: FrameType) -> None:
            owners.append(sites.owner(frame))

    app.use(library, Frames())
    app.use_outer(library, Frames())
    [own] = [sites.owner(frame) for frame in app.generate(library)]

    assert [frame.f_code.co_name for frame in owners] == ["use", "use_outer"]
    assert own is not None
    assert own.f_code.co_name == "generate"


def test_a_walk_stops_at_the_event_loop(library: Any, tmp_path: Path) -> None:
    loop = module_at(tmp_path / "asyncio" / "events.py", LIBRARY_TEXT)
    sites = CallSites(str(Path(__file__).parent))

    assert sites.walk(loop.call(library.frame)) == (None, None)
    assert sites.walk(library.frame())[0] is not None


BRIDGES = """\
async def bridge(greenlet, work):
    context = greenlet.greenlet(work)
    context.switch()
def spawn(greenlet, work):
    greenlet.greenlet(work).switch()
def start(coroutine):
    try:
        coroutine.send(None)
    except StopIteration:
        pass
"""


def test_a_walk_goes_on_in_the_coroutine_that_waits_for_a_greenlet(
    sites: CallSites, tmp_path: Path
) -> None:
    greenlet = pytest.importorskip("greenlet")
    app = module_at(tmp_path / "app" / "bridge.py", BRIDGES)
    seen: list[Any] = []

    def work() -> None:
        seen.append(sites.walk(sys._getframe())[0])
        seen.append(sites.app_frames(sys._getframe(), 5))

    app.start(app.bridge(greenlet, work))

    assert seen[0].f_code.co_name == "bridge"
    assert [site.function for site in seen[1]] == ["bridge", "start"]


def test_nobody_waits_for_a_greenlet_that_was_just_started(
    sites: CallSites, tmp_path: Path
) -> None:
    greenlet = pytest.importorskip("greenlet")
    app = module_at(tmp_path / "app" / "bridge.py", BRIDGES)
    seen: list[Any] = []

    app.spawn(greenlet, lambda: seen.append(sites.walk(sys._getframe())[0]))

    assert seen == [None]
