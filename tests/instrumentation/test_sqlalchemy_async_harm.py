"""SQLAlchemy's asyncio behaves as without us: signatures, tracebacks, warnings, output."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.instrumentation.alchemy import ASYNC_MODELS, MODELS, PYTHON, python_version, trace
from tests.instrumentation.traced import run, without_times, write

PROGRAM = """\
import asyncio, gc, traceback
from amodels import *
import inspect

class Own(AsyncSession):
    async def close(self):
        print("closing")
        await super().close()

async def shown(awaitable):
    try:
        await awaitable
    except BaseException:
        traceback.print_exc()

async def block(raised):
    async with make_session() as s:
        await s.execute(select(1))
        raise raised

async def twice():
    async with engine.connect() as c:
        await c.close()
        await c.execute(select(1))

async def failing_close():
    s = make_session()
    await s.execute(select(1))
    def refuse(*_):
        raise LookupError("no")
    event.listen(s.sync_session, "after_transaction_end", refuse)
    await s.close()

async def main():
    await seed()
    for kind in (AsyncSession, AsyncConnection, AsyncTransaction):
        for name in ("close", "reset", "invalidate", "__aexit__"):
            found = getattr(kind, name, None)
            if found is not None:
                print(name, inspect.signature(found), inspect.iscoroutinefunction(found))
    async with Own(engine) as s:
        await s.execute(select(1))
    await shown(block(KeyError("x")))
    await shown(block(asyncio.CancelledError()))
    await shown(twice())
    await shown(failing_close())
    pending = make_session().close()
    print(pending.__qualname__, pending.__name__)
    del pending
    async def forget():
        s = make_session()
        await s.execute(select(1))
    await forget()
    gc.collect()
    await engine.dispose()

asyncio.run(main())
"""


def test_the_same_output(tmp_path: Path) -> None:
    files = {"models.py": MODELS, "amodels.py": ASYNC_MODELS, "program.py": PROGRAM}
    outputs = []
    for name in ("plain", "traced"):
        folder = write(tmp_path / name / "app", files)
        traced = folder / "trace" if name == "traced" else None
        outputs.append(run(["program.py"], folder, traced, python=PYTHON))
    plain, traced_run = outputs
    assert not traced_run.of("shim", state="disabled")
    assert plain.status == traced_run.status == 0, plain.stderr
    assert cut(traced_run.stdout, "traced") == cut(plain.stdout, "plain")
    if python_version() >= (3, 11):  # before, a frame of ours stays on each traceback
        assert cut(traced_run.stderr, "traced") == cut(plain.stderr, "plain")


def cut(text: str, name: str) -> str:
    """Without times, addresses, and the folder that the program lies in."""
    return without_times(text).replace(f"{os.sep}{name}{os.sep}", os.sep)


SERIALIZES = """\
import asyncio
from models import *
from pydantic import BaseModel, ConfigDict
class BookOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    title: str
class AuthorOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    name: str
    books: list[BookOut]
seed()
session = make_session()
author = session.get(Author, 1)
async def main():
    asyncio.get_running_loop().call_soon(AuthorOut.model_validate, author)
    await asyncio.sleep(0.1)
    session.close()
    session.expunge_all()
asyncio.run(main())
"""


def test_what_read_an_attribute_where_the_app_has_no_line(tmp_path: Path) -> None:
    pytest.importorskip("pydantic")

    program = trace(tmp_path, SERIALIZES)

    [load] = [found for found in program.child.of("statement") if "serializer" in found]
    assert load["site"] == 0
    assert load["serializer"] == "pydantic.main:BaseModel.model_validate"
