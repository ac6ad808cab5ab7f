"""Plain Python errors, and whether the code that raised them is data access."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from ormprobe.signals import code_errors
from ormprobe.timeline.model import Failure, Link, Scope, Site, Statement
from ormprobe_taxonomy.signals import CodeBroken
from tests.ormprobe.signals.made import error, failed_test, known_of, request, statement, table

SOURCE = """
    from sqlalchemy import select
    from sqlalchemy.orm import Session

    class Berths:
        def __init__(self, session: Session):
            self.session = session

        def all(self):
            return self.session.scalars(selekt(Berth)).all()

        def free(self, day):
            return self.session.scalars(select(Berth)).all()

    class Prices:
        def of(self, berth):
            return berth.price * fctor

    def report(session):
        session.execute(1)
        return fctor

    def invoice(prices, berths: Berths):
        prices.off(1)
        berths.all_of()
        berths.free()
        print(fctor)
"""
PATH = "shop/berths.py"
NAME = "name 'fctor' is not defined"


def site(line: int, function: str, path: str = PATH) -> Site:
    return Site(path, line, function)


def ended(
    kind: str, message: str, *frames: Site, origin: str | None = None, mro: tuple[str, ...] = ()
) -> Failure:
    raised = origin or f"{frames[0].path}:{frames[0].function}"
    link = Link(kind, (kind, *mro), message, frames=frames, origin=raised)
    return Failure("1-1:90", 900, "call", (link,))


def detect(folder: Path, scope: Scope) -> list[CodeBroken]:
    known = known_of(folder, table("berths", "id"))
    (folder / "shop").mkdir()
    (folder / PATH).write_text(dedent(SOURCE).lstrip())
    known.memory.take_in(scope, known.run)
    return list(code_errors.detect(scope, known))


def access(folder: Path, failure: Failure, *statements: Statement) -> str | None:
    found = detect(folder, failed_test(failures=[failure], statements=list(statements)))
    return found[0].access if found else None


def test_a_name_in_a_method_that_works_with_a_session(tmp_path: Path) -> None:
    failure = ended("NameError", "name 'selekt' is not defined", site(9, "Berths.all"))

    assert access(tmp_path, failure) == "holds"


def test_a_name_in_code_without_data_access(tmp_path: Path) -> None:
    assert access(tmp_path, ended("NameError", NAME, site(16, "Prices.of"))) is None


def test_a_session_that_nothing_annotates_is_shown_by_its_statements(tmp_path: Path) -> None:
    failure = ended("NameError", NAME, site(20, "report"))
    sent = statement("SELECT id FROM berths", 5, site=site(19, "report"))

    assert access(tmp_path, failure, sent) == "near"


def test_a_session_that_nothing_annotates_and_nothing_shows(tmp_path: Path) -> None:
    assert access(tmp_path, ended("NameError", NAME, site(20, "report"))) is None


@pytest.mark.parametrize(
    ("message", "line", "found"),
    [
        ("'Berths' object has no attribute 'all_of'", 24, "class"),
        ("'Prices' object has no attribute 'off'", 23, None),
        ("'Berth' object has no attribute 'port'", 24, None),
        ("'str' object has no attribute 'port'", 24, None),
        ("'NoneType' object has no attribute 'all_of'", 24, "class"),
        ("'NoneType' object has no attribute 'off'", 23, None),
    ],
)
def test_an_attribute(tmp_path: Path, message: str, line: int, found: str | None) -> None:
    assert access(tmp_path, ended("AttributeError", message, site(line, "invoice"))) == found


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("Berths.free() missing 1 required positional argument: 'day'", "class"),
        ("Prices.of() missing 1 required positional argument: 'berth'", None),
        ("unsupported operand type(s) for +: 'int' and 'str'", None),
    ],
)
def test_arguments(tmp_path: Path, message: str, found: str | None) -> None:
    assert access(tmp_path, ended("TypeError", message, site(25, "invoice"))) == found


def test_what_a_function_does_besides_its_data_access_is_only_near(tmp_path: Path) -> None:
    failure = ended("NameError", NAME, site(26, "invoice"))
    sent = statement("SELECT id FROM berths", 5, site=site(24, "invoice"))

    assert access(tmp_path, failure, sent) == "near"


def test_what_a_handler_does_besides_is_only_near(tmp_path: Path) -> None:
    inner = request(
        status=500,
        handler=site(18, "report"),
        failures=[ended("NameError", NAME, site(20, "report"))],
        statements=[statement("SELECT 1", 5, site=site(19, "report"))],
    )

    [found] = detect(tmp_path, failed_test(inner))

    assert found.access == "near"


def test_a_failed_statement_came_before(tmp_path: Path) -> None:
    failure = ended("NameError", "name 'selekt' is not defined", site(9, "Berths.all"))
    refused = error(at=20, statement="INSERT INTO berths VALUES (?)", fate="caught")

    [found] = detect(tmp_path, failed_test(failures=[failure], errors=[refused]))

    assert found.before


@pytest.mark.parametrize(
    "failure",
    [
        ended("NameError", NAME, site(1, "test_it", "tests/test_it.py")),
        ended("KeyError", "'price'", site(9, "Berths.all")),
        ended("NameError", NAME, site(9, "Berths.all"), origin="other/lib.py:run"),
    ],
)
def test_quiet_for_tests_other_errors_and_libraries(tmp_path: Path, failure: Failure) -> None:
    assert access(tmp_path, failure) is None


RECORDS = """
    from django.db import models

    from shop.money import price

    class BerthSet(models.QuerySet):
        def cheap(self):
            return self.filter(price__lt=prise)

    class Berth(models.Model):
        number = models.IntegerField()

        def label(self):
            return f"{numbr}"

    def tall():
        return Berth.objects.exclude(Q(number=1))

    def total(berths):
        return sum(prise(each) for each in berths)

    class Pier(models.Model):
        def renumber(self, first):
            return Pier.objects.filter(first=first)

        def label(self, first):
            return first

    def rename(pier):
        return pier.rename(by=1)
"""


@pytest.mark.parametrize(
    ("line", "function", "found"),
    [
        (7, "BerthSet.cheap", "holds"),  # it asks itself
        (16, "tall", "holds"),
        (13, "Berth.label", None),
        (19, "total", None),
    ],
)
def test_a_name_in_code_that_asks_models(
    tmp_path: Path, line: int, function: str, found: str | None
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / PATH).write_text(dedent(RECORDS).lstrip())
    known = known_of(tmp_path, table("berths", "id"))
    scope = failed_test(failures=[ended("NameError", NAME, site(line, function))])

    signals = list(code_errors.detect(scope, known))

    assert [each.access for each in signals] == ([found] if found else [])


@pytest.mark.parametrize(
    ("called", "found"),
    [("Pier.renumber", "class"), ("Pier.label", None), ("Pier.__init__", None), ("Pier", None)],
)
def test_arguments_of_a_method_of_a_model(tmp_path: Path, called: str, found: str | None) -> None:
    """What a constructor takes is a matter of the mapping."""
    (tmp_path / "shop").mkdir()
    (tmp_path / PATH).write_text(dedent(RECORDS).lstrip())
    known = known_of(tmp_path, table("piers", "id"))
    known.run.entities["Pier"] = known.run.tables["piers"]
    message = f"{called}() got an unexpected keyword argument 'by'"
    failure = ended("TypeError", message, site(29, "rename"))

    signals = list(code_errors.detect(failed_test(failures=[failure]), known))

    assert [each.access for each in signals] == ([found] if found else [])


def test_an_error_in_the_handler_of_an_expected_conflict(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / PATH).write_text(
        "from sqlalchemy.orm import Session\n\n\n"
        "def add(session: Session):\n    try:\n        session.flush()\n"
        "    except IntegrityError:\n        session.execute(nothing)\n"
    )
    conflict = error(at=20, caught=site(6, "add"), fate="caught", statement="INSERT")
    failure = ended("NameError", "name 'nothing' is not defined", site(8, "add"))
    context = Link("IntegrityError", ("IntegrityError",), relation="context", error=conflict)
    context.error_number = conflict.number
    failure = Failure(failure.event, failure.at_us, failure.phase, (*failure.chain, context))
    scope = failed_test(failures=[failure], errors=[conflict])

    [found] = code_errors.detect(scope, known_of(tmp_path, table("berths", "id")))

    assert (found.access, found.before) == ("holds", False)
