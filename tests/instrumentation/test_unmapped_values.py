"""Values given by names that a model does not have: recorded, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.instrumentation.traced import Child, run

PEEWEE = """\
from peewee import CharField, Model, SqliteDatabase

db = SqliteDatabase(":memory:")

class Boat(Model):
    name = CharField()
    colour = CharField(null=True)
    weight = 5

    class Meta:
        database = db

db.create_tables([Boat])
boat = Boat.create(name="Tern", color="crimson")  # here: dropped
print(boat.color, Boat.get().colour)
boat = Boat(name="Skua")
boat.colour, boat.weight, boat._seen = "blue", 7, True
boat.save()
"""

TORTOISE = """\
import asyncio
from tortoise import Tortoise, fields
from tortoise.models import Model

class Boat(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(40)
    colour = fields.CharField(20, null=True)

async def main():
    await Tortoise.init(db_url="sqlite://:memory:", modules={"models": ["__main__"]})
    await Tortoise.generate_schemas()
    boat = await Boat.create(name="Tern", color="crimson")  # here: dropped
    print(hasattr(boat, "color"), (await Boat.get(name="Tern")).colour)
    await Boat.create(pk=7, name="Skua", colour="blue")
    await Tortoise.close_connections()

asyncio.run(main())
"""


def traced(program: str, folder: Path) -> Child:
    (folder / "app").mkdir()
    (folder / "app/main.py").write_text(program)
    return run(["main.py"], folder / "app", folder / "trace")


@pytest.mark.parametrize(("program", "says"), [(PEEWEE, "crimson None"), (TORTOISE, "False None")])
def test_only_names_that_the_model_lacks_are_recorded(
    program: str, says: str, tmp_path: Path
) -> None:
    child = traced(program, tmp_path)

    assert (child.status, child.stdout.strip()) == (0, says), child.stderr
    event = child.one("unmapped")
    line = program[: program.index("# here")].count("\n") + 1
    assert event["entity"] == "Boat"
    assert list(event["values"]) == ["color"]
    assert event["values"]["color"].startswith("s7:")
    assert child.site(event["site"])[:2] == ("main.py", line)
    assert "crimson" not in str(child.events)
