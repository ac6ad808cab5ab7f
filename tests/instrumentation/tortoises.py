"""Programs that use Tortoise, traced; as `alchemy` has them for SQLAlchemy.

A program begins with `from start import *` and ends with `run(main)`, which sets Tortoise up on the
database that `TEST_TORTOISE` names, else on a file, with the models below and a few rows.
"""

from __future__ import annotations

import functools
import json
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.instrumentation.alchemy import PYTHON, Traced, python_version
from tests.instrumentation.traced import run, write

__all__ = ["PYTHON", "Traced", "config_of", "python_version", "tortoise_version", "trace"]

MODELS = """\
from tortoise import fields
from tortoise.models import Model

class Author(Model):
    name = fields.CharField(max_length=40, unique=True)
    mentor = fields.ForeignKeyField("models.Author", related_name="pupils", null=True)

class Profile(Model):
    motto = fields.CharField(max_length=40)
    author = fields.OneToOneField("models.Author", related_name="profile")

class Tag(Model):
    label = fields.CharField(max_length=40)

class Book(Model):
    title = fields.CharField(max_length=40)
    pages = fields.IntField(default=1)
    author = fields.ForeignKeyField("models.Author", related_name="books")
    tags = fields.ManyToManyField("models.Tag", related_name="books")
"""

START = """\
import asyncio, json, os, sys
import tortoise
from tortoise import Tortoise
from tortoise.exceptions import *
from tortoise.functions import Count, Sum
from tortoise.expressions import Q
from tortoise.query_utils import Prefetch
from tortoise.transactions import atomic, in_transaction
from models import *

FILE = {"default": "sqlite://library.db"}
FALLBACK = {"_enable_global_fallback": True} if tortoise.__version__ >= "1" else {}

def config():
    connections = json.loads(os.environ.get("TEST_TORTOISE", "null")) or FILE
    return {
        "connections": connections,
        "apps": {"models": {"models": ["models"], "default_connection": "default"}},
    }

def connection(name="default"):
    return Tortoise.get_connection(name) if hasattr(Tortoise, "get_connection") else (
        tortoise.connections.get(name))

async def begin():
    await Tortoise.init(config=config())
    await Tortoise.generate_schemas()

async def seed():
    for number in (1, 2, 3):
        author = await Author.create(name="author %d" % number)
        await Profile.create(motto="m", author=author)
    for number in range(1, 7):
        await Book.create(title="book %d" % number, author_id=(number + 1) // 2)
    tags = [await Tag.create(label="t%d" % number) for number in (1, 2)]
    await (await Book.get(id=1)).tags.add(*tags)

def run(main):
    async def whole():
        await begin()
        try:
            await seed()
            await main()
        finally:
            await Tortoise.close_connections()
    asyncio.run(asyncio.wait_for(whole(), 40))
"""


def trace(
    folder: Path,
    program: str,
    *,
    config: str | None = None,
    status: int = 0,
    env: dict[str, str] | None = None,
    timeout: float = 60,
    **files: str,
) -> Traced:
    """Run a program beside `start.py` and `models.py`; it must end with this status, and no shim be
    off. config: of `config_of`, for another database than a file."""
    named = {f"{name}.py": text for name, text in files.items()}
    write(folder, {"models.py": MODELS, "start.py": START, "program.py": program, **named})
    more = {**(env or {}), **({} if config is None else {"TEST_TORTOISE": config})}
    child = run(["program.py"], folder, folder / "trace", python=PYTHON, env=more, timeout=timeout)
    assert child.status == status, child.stderr
    assert child.events, "nothing was recorded"
    assert not child.of("shim", state="disabled"), child.of("shim", state="disabled")
    return Traced(program, child)


def config_of(database: str, driver: str, **more: object) -> str:
    """What `TEST_TORTOISE` holds for a database of the fixture. driver: asyncpg or psycopg."""
    parts = urlsplit(database)
    host = parse_qs(parts.query).get("host", [parts.hostname])[0]
    credentials = {
        "host": host,
        "port": parts.port or 5432,
        "user": parts.username or "postgres",
        "password": parts.password or "",
        "database": parts.path[1:],
        **more,
    }
    engine = f"tortoise.backends.{driver}"
    return json.dumps({"default": {"engine": engine, "credentials": credentials}})


@functools.cache
def tortoise_version() -> tuple[int, ...]:
    """Of the interpreter that runs the programs: major, minor."""
    words = [PYTHON, "-c", "import tortoise; print(tortoise.__version__)"]
    answer = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    return tuple(int(part) for part in answer.stdout.split(".")[:2])
