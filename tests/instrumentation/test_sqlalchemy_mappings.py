"""Errors of the mapping: the class and attribute that they are about, and the names they give."""

from __future__ import annotations

import pytest

from tests.instrumentation.alchemy import PYTHON
from tests.instrumentation.traced import Child, run, write

PROGRAM = """\
from sqlalchemy import *
from sqlalchemy.orm import *

def base():
    return declarative_base()

def swallow(function):
    try:
        function()
    except Exception:
        pass

def wrong_class():
    Base = base()
    class Heron(Base):
        __tablename__ = "herons"
        id = Column(Integer, primary_key=True)
        nests = relationship("Nset")
    class Reed(Base):
        __tablename__ = "reeds"
        id = Column(Integer, primary_key=True)
    swallow(lambda: Heron(id=1))
    swallow(lambda: Reed(id=1))

def no_foreign_key():
    Base = base()
    class Otter(Base):
        __tablename__ = "otters"
        id = Column(Integer, primary_key=True)
        holts = relationship("Holt")
    class Holt(Base):
        __tablename__ = "holts"
        id = Column(Integer, primary_key=True)
    swallow(lambda: Otter(id=1))

def no_table():
    Base = base()
    class Perch(Base):
        __tablename__ = "perches"
        id = Column(Integer, primary_key=True)
        pond_id = Column(ForeignKey("ponds.id"))
    swallow(lambda: Base.metadata.create_all(create_engine("sqlite://")))

def no_key():
    Base = base()
    def declare():
        class Minnow(Base):
            __tablename__ = "minnows"
            name = Column(String)
    swallow(declare)

def no_column():
    Base = base()
    class Lily(Base):
        __tablename__ = "lilies"
        id = Column(Integer, primary_key=True)
        parent_id = Column(ForeignKey("lilies.id"))
        parent = relationship("Lily", remote_side=id)
        pads = relationship("Pad", primaryjoin="Lily.parent == Pad.lily_id")
    class Pad(Base):
        __tablename__ = "pads"
        id = Column(Integer, primary_key=True)
        lily_id = Column(ForeignKey("lilies.id"))
    swallow(lambda: Lily(id=1))

def two_classes():
    Base = base()
    class Newt(Base):
        __tablename__ = "newts"
        id = Column(Integer, primary_key=True)
        eggs = relationship("pond.Egg")
    def egg(number):
        names = {"__tablename__": "eggs%d" % number, "__module__": "pond%d.pond" % number}
        return type("Egg", (Base,), dict(names, id=Column(Integer, primary_key=True)))
    kept = [egg(1), egg(2)]
    swallow(lambda: Newt(id=1))

wrong_class()
no_foreign_key()
no_column()
two_classes()
no_table()
no_key()
"""


@pytest.fixture(scope="module")
def child(tmp_path_factory: pytest.TempPathFactory) -> Child:
    folder = write(tmp_path_factory.mktemp("ponds"), {"main.py": PROGRAM})
    found = run(["main.py"], folder, folder / "trace", python=PYTHON)
    assert found.status == 0, found.stderr
    assert not found.of("shim", state="disabled")
    return found


def told(child: Child, part: str) -> list[tuple[str | None, str | None]]:
    """Entity and attribute of the errors whose message holds some words."""
    return [
        (event.get("entity"), event.get("attribute"))
        for event in child.of("error")
        if part in event["message"]
    ]


def test_the_relation_that_could_not_be_configured(child: Child) -> None:
    assert told(child, "failed to locate a name") == [("Heron", "nests"), ("Heron", "nests")]


def test_the_next_use_of_another_class_names_the_first_fault(child: Child) -> None:
    assert told(child, "mappers failed to initialize") == [("Heron", "nests")]


def test_the_join_inside_is_about_the_same_relation(child: Child) -> None:
    assert told(child, "Can't find any foreign key") == [("Otter", "holts")]
    assert told(child, "Could not determine join condition") == [("Otter", "holts")]


def test_a_name_inside_a_relations_string_is_about_the_relation(child: Child) -> None:
    assert told(child, "is not an instance of ColumnProperty") == [("Lily", "pads")]
    assert told(child, "Multiple classes found")[:1] == [("Newt", "eggs")]


def test_the_names_of_a_foreign_key_are_kept(child: Child) -> None:
    [message] = [event["message"] for event in child.of("error", type="NoReferencedTableError")]
    assert "column 'perches.pond_id' could not find table 'ponds'" in message


def test_a_class_that_could_not_be_mapped(child: Child) -> None:
    assert told(child, "could not assemble any primary key") == [("Minnow", None)]
