"""The exception table of Django: what the installed Django really raises, to the cause it names."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ormprobe_taxonomy.exceptions import read_one
from ormprobe_taxonomy.tables import TABLES

PROGRAM = Path(__file__).with_name("django_refusals.py")

EXPECTED = {
    "unresolved_keyword": "unresolved-reference",
    "unresolved_lookup": "unresolved-reference",
    "unresolved_order": "unresolved-reference",
    "unresolved_values": "unresolved-reference",
    "unresolved_update": "unresolved-reference",
    "unresolved_related": "unresolved-reference",
    "unresolved_prefetch": "unresolved-reference",
    "unresolved_fields_to_save": "unresolved-reference",
    "mixed_types": "bind-type-mismatch",
    "aggregate_of_aggregate": "malformed-statement",
    "sliced": "malformed-statement",
    "sliced_update": "malformed-statement",
    "negative": "malformed-statement",
    "after_union": "malformed-statement",
    "distinct_on": "backend-unsupported-operation",
    "json_contains": "backend-unsupported-operation",
    "number": "bind-type-mismatch",
    "number_in_field": "bind-type-mismatch",
    "wrong_instance": "bind-type-mismatch",
    "wrong_assignment": "bind-type-mismatch",
    "wrong_date": "bind-type-mismatch",
    "naive": "timezone-mismatch",
    "twice_aware": "timezone-mismatch",
    "missing": "result-cardinality-mismatch",
    "several": "result-cardinality-mismatch",
    "no_companion": "write-never-emitted",
    "manager_iterated": "result-object-misuse",
    "manager_measured": "result-object-misuse",
    "assigned_to_many": "result-object-misuse",
    "not_json": "result-object-misuse",
    "indexed_by_name": "result-object-misuse",
    "keyword": "mapping-misconfiguration",
    "abstract": "mapping-misconfiguration",
    "target": "mapping-misconfiguration",
    "on_delete": "mapping-misconfiguration",
    "invalid_target": "mapping-misconfiguration",
    "broken_transaction": "failed-transaction-reuse",
    "rollback_outside": "connection-lifecycle-violation",
    "commit_inside": "connection-lifecycle-violation",
    "durable_inside": "connection-lifecycle-violation",
    "not_updated": "write-conflict",
    "forced": "write-conflict",
    "protected": "cascade-misconfiguration",
    "unsaved_parent": "identifier-not-propagated",
    "unsaved_many": "identifier-not-propagated",
    "alias": "data-layer-not-initialized",
    "other_thread": "connection-context-mismatch",
    "closed_cursor": "connection-lifecycle-violation",
    "in_a_loop": "async-implicit-io",
    "coroutine_assigned": "unawaited-db-call",
}


class Found(NamedTuple):
    """An exception as a trace tells of it."""

    type: str
    module: str | None
    mro: tuple[str, ...]
    message: str
    origin: str | None
    code: str | None = None
    status_code: str | None = None


@pytest.fixture(scope="module")
def refusals() -> dict[str, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, PROGRAM], capture_output=True, text=True, timeout=60, check=True
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line.pop("name"): line for line in lines}


@pytest.mark.parametrize(("name", "cause"), EXPECTED.items())
def test_what_django_raises_is_read(
    name: str, cause: str, refusals: dict[str, dict[str, Any]]
) -> None:
    told = refusals[name]
    assert told["type"] != "nothing"

    reading = read_one(Found(**{**told, "mro": tuple(told["mro"])}), TABLES)

    assert reading is not None, told
    assert reading.cause == cause, told


def test_every_refusal_is_expected(refusals: dict[str, dict[str, Any]]) -> None:
    assert refusals.keys() == EXPECTED.keys()


@pytest.mark.parametrize(
    ("kind", "module", "message", "origin"),
    [
        # of the app's own code, with words like Django's
        ("TypeError", "builtins", "Order() got unexpected keyword arguments: 'x'", "shop/a.py:f"),
        ("ValueError", "builtins", "Cannot use limit 5", "shop/limits.py:check"),
        ("ImproperlyConfigured", "django.core.exceptions", "TEMPLATES is empty", None),
        ("ValidationError", "django.core.exceptions", "Enter a date.", "django/forms/fields.py:x"),
        ("SystemCheckError", "django.core.management.base", "System check: urls", None),
    ],
)
def test_what_is_no_refusal_of_data_is_left_alone(
    kind: str, module: str, message: str, origin: str | None
) -> None:
    assert read_one(Found(kind, module, (kind, "Exception"), message, origin), TABLES) is None


def test_checks_of_models_are_told_by_their_code() -> None:
    def refused(code: str) -> str | None:
        mro = ("SystemCheckError", "CommandError", "Exception")
        module = "django.core.management.base"
        found = Found("SystemCheckError", module, mro, "System check", None, code)
        reading = read_one(found, TABLES)
        return reading.cause if reading is not None else None

    assert refused("fields.E304") == "mapping-misconfiguration"
    assert refused("models.E015") == "mapping-misconfiguration"
    assert refused("urls.E007") is None
