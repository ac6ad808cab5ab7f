"""Statements and errors in words that SQLAlchemy 1.3 understands, for every version."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.alchemy import PYTHON, Traced, library_version
from tests.instrumentation.traced import run, write

PROGRAM = """\
from sqlalchemy import (Column, ForeignKey, Integer, MetaData, String, Table, create_engine, exc,
                        text)
from sqlalchemy.orm import mapper_for, relationship, sessionmaker
try:
    from sqlalchemy.orm import declarative_base
except ImportError:
    from sqlalchemy.ext.declarative import declarative_base

Base = declarative_base()

class Author(Base):
    __tablename__ = "author"
    id = Column(Integer, primary_key=True)
    name = Column(String(40), nullable=False, unique=True)

engine = create_engine("sqlite://")
Base.metadata.create_all(engine)
s = sessionmaker(engine)()
s.add(Author(name="one"))
s.commit()  # here: insert
s.query(Author).filter(Author.name == "one").all()  # here: select
s.query(Author).filter_by(id=1).update({"name": "two"})  # here: update
s.rollback()
try:
    s.add(Author(name="one"))
    s.flush()  # here: unique
except exc.IntegrityError:  # here: caught
    s.rollback()
s.execute(text("SELECT * FROM author")).fetchall()  # here: text
print(s.query(Author).count())  # here: count
author = s.query(Author).first()
s.commit()
s.close()
try:
    author.name  # here: detached
except exc.SQLAlchemyError as error:
    print(type(error).__name__)
"""
PROGRAM = PROGRAM.replace("import mapper_for, relationship, sessionmaker", "import sessionmaker")
QUIET = {"SQLALCHEMY_SILENCE_UBER_WARNING": "1"}


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    folder = tmp_path_factory.mktemp("oldest")
    write(folder, {"program.py": PROGRAM})
    child = run(["program.py"], folder, folder / "trace", python=PYTHON, env=QUIET)
    assert child.status == 0, child.stderr
    return Traced(PROGRAM, child)


@pytest.mark.parametrize(
    ("mark", "verb"),
    [
        ("insert", "INSERT"),
        ("select", "SELECT"),
        ("update", "UPDATE"),
        ("text", "SELECT"),
        ("count", "SELECT"),
    ],
)
def test_statements_and_their_lines(traced: Traced, mark: str, verb: str) -> None:
    assert traced.verbs(mark) == [verb]


def test_binds(traced: Traced) -> None:
    assert traced.only("select")["binds"][0].startswith("s3:")
    assert traced.only("insert")["binds"] == traced.only("select")["binds"]
    assert traced.only("update")["affected"] == 1


def test_an_error_and_what_became_of_it(traced: Traced) -> None:
    error = traced.error("unique", "IntegrityError")

    assert "UNIQUE constraint failed: author.name" in error["message"]
    assert traced.child.one("sql", id=error["statement"])["db.operation.name"] == "INSERT"
    assert traced.fate(error) == ("caught", traced.line("unique"))


def test_a_detached_instance(traced: Traced) -> None:
    error = traced.error("detached", "DetachedInstanceError")

    assert error["entity"] == "Author"
    assert error["attribute"] == "name"


def test_parts_that_this_version_has_not_say_so(traced: Traced) -> None:
    off = {event["name"] for event in traced.child.of("shim", state="disabled")}

    if library_version() >= (1, 4):
        assert off == set()
    else:
        assert not off & {"sqlalchemy:statements", "sqlalchemy:errors", "sqlalchemy:engines"}


def test_the_app_sees_no_difference(tmp_path: Path) -> None:
    write(tmp_path, {"program.py": PROGRAM})

    traced, alone = (
        run(["program.py"], tmp_path, trace, python=PYTHON, env=QUIET)
        for trace in (tmp_path / "trace", None)
    )

    assert (traced.status, traced.stdout, traced.stderr) == (0, alone.stdout, alone.stderr)
    assert alone.stdout == "1\nDetachedInstanceError\n"
