"""Parts of the data layer that were used before they were there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ormprobe.signals.known import Known
from ormprobe.signals.never_set_up import detect
from ormprobe.signals.raised import detect as raised
from ormprobe.source import Source
from ormprobe.timeline.model import Failure, Link, Site
from tests.ormprobe.signals.made import TEST, failed_test

SOURCE = """\
factory = None

def start(url):
    global factory
    factory = sessionmaker(create_engine(url))

def count():
    with factory() as session:
        return session.scalar(query).total

def powers(cars):
    factory = cars.factory
    return factory()

def needed():
    if factory is None:
        raise RuntimeError("call start() first")
    return factory
"""
NONE = "'NoneType' object is not callable"


@pytest.fixture
def known(known: Known, tmp_path: Path) -> Known:
    (tmp_path / "db.py").write_text(SOURCE)
    return replace(known, source=Source(tmp_path))


def broke(message: str, line: int, kind: str = "TypeError", site: Site | None = None) -> Failure:
    frames = (site or Site("db.py", line, "count"), TEST)
    return Failure("1-1:90f", 90, "call", (Link(kind, (kind,), message, frames=frames),))


def test_a_factory_that_is_none(known: Known) -> None:
    scope = failed_test(failures=[broke(NONE, 8)])

    [found] = detect(scope, known)
    [error] = raised(scope, known)

    assert (found.name, str(found.empty), str(found.setter)) == ("factory", "db.py:1", "db.py:5")
    assert (found.error, found.guarded) == (error.key, False)
    assert error.reading is not None
    assert error.reading.cause == "data-layer-not-initialized"
    assert str(error.place) == "db.py:8"


def test_the_apps_own_guard(known: Known) -> None:
    [found] = detect(failed_test(failures=[broke("call start() first", 17, "RuntimeError")]), known)

    assert (found.name, found.guarded) == ("factory", True)


@pytest.mark.parametrize(
    "failure",
    [
        broke("'NoneType' object has no attribute 'total'", 9, "AttributeError"),
        broke("'str' object is not callable", 8),
        broke(NONE, 13),
        broke(NONE, 8, site=Site("tests/test_db.py", 8, "test")),
        broke("no such thing", 9, "KeyError"),
    ],
)
def test_quiet_for_a_missing_row_and_other_errors(known: Known, failure: Failure) -> None:
    scope = failed_test(failures=[failure])

    assert list(detect(scope, known)) == []
    assert list(raised(scope, known)) == []


def test_a_function_that_keeps_what_it_makes_for_itself(known: Known, tmp_path: Path) -> None:
    forgot = SOURCE.replace("    global factory\n", "")
    (tmp_path / "db.py").write_text(forgot)

    [found] = detect(failed_test(failures=[broke(NONE, 7)]), known)

    assert (str(found.empty), str(found.setter)) == ("db.py:1", "db.py:4")
