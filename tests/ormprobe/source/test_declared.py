"""Where an app declares models, attributes, columns and tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.source import Source
from ormprobe.source.declared import Declared

MODELS = """\
class Base(DeclarativeBase):
    pass


class Pier(Base):
    __tablename__ = "piers"

    id: Mapped[int] = mapped_column(primary_key=True)
    depth = Column("depth_m", Integer)
    ferries = relationship("Ferry", back_populates="pier")


class Ferry(Base):
    __tablename__ = "ferries"
    pier_id = mapped_column(ForeignKey("peirs.id"))


sailings = Table(
    "sailings",
    metadata,
    Column("day", Date),
)
"""

DDL = '''\
DDL = """
CREATE TABLE IF NOT EXISTS "piers" (id INTEGER)
"""
'''

MIGRATION = """\
def upgrade():
    op.create_table(
        "ferries",
        sa.Column("pier_id", sa.Integer()),
    )
"""


@pytest.fixture
def declared(tmp_path: Path) -> Declared:
    files = {
        "port/models.py": MODELS,
        "port/schema.py": DDL,
        "migrations/0001_first.py": MIGRATION,
        "tests/test_models.py": MODELS,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return Declared(Source(tmp_path))


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


def test_an_attribute_of_a_class(declared: Declared) -> None:
    found = declared.attribute("Pier", "ferries")

    assert found is not None
    assert (found.file, found.function) == ("port/models.py", "Pier")
    assert found.line == line_of(MODELS, "ferries =")


def test_an_attribute_that_is_not_there_is_its_class(declared: Declared) -> None:
    found = declared.attribute("Pier", "boats")

    assert found is not None
    assert found.line == line_of(MODELS, "class Pier")
    assert declared.attribute("Boat", "id") is None


def test_of_two_classes_of_one_name_neither_is_meant(tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(MODELS)

    found = Declared(Source(tmp_path))

    assert found.attribute("Pier", "ferries") is None
    assert found.attribute("Pier", None) is None


@pytest.mark.parametrize(
    ("table", "column", "part"),
    [
        ("piers", "id", "id: Mapped"),
        ("piers", "depth_m", 'Column("depth_m"'),
        ("Piers", "id", "id: Mapped"),
        ("ferries", "pier_id", "pier_id ="),
        ("sailings", "day", 'Column("day"'),
    ],
)
def test_a_column_of_a_table(declared: Declared, table: str, column: str, part: str) -> None:
    found = declared.column(table, column)

    assert found is not None
    assert (found.file, found.line) == ("port/models.py", line_of(MODELS, part))


def test_columns_that_are_not_declared(declared: Declared) -> None:
    assert declared.column("piers", "colour") is None
    assert declared.column("boats", "id") is None


def test_a_foreign_key_by_its_target(declared: Declared) -> None:
    found = declared.foreign_key("peirs.id")

    assert found is not None
    assert found.line == line_of(MODELS, "peirs")
    assert declared.foreign_key("piers.id") is None


def test_the_ddl_of_a_table_in_sql_or_a_migration(declared: Declared) -> None:
    sql, call = declared.creation("piers"), declared.creation("ferries")

    assert sql is not None
    assert (sql.file, sql.line) == ("port/schema.py", 2)
    assert call is not None
    assert (call.file, call.line, call.function) == ("migrations/0001_first.py", 2, "upgrade")
    assert declared.creation("sailings") is None


def test_classes_of_the_app(declared: Declared) -> None:
    assert declared.is_class("Pier")
    assert not declared.is_class("Row")


RECORDS = """\
from django.db import models


class Pier(models.Model):
    depth = models.IntegerField()


class Ferry(models.Model):
    name = models.CharField(max_length=20)
    pier = models.ForeignKey("Pier", models.CASCADE)
    line = models.ForeignKey(to="port.Lime", on_delete=models.CASCADE)
    owner = models.ForeignKey("auth.User", models.CASCADE)
"""

STEP = """\
class Migration(migrations.Migration):
    operations = [migrations.CreateModel(name="Pier", fields=[])]
"""


@pytest.fixture
def records(tmp_path: Path) -> Declared:
    (tmp_path / "port" / "migrations").mkdir(parents=True)
    (tmp_path / "port" / "models.py").write_text(RECORDS)
    (tmp_path / "port" / "migrations" / "0001_first.py").write_text(STEP)
    return Declared(Source(tmp_path))


@pytest.mark.parametrize(("column", "part"), [("name", "name ="), ("pier_id", "pier =")])
def test_a_column_of_a_model_whose_table_nobody_names(
    records: Declared, column: str, part: str
) -> None:
    found = records.column("port_ferry", column)

    assert found is not None
    assert (found.line, found.function) == (line_of(RECORDS, part), "Ferry")


def test_a_model_that_no_migration_makes(records: Declared) -> None:
    found = records.without_step("Ferry")

    assert records.has_steps()
    assert found is not None
    assert found.line == line_of(RECORDS, "class Ferry")
    assert records.without_step("Pier") is None


def test_without_migrations_no_model_lacks_its_own(declared: Declared) -> None:
    assert not declared.has_steps()
    assert declared.without_step("Pier") is None


def test_a_relation_to_a_model_that_nobody_defines(records: Declared) -> None:
    """`auth` is no package of the app."""
    found = records.dangling_relation()

    assert found is not None
    assert found.line == line_of(RECORDS, "Lime")
