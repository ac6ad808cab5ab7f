"""The detectors together."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from ormprobe import signals
from ormprobe.signals import DETECTORS, detect
from ormprobe.signals.known import Known
from ormprobe.timeline.model import Scope
from tests.ormprobe.signals.made import error, failed_test, lazy, read, transaction, wrote


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
