"""Coroutines that nobody awaited: which are recorded, with which line, and the app's warning."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.instrumentation.alchemy import PYTHON, Traced, library_version, trace
from tests.instrumentation.traced import run, write

PROGRAM = """\
import asyncio, gc
from amodels import *

async def helper(session):
    return await session.execute(select(Author))

class Repository:
    def __init__(self, session):
        self.session = session

    async def find(self, number):
        return await self.session.get(Author, number)

    def keep(self):
        found = self.session.flush()  # here: left in a local

    def several(self):
        found = [self.session.scalar(select(n)) for n in range(2)]  # here: several

    async def mixed(self):
        await self.session.rollback()
        pending = self.session.rollback()  # here: beside an awaited one
        await self.session.rollback()

async def main():
    await seed()
    async with make_session() as s:
        repository = Repository(s)
        s.commit()  # here: alone
        s.execute(  # here: on lines
            select(Author)
            .where(Author.id == 1)
        )
        helper(s)  # here: own function
        repository.find(1)  # here: own method
        repository.keep()
        repository.several()
        await repository.mixed()
        later = s.execute(select(Author))  # here: rebound
        await s.execute(select(Author))
        later = None
        shelf = await s.get(Shelf, 1)
        shelf.awaitable_attrs.boxes  # here: attribute
        s.close()  # here: wrapped
        author = await s.get(Author, 1)
        for name in ("books", "biography"):
            try:
                getattr(author, name)
            except exc.SQLAlchemyError:
                pass
        gc.collect()
        asyncio.sleep(0)
    await engine.dispose()

asyncio.run(main())
gc.collect()
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return trace(tmp_path_factory.mktemp("unawaited"), PROGRAM)


@pytest.mark.parametrize(
    ("mark", "name"),
    [
        ("alone", "AsyncSession.commit"),
        ("on lines", "AsyncSession.execute"),
        ("own function", "helper"),
        ("own method", "Repository.find"),
        ("left in a local", "AsyncSession.flush"),
        ("beside an awaited one", "AsyncSession.rollback"),
        ("rebound", "AsyncSession.execute"),
        ("attribute", "greenlet_spawn"),
        ("wrapped", "AsyncSession.close"),
    ],
)
def test_the_line_that_made_it(program: Traced, mark: str, name: str) -> None:
    assert program.only(mark, "unawaited")["name"] == name


def test_several_of_one_line(program: Traced) -> None:
    assert len(program.at("several", "unawaited")) == 2


def test_those_of_libraries_are_left_out(program: Traced) -> None:
    """What SQLAlchemy made and could not await, and the standard library's."""
    if library_version() >= (2, 1):
        assert "coroutine 'Connection.cursor' was never awaited" in program.child.stderr
    assert "coroutine 'sleep' was never awaited" in program.child.stderr
    assert len(program.child.of("unawaited")) == 11


WARNS = """\
import asyncio, sys, warnings
{setting}
async def work():
    pass
def left():
    found = work()
async def main():
    work()
    left()
    try:
        work()
    except RuntimeWarning as error:
        print("caught", error)
asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("setting", "flags"),
    [
        ("", []),
        ("", ["-W", "error"]),
        ("", ["-W", "ignore"]),
        ("", ["-X", "dev"]),
        ("warnings.filterwarnings('error', message='.*never awaited')", []),
        ("warnings.filterwarnings('ignore', module='__main__')", []),
        ("sys.set_coroutine_origin_tracking_depth(3)", []),
        ("import tracemalloc; tracemalloc.start(3)", []),
        (
            "warnings.showwarning = lambda message, category, filename, lineno, *_: print(\n"
            "    category.__name__, filename.rpartition('/')[2], lineno, message)",
            [],
        ),
    ],
)
def test_the_warning_is_what_it_is_without_us(
    tmp_path: Path, setting: str, flags: list[str]
) -> None:
    write(tmp_path, {"program.py": WARNS.format(setting=setting)})
    words = [*flags, "program.py"]

    plain = run(words, tmp_path, python=PYTHON)
    traced = run(words, tmp_path, tmp_path / "trace", python=PYTHON)

    assert not traced.of("shim", state="disabled")
    assert len(traced.of("unawaited", name="work")) == 3
    assert (traced.status, traced.stdout) == (plain.status, plain.stdout)
    assert addresses_cut(traced.stderr) == addresses_cut(plain.stderr)


def addresses_cut(text: str) -> str:
    return re.sub(r"0x[0-9a-f]+", "0x", text)


def test_the_origin_that_the_app_keeps(tmp_path: Path) -> None:
    text = WARNS.format(setting="sys.set_coroutine_origin_tracking_depth(1)")
    write(tmp_path, {"program.py": text})

    child = run(["program.py"], tmp_path, tmp_path / "trace", python=PYTHON)

    sites = [child.site(event["site"])[1:] for event in child.of("unawaited")]
    lines = text.splitlines()
    assert [(lines[line - 1].strip(), function) for line, function in sites] == [
        ("work()", "main"), ("found = work()", "left"), ("work()", "main"),
    ]  # fmt: skip
