"""The taxonomy's pages."""

import io
import json

from rich.console import Console, RenderableType

from ormprobe.report import explain
from ormprobe.report.text import show
from ormprobe_taxonomy.cause import Cause, Example
from ormprobe_taxonomy.terms import Category, Layer, Severity


def cause(name: str, title: str, severity: Severity = Severity.FAILURE) -> Cause:
    return Cause(
        id=name,
        title=title,
        category=None if severity is Severity.HAZARD else next(iter(Category)),
        subcategory=None,
        severity=severity,
        layer=next(iter(Layer)),
        definition="A write is flushed and never committed.",
        certain="The transaction rolled back.",
        suggests="A later read misses the row.",
        lookalikes=(("dry-run", "the app asked for the rollback"),),
        examples=(Example("sqlalchemy", "session.flush()\n", "session.commit()\n"),),
        fixes=(("sqlalchemy", "Commit where the unit of work ends."),),
        references=("the session's own guide",),
        rule=lambda case: iter(()),
    )


LOST = cause("uncommitted-write", "A write is lost")
LOADS = cause("n-plus-one-queries", "One query for each row", Severity.HAZARD)
PARTS = (
    "uncommitted-write",
    "A write is lost",
    "A write is flushed and never committed.",
    "The transaction rolled back.",
    "A later read misses the row.",
    "dry-run: the app asked for the rollback",
    "session.flush()",
    "session.commit()",
    "Commit where the unit of work ends.",
    "the session's own guide",
)


def shown(page: RenderableType) -> str:
    return show(page, Console(file=io.StringIO(), width=80, highlight=False))


def places(page: str) -> list[int]:
    return [page.find(part) for part in PARTS]


def test_page_says_everything_in_order() -> None:
    found = places(shown(explain.page(LOST)))

    assert -1 not in found
    assert found == sorted(found)


def test_markdown_says_everything_in_order_with_code_fenced() -> None:
    page = explain.markdown([LOST])

    assert -1 not in places(page)
    assert places(page) == sorted(places(page))
    assert "```python\nsession.flush()\n```" in page
    assert "## uncommitted-write\n" in page


def test_json_is_a_list_with_every_field() -> None:
    [first, second] = json.loads(explain.document([LOST, LOADS]))

    assert first["examples"] == [
        {"orm": "sqlalchemy", "wrong": "session.flush()\n", "right": "session.commit()\n"}
    ]
    assert first["lookalikes"] == [{"cause": "dry-run", "apart": "the app asked for the rollback"}]
    assert first["fixes"] == [{"orm": "sqlalchemy", "fix": "Commit where the unit of work ends."}]
    assert (second["id"], second["severity"], second["category"]) == (
        "n-plus-one-queries",
        "hazard",
        None,
    )


def test_index_names_every_cause_under_its_heading() -> None:
    lines = shown(explain.index([LOST, LOADS])).splitlines()

    assert lines.index("hazard") == lines.index("  n-plus-one-queries  One query for each row") - 1
    assert "  uncommitted-write   A write is lost" in lines
