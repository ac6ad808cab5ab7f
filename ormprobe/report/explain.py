"""The taxonomy for people: one cause in full, or all of them by name."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ormprobe_taxonomy.cause import Cause


def index(causes: Sequence[Cause]) -> RenderableType:
    """Every cause's name and title, under the category it belongs to."""
    width = max((len(cause.id) for cause in causes), default=0)
    parts: list[RenderableType] = []
    for heading in dict.fromkeys(_heading(cause) for cause in causes):
        names = Table.grid(padding=(0, 2))
        names.add_column(style="cyan", no_wrap=True, min_width=width)
        names.add_column()
        for cause in causes:
            if _heading(cause) == heading:
                names.add_row(cause.id, cause.title)
        parts += [Text(heading, style="bold"), Padding(names, (0, 0, 1, 2))]
    return Group(*parts, Text("ormprobe explain CAUSE says more of one.", style="dim"))


def page(cause: Cause) -> RenderableType:
    """One cause in full, for a terminal."""
    parts: list[RenderableType] = [
        Text(cause.id, style="bold cyan").append(f"  {cause.title}", "bold"),
        Text(_heading(cause), style="dim"),
        Text(),
        Text(cause.definition),
    ]
    for title, lines in _sections(cause):
        parts += [Text(), Text(title, style="bold"), *(_indented(line) for line in lines)]
    for example in cause.examples:
        for word, code, style in (
            ("wrong", example.wrong, "red"),
            ("right", example.right, "green"),
        ):
            parts += [Text(), Text(f"{word} ({example.orm})", style="bold")]
            parts.append(Padding(Text(code.strip("\n"), style=style), (0, 0, 0, 2)))
    for orm, text in cause.fixes:
        parts += [Text(), Text(f"fix ({orm})", style="bold"), _indented(text)]
    if cause.references:
        parts += [Text(), Text("references", style="bold"), *map(_indented, cause.references)]
    return Group(*parts)


def markdown(causes: Sequence[Cause]) -> str:
    """Causes as one Markdown document, a heading each."""
    return "\n".join("\n".join(_markdown(cause)) for cause in causes)


def document(causes: Sequence[Cause]) -> str:
    """Causes as one JSON list."""
    return json.dumps([_fields(cause) for cause in causes], indent=2, ensure_ascii=False) + "\n"


def _heading(cause: Cause) -> str:
    named = " / ".join(part for part in (cause.category, cause.subcategory) if part)
    return f"{named} ({cause.severity})" if named else str(cause.severity)


def _sections(cause: Cause) -> Iterator[tuple[str, tuple[str, ...]]]:
    if cause.certain:
        yield "certain when", (cause.certain,)
    if cause.suggests:
        yield "only suggested by", (cause.suggests,)
    if cause.lookalikes:
        yield "looks like", tuple(f"{name}: {apart}" for name, apart in cause.lookalikes)


def _indented(text: str) -> Padding:
    return Padding(Text(text), (0, 0, 0, 2))


def _markdown(cause: Cause) -> Iterator[str]:
    yield f"## {cause.id}\n"
    yield f"**{cause.title}** ({_heading(cause)})\n"
    yield f"{cause.definition}\n"
    for title, lines in _sections(cause):
        yield f"### {title.capitalize()}\n"
        yield from (f"- {line}" for line in lines)
        yield ""
    for example in cause.examples:
        for word, code in (("Wrong", example.wrong), ("Right", example.right)):
            yield f"### {word} ({example.orm})\n\n```python\n{code.strip(chr(10))}\n```\n"
    for orm, text in cause.fixes:
        yield f"### Fix ({orm})\n\n{text}\n"
    if cause.references:
        yield "### References\n"
        yield from (f"- {reference}" for reference in cause.references)
        yield ""


def _fields(cause: Cause) -> dict[str, Any]:
    return {
        "id": cause.id,
        "title": cause.title,
        "category": cause.category,
        "subcategory": cause.subcategory,
        "severity": cause.severity,
        "definition": cause.definition,
        "certain": cause.certain,
        "suggests": cause.suggests,
        "lookalikes": [{"cause": name, "apart": apart} for name, apart in cause.lookalikes],
        "examples": [
            {"orm": each.orm, "wrong": each.wrong, "right": each.right} for each in cause.examples
        ],
        "fixes": [{"orm": orm, "fix": text} for orm, text in cause.fixes],
        "references": list(cause.references),
    }
