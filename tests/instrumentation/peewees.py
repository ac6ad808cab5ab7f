"""Programs that use Peewee, traced, and their events by the line that caused them.

As in `alchemy`: a program marks a line with a comment, `# here: name`, and one file of tests serves
every version.
"""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

from tests.instrumentation import alchemy
from tests.instrumentation.alchemy import PYTHON, Traced
from tests.instrumentation.traced import Event

MODELS = """\
import os
from peewee import *

url = os.environ.get("TEST_URL")
if url:
    db = PostgresqlDatabase(url)
else:
    db = SqliteDatabase("app.db", pragmas={"foreign_keys": 1})

class Base(Model):
    class Meta:
        database = db

class Author(Base):
    name = CharField(max_length=40, unique=True)
    biography = TextField(null=True)

class Book(Base):
    title = CharField()
    author = ForeignKeyField(Author, backref="books")

class Tag(Base):
    label = CharField(primary_key=True)
    books = ManyToManyField(Book, backref="tags")

Labelled = Tag.books.get_through_model()

class Loan(Base):
    book = ForeignKeyField(Book, backref="loans")
    member = CharField()
    days = IntegerField(null=True, constraints=[Check("days > 0")])
    class Meta:
        primary_key = CompositeKey("book", "member")

MODELS = [Author, Book, Tag, Labelled, Loan]

def seed():
    db.connect(reuse_if_open=True)
    db.create_tables(MODELS)
    with db.atomic():
        for number in (1, 2, 3):
            Author.create(name="author %d" % number, biography="long")
        for number in range(1, 7):
            Book.create(title="book %d" % number, author=(number + 1) // 2)
        for label in ("red", "blue"):
            Tag.create(label=label)
            Tag.get_by_id(label).books.add([1, 2, 3] if label == "red" else [2])
        Loan.create(book=1, member="ann", days=3)
        Loan.create(book=1, member="bob")
"""

ASYNC_MODELS = """\
import asyncio, os
from peewee import *
from playhouse.pwasyncio import *

url = os.environ.get("TEST_URL")
if url:
    db = AsyncPostgresqlDatabase(url, pool_size=2, acquire_timeout=1)
else:
    db = AsyncSqliteDatabase("app.db", pool_size=2, acquire_timeout=1)

class Base(AsyncModel):
    class Meta:
        database = db

class Author(Base):
    name = CharField(max_length=40, unique=True)

class Book(Base):
    title = CharField()
    author = ForeignKeyField(Author, backref="books")

async def seed():
    await db.acreate_tables([Author, Book])
    async with db.atomic():
        for number in (1, 2, 3):
            await Author.acreate(name="author %d" % number)
        for number in range(1, 7):
            await Book.acreate(title="book %d" % number, author=(number + 1) // 2)
"""


def trace(
    folder: Path,
    program: str,
    *,
    status: int = 0,
    env: dict[str, str] | None = None,
    **files: str,
) -> Traced:
    """Run a program beside `models.py` and `amodels.py`; it must end with this status, and no shim
    be off."""
    files = {"models": MODELS, "amodels": ASYNC_MODELS, **files}
    return alchemy.trace(folder, program, status=status, env=env, **files)


@functools.cache
def peewee_version() -> tuple[int, ...]:
    words = [PYTHON, "-c", "import peewee; print(peewee.__version__)"]
    answer = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    return tuple(int(part) for part in answer.stdout.split(".")[:2])


def connections(traced: Traced, action: str) -> list[Event]:
    """The events of connections of this kind."""
    return traced.child.of("connection", action=action)
