"""Programs that use SQLAlchemy, traced, and their events by the line that caused them.

A program marks a line with a comment, `# here: name`. The interpreter is the one that runs the
tests, or the one that `ORMPROBE_TEST_PYTHON` names: so one file of tests serves every version.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.instrumentation.traced import Child, Event, run, write

PYTHON = os.environ.get("ORMPROBE_TEST_PYTHON") or sys.executable

MODELS = """\
import os
from sqlalchemy import *
from sqlalchemy.orm import *
from sqlalchemy import event, exc
from sqlalchemy.engine import Engine

Base = declarative_base()

class Author(Base):
    __tablename__ = "author"
    id = Column(Integer, primary_key=True)
    name = Column(String(40), nullable=False, unique=True)
    biography = deferred(Column(String))
    books = relationship("Book", back_populates="author", order_by="Book.id")

class Book(Base):
    __tablename__ = "book"
    id = Column(Integer, primary_key=True)
    title = Column(String, nullable=False)
    author_id = Column(ForeignKey("author.id"), nullable=False)
    author = relationship(Author, back_populates="books")

class Loan(Base):
    __tablename__ = "loan"
    book_id = Column(ForeignKey("book.id"), primary_key=True)
    member = Column(String, primary_key=True)
    days = Column(Integer, CheckConstraint("days > 0"))

engine = create_engine(os.environ.get("TEST_URL", "sqlite://"), future=True)
make_session = sessionmaker(engine, future=True)

def seed():
    Base.metadata.create_all(engine)
    with make_session() as session:
        for number in (1, 2, 3):
            session.add(Author(id=number, name="author %d" % number, biography="long"))
        session.flush()
        for number in range(1, 7):
            session.add(Book(id=number, title="book %d" % number, author_id=(number + 1) // 2))
        session.flush()
        session.add_all([Loan(book_id=1, member="ann", days=3), Loan(book_id=1, member="bob")])
        session.commit()
"""

ASYNC_MODELS = """\
import os
from models import *
from sqlalchemy.ext.asyncio import *
from sqlalchemy import event, exc

class Shelf(AsyncAttrs, Base):
    __tablename__ = "shelf"
    id = Column(Integer, primary_key=True)
    label = Column(String)
    boxes = relationship("Box")

class Box(Base):
    __tablename__ = "box"
    id = Column(Integer, primary_key=True)
    shelf_id = Column(ForeignKey("shelf.id"))

engine = create_async_engine(os.environ.get("TEST_ASYNC_URL", "sqlite+aiosqlite:///async.db"))
make_session = async_sessionmaker(engine, expire_on_commit=False)

async def seed():
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with make_session() as session:
        for number in (1, 2, 3):
            session.add(Author(id=number, name="author %d" % number, biography="long"))
        await session.flush()
        for number in range(1, 7):
            session.add(Book(id=number, title="book %d" % number, author_id=(number + 1) // 2))
        session.add(Shelf(id=1, label="top", boxes=[Box(id=1), Box(id=2)]))
        await session.commit()
"""


@dataclass(frozen=True)
class Traced:
    """A program that ran, with its events."""

    text: str
    child: Child

    def line(self, mark: str) -> int:
        [number] = [
            number
            for number, line in enumerate(self.text.splitlines(), start=1)
            if line.endswith(f"# here: {mark}")
        ]
        return number

    def lines(self, mark: str) -> range:
        """The lines that a marked line stands for.

        Before Python 3.10 a block that ends is at its last line, not at its `with`.
        """
        first = last = self.line(mark)
        lines = self.text.splitlines()
        block = lines[first - 1].lstrip().startswith(("with ", "async with "))
        if python_version() < (3, 10) and block:
            inside = " " * (indent(lines[first - 1]) + 1)
            while last < len(lines) and lines[last].startswith(inside):
                last += 1
        return range(first, last + 1)

    def site(self, mark: str) -> set[int]:
        """The numbers of a marked line."""
        lines = self.lines(mark)
        return {
            site["id"]
            for site in self.child.of("site", **{"code.file.path": "program.py"})
            if site["code.line.number"] in lines
        }

    def at(self, mark: str, kind: str = "statement") -> list[Event]:
        """The events of a kind whose site is a marked line."""
        sites = self.site(mark)
        return [event for event in self.child.of(kind) if event.get("site") in sites]

    def only(self, mark: str, kind: str = "statement") -> Event:
        [event] = self.at(mark, kind)
        return event

    def sql(self, statement: Event) -> str:
        return str(self.child.one("sql", id=statement["sql"])["db.query.text"])

    def texts(self, mark: str) -> list[str]:
        return [self.sql(statement) for statement in self.at(mark)]

    def verbs(self, mark: str) -> list[str]:
        numbers = [statement["sql"] for statement in self.at(mark)]
        return [self.child.one("sql", id=number)["db.operation.name"] for number in numbers]

    def loads(self, mark: str) -> list[tuple[str, str, str | None] | None]:
        """Type, entity and attribute of the load of each statement of a line."""
        found = [statement.get("load") for statement in self.at(mark)]
        return [None if number is None else self._load(number) for number in found]

    def _load(self, number: int) -> tuple[str, str, str | None]:
        load = self.child.one("load", id=number)
        return load["type"], load["entity"], load.get("attribute")

    def rows(self, mark: str) -> list[Event]:
        """The row facts of the statements of a line."""
        return [
            rows
            for statement in self.at(mark)
            for rows in self.child.of("rows", statement=statement["id"])
        ]

    def count(self, mark: str) -> int:
        """How many rows a line's statements gave."""
        return sum(rows["count"] for rows in self.rows(mark))

    def entities(self, mark: str) -> list[tuple[str, int]]:
        """Each entity of a line's rows, with its distinct keys."""
        return [
            (entity["entity"], entity["distinct"])
            for rows in self.rows(mark)
            for entity in rows["entities"]
        ]

    def ends(self, mark: str) -> list[tuple[str, str, int]]:
        """End, by whom, and the number of writes, of the transactions that a line ended."""
        found = self.at(mark, "transaction")
        return [(event["end"], event["by"], len(event["writes"])) for event in found]

    def fate(self, error: Event) -> tuple[str, int | None]:
        """What became of an error, and the line that caught it."""
        fate = self.child.one("fate", error=error["id"])
        site = fate.get("site")
        return fate["fate"], None if site is None else self.child.site(site)[1]

    def error(self, mark: str, kind: str) -> Event:
        """The error of a type that a line led to, with what was completed later."""
        sites = self.site(mark)
        found = [
            event
            for event in self.child.of("error", type=kind)
            if sites.intersection(event.get("frames", ()))
        ]
        assert len({event["id"] for event in found}) == 1, found
        whole: Event = {}
        for event in self.child.of("error", id=found[0]["id"]):
            whole.update(event)
        return whole


def indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def trace(
    folder: Path,
    program: str,
    *,
    arguments: tuple[str, ...] = ("program.py",),
    status: int = 0,
    env: dict[str, str] | None = None,
    **files: str,
) -> Traced:
    """Run a program beside `models.py` and `amodels.py`; it must end with this status, and no shim
    be off. arguments: of the interpreter."""
    named = {name.replace("__", "/") + ".py": text for name, text in files.items()}
    written = {"models.py": MODELS, "amodels.py": ASYNC_MODELS, "program.py": program, **named}
    write(folder, written)
    child = run(arguments, folder, folder / "trace", python=PYTHON, env=env)
    assert child.status == status, child.stderr
    assert child.events, "nothing was recorded"
    assert not child.of("shim", state="disabled"), child.of("shim", state="disabled")
    return Traced(program, child)


@functools.cache
def versions() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Of the interpreter that runs the programs, and of its SQLAlchemy: major, minor."""
    code = "import sqlalchemy, sys; print(*sys.version_info[:2], sqlalchemy.__version__)"
    words = [PYTHON, "-c", code]
    answer = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    major, minor, library = answer.stdout.split()
    return (int(major), int(minor)), tuple(int(part) for part in library.split(".")[:2])


@functools.cache
def python_version() -> tuple[int, ...]:
    """Of the interpreter that runs the programs: major, minor."""
    words = [PYTHON, "-c", "import sys; print(*sys.version_info[:2])"]
    answer = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    return tuple(int(part) for part in answer.stdout.split())


def library_version() -> tuple[int, ...]:
    return versions()[1]
