"""Values of a request inside the text of a statement."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe.signals import values_in_text
from ormprobe.timeline.model import Inputs, Shape, Site
from ormprobe_instrumentation.digests import Digests
from ormprobe_instrumentation.scrub import scrub_sql
from ormprobe_taxonomy.signals import ValueInText
from tests.ormprobe.signals.made import TEST, failed_test, known_of, request, statement

DIGESTS = Digests(b"k" * 32)
WAYS = {
    "an f-string": "sql = f\"SELECT id FROM boats WHERE name = '{name}'\"",
    "a sum": 'sql = "SELECT id FROM boats WHERE name = \'" + name + "\'"',
    "percent": "sql = \"SELECT id FROM boats WHERE name = '%s'\" % name",
    "format": "sql = \"SELECT id FROM boats WHERE name = '{}'\".format(name)",
    "a constant": "sql = QUERY % name",
}
HEALTHY = {
    "a constant beside a column that is put in": (
        "sql = f\"SELECT id FROM boats WHERE name = 'aurora' ORDER BY {name}\""
    ),
    "a constant of the app": "sql = \"SELECT id FROM boats WHERE name = 'aurora'\"",
    "a name in a message": 'log(f"looked for {name}")',
}


def value(text: str) -> str:
    return DIGESTS.scalar(text).strip('"')


def found(
    folder: Path, line: str, sql: str, inputs: Shape, site: Site | None = None
) -> list[ValueInText]:
    (folder / "shop").mkdir()
    code = f"QUERY = \"SELECT id FROM boats WHERE name = '%s'\"\n\ndef find(name):\n    {line}\n"
    (folder / "shop/boats.py").write_text(code + "    return run(sql)\n")
    site = site or Site("shop/boats.py", 5, "find")
    sent = statement(scrub_sql(sql, DIGESTS), 5, site=site)
    scope = request(statements=[sent], inputs={"query": Inputs("1-1:3", "query", inputs)})
    return list(values_in_text.detect(failed_test(scope), known_of(folder)))


@pytest.mark.parametrize("line", WAYS.values(), ids=WAYS)
def test_a_value_in_quotes(tmp_path: Path, line: str) -> None:
    sql = "SELECT id FROM boats WHERE name = 'aurora'"

    [signal] = found(tmp_path, line, sql, {"q": value("aurora")})

    assert (signal.part, signal.name, signal.count) == ("query", "q", 1)
    assert "query value q of POST /orders" in signal.says


def test_a_value_between_percent_signs(tmp_path: Path) -> None:
    sql = "SELECT id FROM boats WHERE name LIKE '%aurora%' ESCAPE '\\' LIMIT 5"

    assert len(found(tmp_path, WAYS["an f-string"], sql, {"q": [value("aurora")]})) == 1


def test_a_large_number(tmp_path: Path) -> None:
    sql = "SELECT id FROM boats WHERE id = 123456"

    assert len(found(tmp_path, WAYS["an f-string"], sql, {"id": value("123456")})) == 1


@pytest.mark.parametrize("line", HEALTHY.values(), ids=HEALTHY)
def test_quiet_for_a_literal_that_the_code_holds(tmp_path: Path, line: str) -> None:
    sql = "SELECT id FROM boats WHERE name = 'aurora'"

    assert found(tmp_path, line, sql, {"q": value("aurora")}) == []


@pytest.mark.parametrize("asked", [value("borealis"), value("x"), 7, None, ""])
def test_quiet_for_another_value(tmp_path: Path, asked: Shape) -> None:
    sql = "SELECT id FROM boats WHERE name = 'aurora' AND x = 'x' AND n = 7 AND z = ''"

    assert found(tmp_path, WAYS["an f-string"], sql, {"q": asked}) == []


def test_quiet_for_what_a_test_sends(tmp_path: Path) -> None:
    sql = "SELECT id FROM boats WHERE name = 'aurora'"

    assert found(tmp_path, WAYS["an f-string"], sql, {"q": value("aurora")}, TEST) == []
