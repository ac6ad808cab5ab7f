"""What databases, drivers and the ORM really refuse, each traced and judged: from code to cause.

One traced run for each driver; every case is a test of the app and must get its cause, or none.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.document import Report
from ormprobe.pipeline import diagnose
from tests.instrumentation.traced import run, write
from tests.postgres import with_driver

MALFORMED = "malformed-statement"
UNSUPPORTED = "backend-unsupported-operation"
BIND = "bind-type-mismatch"
DRIFT = "schema-model-drift"
ZONE = "timezone-mismatch"
MAPPING = "mapping-misconfiguration"
RESULT = "result-object-misuse"
CONFLICT = "write-conflict"
NAME = "unresolved-reference"

MODELS = """\
import datetime as dt, enum, json, uuid
from sqlalchemy import *
from sqlalchemy.orm import *
from sqlalchemy.dialects import mysql

class Base(DeclarativeBase):
    pass

class Mood(enum.Enum):
    CALM = 1

class Keeper(Base):
    __tablename__ = "keepers"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(10))
    born: Mapped[dt.date | None]
    hired: Mapped[dt.datetime | None]
    mood: Mapped[Mood | None]
    token: Mapped[uuid.UUID | None]
    active: Mapped[bool | None]
    nick: Mapped[str | None] = mapped_column(default=None)

class Plain:
    pass

# the table as an older version of the app had made it
OLD = (
    "CREATE TABLE keepers (id INTEGER PRIMARY KEY, name VARCHAR(10), born DATE,"
    " hired TIMESTAMP, mood VARCHAR(4), token {uuid}, active BOOLEAN)"
)

def keeper(s, **values):
    values = {"id": 1, "name": "a", **values}
    s.execute(insert(Keeper.__table__).values(values))
    return s.execute(select(Keeper).options(load_only(Keeper.name, Keeper.hired))).scalars().one()
"""

# name, code, its cause on SQLite, on PostgreSQL; None: it works there, or is nobody's fault
CASES = (
    ("slip", 's.execute(text("SELECT id FORM keepers WHERE id = 1"))', MALFORMED, MALFORMED),
    ("cut_off", 's.execute(text("SELECT id FROM keepers WHERE ("))', MALFORMED, MALFORMED),
    ("no_value", 's.execute(text("SELECT :a + :b"), {"a": 1})', MALFORMED, MALFORMED),
    ("plain_text", 's.execute("SELECT 1")', MALFORMED, MALFORMED),
    ("order_text", 's.execute(select(Keeper.id).order_by("name desc"))', MALFORMED, MALFORMED),
    ("aggregate", 's.execute(text("SELECT id FROM keepers WHERE count(*) > 1"))', MALFORMED,
     MALFORMED),
    ("widths", 's.execute(text("INSERT INTO keepers (id, name) VALUES (1)"))', MALFORMED,
     MALFORMED),
    ("ilike", 's.execute(text("SELECT id FROM keepers WHERE name ILIKE :x"), {"x": "a"})',
     UNSUPPORTED, None),
    ("at_sign", 's.execute(select(Keeper.id).where(Keeper.name.op("@>")("a")))', UNSUPPORTED, BIND),
    ("distinct_on", 's.execute(text("SELECT DISTINCT ON (name) id FROM keepers"))', UNSUPPORTED,
     None),
    ("for_update", 's.execute(text("SELECT id FROM keepers FOR UPDATE"))', UNSUPPORTED, None),
    ("date_trunc", 's.execute(select(func.date_trunc("day", Keeper.hired)))', UNSUPPORTED, None),
    ("or_replace", 's.execute(text("INSERT OR REPLACE INTO keepers (id) VALUES (1)"))', None,
     UNSUPPORTED),
    ("group_concat", 's.execute(select(func.group_concat(Keeper.name)))', None, UNSUPPORTED),
    ("glob", """s.execute(text("SELECT id FROM keepers WHERE name GLOB 'a*'"))""", None,
     UNSUPPORTED),
    ("for_mysql", "s.execute(mysql.insert(Keeper).values(id=1).on_duplicate_key_update(id=2))",
     UNSUPPORTED, UNSUPPORTED),
    ("base_array", 'Table("t", MetaData(), Column("x", ARRAY(String))).c.x.contains(["a"])',
     UNSUPPORTED, UNSUPPORTED),
    ("own_function", "s.execute(select(func.lower(Keeper.id)))", None, BIND),
    ("not_a_date", 'keeper(s, born="monday")', BIND, BIND),
    ("not_a_uuid", 'keeper(s, token="abc")', BIND, BIND),
    ("not_an_enum", "keeper(s, mood=1)", BIND, BIND),
    ("not_a_truth", 'keeper(s, active="yes")', BIND, BIND),
    ("a_dict", 'keeper(s, name={"a": 1})', BIND, BIND),
    ("an_object", "keeper(s, name=object())", BIND, BIND),
    ("too_long", 'keeper(s, name="x" * 40)', None, BIND),
    ("text_key", 's.get(Keeper, "abc", options=[load_only(Keeper.name)])', None, BIND),
    ("limit_text", 's.execute(select(Keeper.id).limit("abc"))', BIND, BIND),
    ("bind_limit", 's.execute(text("SELECT id FROM keepers LIMIT :x"), {"x": "abc"})', BIND, BIND),
    ("by_zero", 's.execute(text("SELECT 1 / 0"))', None, None),
    ("drift_read", "s.execute(select(Keeper))", DRIFT, DRIFT),
    ("drift_write", 's.add(Keeper(name="a")); s.flush()', DRIFT, DRIFT),
    ("again", 's.execute(text("CREATE TABLE keepers (id INTEGER)"))', DRIFT, DRIFT),
    ("no_such_name", 's.execute(text("SELECT colour FROM keepers"))', NAME, NAME),
    ("unconsumed", "s.execute(insert(Keeper).values(colour=1))", NAME, NAME),
    ("naive", "keeper(s, hired=dt.datetime(2024, 1, 1)).hired < dt.datetime.now(dt.timezone.utc)",
     ZONE, ZONE),
    ("plain_naive", "dt.datetime(2024, 1, 1) < dt.datetime.now(dt.timezone.utc)", None, None),
    ("unmapped_add", "s.add(Plain())", MAPPING, MAPPING),
    ("unmapped_select", "s.execute(select(Plain))", MAPPING, MAPPING),
    ("unmapped_keyword", 'Keeper(colour="red")', MAPPING, MAPPING),
    ("no_rows", 's.execute(text("DELETE FROM keepers")).all()', RESULT, RESULT),
    ("entity_of_row", "keeper(s); s.execute(select(Keeper.id)).first().name", RESULT, RESULT),
    ("row_by_name", 'keeper(s); s.execute(select(Keeper.id)).first()["id"]', RESULT, RESULT),
    ("result_index", "s.execute(select(Keeper.id))[0]", RESULT, RESULT),
    ("to_json", "json.dumps(keeper(s))", RESULT, RESULT),
    ("statement_loop", "list(select(Keeper))", RESULT, RESULT),
    ("scalar", "keeper(s); s.scalars(select(Keeper.id)).first().id", None, None),
    ("date_json", "json.dumps(dt.date.today())", None, None),
    ("update_of_none",
     'k = keeper(s); s.execute(text("DELETE FROM keepers")); k.name = "b"; s.flush()', CONFLICT,
     CONFLICT),
)  # fmt: skip

SYNC = """\
import os, pytest
import cases
from models import *

engine = create_engine(os.environ["DATABASE_URL"])

@pytest.fixture(scope="module", autouse=True)
def tables():
    kind = "UUID" if engine.dialect.name == "postgresql" else "CHAR(32)"
    with engine.begin() as c:
        c.execute(text(OLD.format(uuid=kind)))

@pytest.mark.parametrize("name", cases.NAMES)
def test_case(name):
    with Session(engine) as s:
        getattr(cases, name)(s)
"""

ASYNC = """\
import asyncio, os, pytest
import cases
from models import *
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

async def once(work):
    engine = create_async_engine(os.environ["DATABASE_URL"])
    try:
        async with AsyncSession(engine) as s:
            await s.run_sync(work)
    finally:
        await engine.dispose()

@pytest.fixture(scope="module", autouse=True)
def tables():
    def make(s):
        kind = "UUID" if s.get_bind().dialect.name == "postgresql" else "CHAR(32)"
        s.execute(text(OLD.format(uuid=kind)))
        s.commit()
    asyncio.run(once(make))

@pytest.mark.parametrize("name", cases.NAMES)
def test_case(name):
    asyncio.run(once(getattr(cases, name)))
"""


def judged(folder: Path, url: str, tests: str) -> Report:
    lines = ["from models import *", f"NAMES = {[case[0] for case in CASES]}"]
    lines += [f"def {name}(s):\n    {code}" for name, code, *_ in CASES]
    write(folder, {"models.py": MODELS, "cases.py": "\n".join(lines), "test_app.py": tests})
    arguments = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_app.py"]
    child = run(arguments, folder, folder / "trace", env={"DATABASE_URL": url}, timeout=240)
    record = f'{{"schema": 1, "command": ["python"], "exit_code": {child.status}}}'
    (folder / "trace" / "run.json").write_text(record)
    assert not child.of("shim", state="disabled"), child.of("shim", state="disabled")
    return diagnose(folder / "trace", folder)


def causes(report: Report) -> dict[str, str | None]:
    """The primary cause of each case, None where it has none."""
    found: dict[str, str | None] = {}
    for outcome in report.outcomes:
        if outcome.kind == "test":
            name = outcome.name.partition("[")[2].rstrip("]")
            told = [label.cause for label in report.labels if outcome.id in label.explains]
            found[name] = told[0] if told else None
    return found


@pytest.mark.parametrize("driver", ["pysqlite", "aiosqlite"])
def test_on_sqlite(driver: str, tmp_path: Path) -> None:
    url = f"sqlite+{driver}:///{tmp_path / 'app.db'}"

    found = causes(judged(tmp_path, url, ASYNC if driver == "aiosqlite" else SYNC))

    assert found == {name: cause for name, _, cause, _ in CASES}


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2", "asyncpg"])
def test_on_postgres(driver: str, tmp_path: Path, database: str) -> None:
    url = with_driver(database, driver)

    found = causes(judged(tmp_path, url, ASYNC if driver == "asyncpg" else SYNC))

    assert found == {name: cause for name, _, _, cause in CASES}
