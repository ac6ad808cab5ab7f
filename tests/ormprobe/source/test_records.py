"""Which classes of an app ask the database themselves, and the tables that they stand for."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.source import Source
from ormprobe.source.records import Records

FILES = {
    "fleet/core.py": """\
from django.db import models as m


class Stamped(m.Model):
    made = m.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class BoatSet(m.QuerySet):
    def afloat(self):
        return self.filter(sunk=False)
""",
    "fleet/models/boats.py": """\
from django.db.models import CharField, Manager, Model

from fleet.core import BoatSet, Stamped


class Boat(Stamped):
    name = CharField(max_length=20)
    objects = Manager.from_queryset(BoatSet)()

    class Meta:
        db_table = "boats"


class Crew(Model):
    name = CharField(max_length=20)
""",
    "people/models.py": """\
from django.contrib.auth.models import AbstractUser
from mptt.models import MPTTModel


class Sailor(AbstractUser):
    rank = None


class Rank(MPTTModel):
    title = None
""",
    "people/forms.py": """\
from django import forms

from shop.models import Basket


class SailorForm(forms.ModelForm):
    pass


class Plain:
    pass


class Checked(Plain):
    pass


class Weekly(Basket):
    pass
""",
    "shop/models.py": """\
from pydantic import BaseModel


class Basket(BaseModel):
    items = None
""",
}


@pytest.fixture
def records(tmp_path: Path) -> Records:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return Records(Source(tmp_path))


def test_models_managers_and_query_sets_count_through_their_bases(records: Records) -> None:
    assert records.names == {"Stamped", "BoatSet", "Boat", "Crew", "Sailor", "Rank"}


def test_a_table_is_named_by_the_model_or_after_its_package(records: Records) -> None:
    tables = {found.name: found.table for found in records}

    assert tables["Boat"] == "boats"
    assert tables["Crew"] == "fleet_crew"
    assert tables["Sailor"] == "people_sailor"


def test_an_app_without_such_models_has_none(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("class Model:\n    pass\n\n\nclass Boat(Model):\n    pass\n")

    assert not Records(Source(tmp_path)).names
