"""Statements and errors of asyncio belong to the test that ran them, whatever runs its loop."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.instrumentation.traced import Child, run, write

DATABASE = """\
from sqlalchemy import *
from sqlalchemy.ext.asyncio import *
from sqlalchemy import exc
engine = create_async_engine("sqlite+aiosqlite:///tasks.db")
make_session = async_sessionmaker(engine)
async def ask(number):
    async with make_session() as session:
        return (await session.execute(text("select :n"), {"n": number})).scalar()
async def fail():
    async with make_session() as session:
        await session.execute(text("select nothing"))
"""

EACH_ITS_LOOP = """\
import asyncio, anyio.to_thread, pytest
from database import *

@pytest.fixture
async def around():
    await ask(100)
    yield
    await ask(101)

async def test_fixture(around):
    await ask(1)

async def test_tasks():
    await asyncio.gather(ask(2), ask(2))
    await asyncio.wait([asyncio.create_task(ask(2))])
    await asyncio.to_thread(lambda: asyncio.run(ask(2)))
    await anyio.to_thread.run_sync(lambda: asyncio.run(ask(2)))

async def test_error():
    with pytest.raises(exc.OperationalError):
        await fail()
"""

ONE_LOOP = """\
import asyncio, pytest, pytest_asyncio
from database import *
pytestmark = pytest.mark.asyncio(loop_scope="%s")
task = None

async def background():
    while True:
        await asyncio.sleep(0.01)
        await ask(9)

@pytest_asyncio.fixture(loop_scope="%s", scope="%s")
async def shared():
    await ask(30)
    yield
    await ask(31)

async def test_first(shared):
    global task
    task = asyncio.create_task(background())
    await ask(3)
    await asyncio.sleep(0.2)

async def test_second(shared):
    await asyncio.sleep(0.2)
    task.cancel()
    await ask(4)

async def test_error(shared):
    with pytest.raises(exc.OperationalError):
        await fail()
"""

AIOHTTP = """\
import pytest
from aiohttp import web
from database import *

async def handler(request):
    return web.Response(text=str(await ask(int(request.match_info["number"]))))

async def started(app):
    await ask(500)

@pytest.fixture
async def client(aiohttp_client):
    app = web.Application()
    app.router.add_get("/{number}", handler)
    app.on_startup.append(started)
    return await aiohttp_client(app)

async def test_one(client):
    assert await (await client.get("/1")).text() == "1"

async def test_two(client):
    assert await (await client.get("/2")).text() == "2"
"""


def numbers(child: Child) -> dict[str, Counter[int]]:
    """By test: the numbers that its statements, also those of its requests, were given."""
    scopes = {scope["id"]: scope for scope in child.of("scope")}
    found: dict[str, Counter[int]] = {}
    for statement in child.of("statement"):
        scope = scopes[statement["scope"]]
        while scope["type"] != "test":
            scope = scopes[scope["parent"]]
        name = scope["name"].rpartition("::")[2]
        found.setdefault(name, Counter())[statement["binds"][0]] += 1
    return found


def traced(folder: Path, text: str, *options: str) -> Child:
    write(folder, {"database.py": DATABASE, "test_it.py": text})
    words = ["-m", "pytest", "-q", *options, "test_it.py"]
    child = run(words, folder, folder / "trace")
    assert child.status == 0, child.stdout + child.stderr
    assert not child.of("shim", state="disabled")
    return child


def test_a_loop_for_each_test(tmp_path: Path) -> None:
    pytest.importorskip("anyio")
    options = ("-p", "pytest_asyncio.plugin", "-o", "asyncio_mode=auto")

    child = traced(tmp_path, EACH_ITS_LOOP, *options)

    assert numbers(child) == {
        "test_fixture": {100: 1, 1: 1, 101: 1},
        "test_tasks": {2: 5},
    }
    [error] = [event for event in child.of("error") if "message" in event and "scope" in event]
    assert error["scope"] == child.scope("test_it.py::test_error")["id"]


@pytest.mark.parametrize("scope", ["module", "session"])
def test_one_loop_for_several_tests(tmp_path: Path, scope: str) -> None:
    """A task that goes on has the scope of a test that is over: it belongs to the one that runs."""
    text = ONE_LOOP % (scope, scope, scope)

    child = traced(tmp_path, text, "-p", "pytest_asyncio.plugin")

    found = numbers(child)
    assert found["test_first"].keys() == {30, 3, 9}
    assert found["test_second"].keys() == {4, 9}
    assert found["test_error"].keys() == {31}
    [error] = [event for event in child.of("error") if "scope" in event]
    assert error["scope"] == child.scope("test_it.py::test_error")["id"]


def test_anyio_s_own_plugin(tmp_path: Path) -> None:
    pytest.importorskip("anyio")
    text = EACH_ITS_LOOP.replace(
        "from database import *\n",
        "from database import *\npytestmark = pytest.mark.anyio\n"
        "@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n",
        1,
    )

    child = traced(tmp_path, text, "-p", "anyio.pytest_plugin")

    assert numbers(child)["test_fixture"] == {100: 1, 1: 1, 101: 1}
    assert numbers(child)["test_tasks"] == {2: 5}


def test_requests_of_aiohttp_s_plugin(tmp_path: Path) -> None:
    pytest.importorskip("pytest_aiohttp")
    plugins = ("-p", "pytest_asyncio.plugin", "-p", "pytest_aiohttp.plugin")

    child = traced(tmp_path, AIOHTTP, *plugins, "-o", "asyncio_mode=auto")

    assert numbers(child) == {"test_one": {500: 1, 1: 1}, "test_two": {500: 1, 2: 1}}
