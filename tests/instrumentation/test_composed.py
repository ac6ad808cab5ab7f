"""Where a query was composed, in each ORM: the app's lines that made and extended it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.instrumentation import alchemy, djangos, peewees, tortoises
from tests.instrumentation.alchemy import Traced

SQLALCHEMY = """\
from models import *
import copy, inspect, pickle

seed()

def start():
    return select(Book)  # here: start

def narrowed(query):
    return query.where(Book.id > 1)  # here: narrowed

def ordered(query):
    return (query
        .order_by(Book.id)  # here: ordered
        .limit(5))

def old(session):
    return session.query(Book).filter(Book.id > 2)  # here: old

def bounded(query):
    for number in range(20):
        query = query.where(Book.id > number)  # here: looped
    return query

with Session(engine) as session:
    base = start()
    session.scalars(base).all()  # here: started
    session.scalars(ordered(narrowed(start()))).all()  # here: sent
    session.scalars(narrowed(base)).all()  # here: extended
    session.scalars(select(Book).where(Book.id == 3)).all()  # here: alone
    old(session).all()  # here: legacy
    old(session).count()  # here: counted
    session.execute(bounded(update(Book).values(title="x"))).rowcount  # here: updated

table = Book.__table__
query = table.select().where(table.c.id > 1)
again = pickle.loads(pickle.dumps(query))
assert str(again) == str(query)
assert copy.deepcopy(query) is not None
assert query.compare(table.select().where(table.c.id > 1))
assert list(inspect.signature(Select.where).parameters)[0] == "self"
assert not hasattr(again, "_ormprobe_composed") or again._ormprobe_composed == ()
"""

DJANGO = """\
from start import *
import copy, pickle

seed()

def start():
    return Book.objects.all()  # here: start

def narrowed(query):
    return query.filter(id__gt=1)  # here: narrowed

def ordered(query):
    return query.order_by("id")[:5]  # here: ordered

list(ordered(narrowed(start())))  # here: sent
base = start()
list(narrowed(base))  # here: extended
list(Book.objects.filter(id=3))  # here: alone
narrowed(start()).count()  # here: counted
narrowed(start()).update(title="x")  # here: updated
again = pickle.loads(pickle.dumps(narrowed(start()).query))
assert str(again) == str(narrowed(start()).query)
assert again.__dict__.get("_ormprobe_composed", ()) == ()
list(copy.deepcopy(narrowed(start())))
"""

PEEWEE = """\
from models import *
import copy

seed()

def start():
    return Book.select()  # here: start

def narrowed(query):
    return query.where(Book.id > 1)  # here: narrowed

def ordered(query):
    return query.order_by(Book.id).limit(5)  # here: ordered

list(ordered(narrowed(start())))  # here: sent
base = start()
list(narrowed(base))  # here: extended
list(Book.select().where(Book.id == 3))  # here: alone
narrowed(start()).count()  # here: counted
narrowed(Book.update(title="x")).execute()  # here: updated
assert base is base.clone() or base == base
"""

TORTOISE = """\
from start import *

def start():
    return Book.all()  # here: start

def narrowed(query):
    return query.filter(id__gt=1)  # here: narrowed

def ordered(query):
    return query.order_by("id").limit(5)  # here: ordered

async def main():
    await ordered(narrowed(start()))  # here: sent
    base = start()
    await narrowed(base)  # here: extended
    await Book.filter(id=3)  # here: alone
    await narrowed(start()).count()  # here: counted
    await narrowed(start()).update(title="x")  # here: updated

run(main)
"""

PROGRAMS: dict[str, tuple[Callable[[Path, str], Traced], str]] = {
    "sqlalchemy": (alchemy.trace, SQLALCHEMY),
    "django": (djangos.trace, DJANGO),
    "peewee": (peewees.trace, PEEWEE),
    "tortoise": (tortoises.trace, TORTOISE),
}


@pytest.fixture(scope="module", params=list(PROGRAMS))
def traced(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Traced:
    trace, program = PROGRAMS[request.param]
    return trace(tmp_path_factory.mktemp(request.param), program)


@pytest.fixture(scope="module")
def alchemical(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    return alchemy.trace(tmp_path_factory.mktemp("more"), SQLALCHEMY)


def composed(traced: Traced, mark: str) -> list[str]:
    """The marks of the lines that composed the statement of a line, those without one left out."""
    numbers: list[int] = traced.at(mark)[-1].get("composed", [])
    sites = traced.child.of("site")
    lines: dict[int, int] = {site["id"]: site["code.line.number"] for site in sites}
    text = traced.text.splitlines()
    found = [text[lines[number] - 1].partition("# here: ")[2] for number in numbers]
    return [name for name in found if name]


def test_a_query_carries_the_lines_that_made_and_extended_it(traced: Traced) -> None:
    found = composed(traced, "sent")

    assert found[:3] == ["start", "narrowed", "ordered"]


def test_what_is_extended_leaves_the_query_before_as_it_was(traced: Traced) -> None:
    assert composed(traced, "extended")[:2] == ["start", "narrowed"]
    assert "ordered" not in composed(traced, "extended")


def test_a_query_that_is_composed_where_it_is_sent_says_nothing(traced: Traced) -> None:
    assert "composed" not in traced.only("alone")


def test_counts_and_updates_are_composed_too(traced: Traced) -> None:
    if "old(session)" in traced.text:
        assert composed(traced, "counted")[0] == "old"
        return
    assert composed(traced, "counted")[:2] == ["start", "narrowed"]
    assert "narrowed" in composed(traced, "updated")


def test_a_query_that_nothing_extended_names_the_line_that_made_it(alchemical: Traced) -> None:
    assert composed(alchemical, "started") == ["start"]
    assert composed(alchemical, "legacy") == ["old"]


def test_a_trail_is_bounded(alchemical: Traced) -> None:
    assert len(alchemical.only("updated").get("composed", [])) <= 8
    assert composed(alchemical, "updated")[-1] == "looped"
