"""The detectors together."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from ormprobe import signals
from ormprobe.signals import DETECTORS, detect
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Scope
from ormprobe_taxonomy.signals import Raised
from ormprobe_taxonomy.terms import Link
from tests.ormprobe.signals.made import (
    error,
    failed_test,
    failure,
    lazy,
    read,
    request,
    transaction,
    wrote,
)


def detectors() -> list[ModuleType]:
    modules = [
        importlib.import_module(f"{signals.__name__}.{found.name}")
        for found in pkgutil.iter_modules(signals.__path__)
    ]
    return [module for module in modules if hasattr(module, "detect")]


def test_every_module_that_detects_is_listed_once() -> None:
    assert sorted(map(str, DETECTORS)) == sorted(map(str, detectors()))


def test_detectors_read_what_a_scope_has() -> None:
    lists = {name for name in Scope.__slots__ if not name.startswith("_")}

    for detector in DETECTORS:
        assert detector.READS
        assert set(detector.READS) <= lists


def test_a_scope_gives_the_signals_of_all_its_parts(known: Known) -> None:
    ended = transaction()
    wrote(ended, "INSERT INTO orders VALUES (?)", 10)
    statements = [*ended.writes, read(20, 1, 2), lazy(30, 1), lazy(40, 2)]
    scope = failed_test(errors=[error()], statements=statements, transactions=[ended])

    found = [type(signal).__name__ for signal in detect(scope, known)]

    assert found == ["Raised", "WriteLost", "LoadsRepeated"]


def test_an_empty_scope_gives_none(known: Known) -> None:
    assert list(detect(failed_test(), known)) == []


def test_an_error_that_ended_a_scope_and_was_raised_before_it_is_taken_in(known: Known) -> None:
    """As in `setUpClass`, whose scope begins when it has failed."""
    early = error(number=9, scope=None)
    scope = failed_test(failures=[failure(early)])

    [found] = detect(scope, known)

    assert isinstance(found, Raised)
    assert (found.key, found.link) == ("1-1/9", Link.CHAIN)
    assert scope.errors == [early]
    assert len(list(detect(scope, known))) == 1


def test_an_error_that_a_scope_has_already_is_not_taken_in_twice(known: Known) -> None:
    inner = error(scope=2)
    answered = request(errors=[inner], failures=[failure(inner)], status=500, outcome="error")
    scope = failed_test(answered, failures=[failure(inner)])

    [_] = [found for found in detect(scope, known) if isinstance(found, Raised)]
    assert scope.errors == []


def test_an_error_is_taken_into_the_scope_that_failed_by_it(known: Known) -> None:
    early = error(scope=None)
    answered = request(failures=[failure(early)], status=500, outcome="error")

    list(detect(failed_test(answered), known))

    assert answered.errors == [early]
