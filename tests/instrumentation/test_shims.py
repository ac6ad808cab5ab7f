"""Every shim is offered under its own trigger, and none is left out."""

from __future__ import annotations

import pkgutil

import pytest

from ormprobe_instrumentation import shims
from ormprobe_instrumentation.shim import Shim
from ormprobe_instrumentation.shims import SHIMS, load

PARTS = frozenset(
    (
        "called",
        "checks",
        "composed",
        "controls",
        "defaults",
        "handlers",
        "paths",
        "opening",
        "payloads",
        "rewritten",
        "row_facts",
        "unmapped",
        "unwritten",
        "request_scope",
        "source",
        "statement_line",
        "syntax",
        "taken",
        "transaction",
    )
)
"""Modules beside the shims that are no shims themselves."""


@pytest.mark.parametrize(("trigger", "name"), SHIMS)
def test_a_shim_is_offered_under_its_trigger_and_name(trigger: str, name: str) -> None:
    shim: Shim = load(name)

    assert trigger == shim.TRIGGER
    # the name of the shim's own module, or of the package that it watches
    own = name.replace("drivers.", "") == shim.NAME
    assert own or f"{trigger}.".startswith(f"{shim.NAME}.")
    assert shim.ROLE in ("orm", "driver", "web", "test", "server")
    assert callable(shim.install)


def test_no_shim_is_left_out() -> None:
    found = {module.name for module in pkgutil.iter_modules(shims.__path__)} - PARTS

    assert found == {name.partition(".")[0] for _, name in SHIMS}
