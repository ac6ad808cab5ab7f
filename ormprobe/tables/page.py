"""The report as one page that needs nothing else: no network, no other file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from ormprobe import __version__
from ormprobe.report.excerpt import place, printable
from ormprobe.runs.record import RunRecord
from ormprobe.tables.counts import Counts, Tally, names_of
from ormprobe.tables.layout import tables
from ormprobe.tables.terms import CATEGORIES, UNDETERMINED, Ending, ending, in_order, level_of

MOST_RUNS = 5_000
"""Runs that the page lists; a browser takes seconds for more. `labels.jsonl` has them all."""
_HERE = Path(__file__).parent
_TOGETHER = 64
"""Parts of the page that are handed on at once."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar. `tone` names its colour: an ending, or a category by its place."""

    name: str
    tone: str
    count: int
    of: int

    @property
    def percent(self) -> float:
        return 100 * self.count / self.of


def render(counts: Counts, records: Iterable[RunRecord]) -> Iterator[str]:
    """The page in parts. The records are those that were counted; the first `MOST_RUNS` of them
    are listed."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["printable"] = printable
    environment.filters["place"] = place
    environment.filters["tone"] = _tone
    script = (_HERE / "page.js").read_text(encoding="utf-8")
    stream = environment.get_template("page.html.j2").stream(
        version=__version__,
        style=Markup((_HERE / "page.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=_hash(script),
        counts=counts,
        tables=tables(counts),
        bars=_bars(counts),
        causes=_causes(counts),
        categories=_categories(counts),
        shown=min(counts.all.runs, MOST_RUNS),
        runs=_runs(counts, islice(records, MOST_RUNS)),
    )
    stream.enable_buffering(_TOGETHER)
    return stream


def _hash(script: str) -> str:
    """The name by which the page's policy allows its one script."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _categories(counts: Counts) -> list[str]:
    seen = {name for name, number in counts.all.categories.items() if number}
    return [name for name in in_order(seen, CATEGORIES) if name in seen]


def _tone(category: str) -> str:
    if category in CATEGORIES:
        return f"c{CATEGORIES.index(category)}"
    return UNDETERMINED if category == UNDETERMINED else "c7"


def _bars(counts: Counts) -> list[tuple[str, Tally, list[Part]]]:
    """A bar for each model: how its runs ended, the failed ones by category."""
    names = names_of(counts.models)
    categories = _categories(counts)
    return [
        (names[model], tally, list(_parts(tally, categories)))
        for model, tally in sorted(counts.models.items())
    ]


def _causes(counts: Counts) -> list[tuple[str, int, float]]:
    """The causes by how often they were named, each with its per cent of the most frequent one."""
    ordered = sorted(counts.all.causes.items(), key=lambda item: (-item[1], item[0]))
    return [(name, number, 100 * number / ordered[0][1]) for name, number in ordered if number]


def _parts(tally: Tally, categories: list[str]) -> Iterator[Part]:
    numbers = [
        ("passed", "passed", tally.endings[Ending.PASSED]),
        ("defective", "defective", tally.endings[Ending.DEFECTIVE]),
        *((name, _tone(name), tally.categories[name]) for name in categories),
        ("unobserved", "unread", tally.endings[Ending.UNOBSERVED]),
        ("unreadable", "unread", tally.endings[Ending.UNREADABLE]),
    ]
    return (Part(name, tone, number, tally.runs) for name, tone, number in numbers if number)


def _runs(counts: Counts, records: Iterable[RunRecord]) -> Iterator[dict[str, Any]]:
    names = names_of(counts.models)
    unknown = ("unknown", "unknown")
    for record in records:
        model = (record.agent or unknown[0], record.model or unknown[1])
        yield {
            "record": record,
            "ending": ending(record).value,
            "model": names.get(model, model[1]),
            "level": level_of(record),
            "others": record.labels,
        }
