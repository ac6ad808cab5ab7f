"""Models whose tables bear the name of their class alone, and what they declare."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.source import Source
from ormprobe.source.data_access import DataAccess
from ormprobe.source.declared import Declared
from ormprobe.source.records import Records

MODELS = """
import peewee as pw
from playhouse.pwasyncio import AsyncModel

class Base(pw.Model):
    note = pw.TextField(null=True)

class DayLog(Base):
    level = pw.IntegerField(column_name="mm")
    house = pw.ForeignKeyField("House", backref="logs")

class House(Base):
    name = pw.CharField()

    class Meta:
        table_name = "houses"

class Gate(AsyncModel):
    name = pw.CharField()

class Model:
    name = "plain"

class Plain(Model):
    name = "plain"
"""
USE = """
from water.models import DayLog, Plain

def newest():
    return DayLog.select().order_by(DayLog.level).first()

def other():
    return Plain.select()
"""


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "water").mkdir()
    (tmp_path / "water" / "models.py").write_text(MODELS)
    (tmp_path / "water" / "use.py").write_text(USE)
    return Source(tmp_path)


def test_a_model_is_one_by_its_bases(source: Source) -> None:
    records = Records(source)

    assert records.names == {"Base", "DayLog", "House", "Gate"}
    assert {found.name: found.table for found in records}["DayLog"] == "daylog"
    assert {found.name: found.table for found in records}["House"] == "houses"


def test_a_column_is_found_by_its_own_name_and_by_its_attribute(source: Source) -> None:
    declared = Declared(source)

    for name, line in (("mm", 9), ("level", 9), ("house_id", 10)):
        found = declared.column("daylog", name)
        assert found is not None
        assert found.line == line
    assert declared.column("houses", "nmae") is None
    assert set(declared.names("DayLog")) >= {"level", "house", "note"}


def test_the_line_that_names_the_other_side(source: Source) -> None:
    found = Declared(source).other_side("logs")

    assert found is not None
    assert (found.file, found.line, found.function) == ("water/models.py", 10, "DayLog")


def test_asking_a_model_is_data_access(source: Source) -> None:
    access = DataAccess(source)

    assert access.is_function("newest")
    assert not access.is_function("other")
