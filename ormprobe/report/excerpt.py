"""The lines of the app's code around a place, the place marked."""

import textwrap
from pathlib import Path

from rich.text import Text

from ormprobe.document import Where

AROUND = 2


def printable(text: str) -> str:
    """The text without what a terminal would obey: the app wrote it, not we."""
    return "".join(
        c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def place(where: Where) -> str:
    """`file:line in function`, as far as it is known."""
    line = f":{where.line}" if where.line else ""
    return printable(f"{where.file}{line}{f' in {where.function}' if where.function else ''}")


def excerpt(where: Where, folder: Path) -> list[Text]:
    """Five lines, the place in the middle. Empty when the code is not at hand."""
    if not where.line:
        return []
    try:
        lines = (folder / where.file).read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return []
    first = max(where.line - 1 - AROUND, 0)
    if where.line > len(lines):
        return []
    shown = textwrap.dedent("\n".join(lines[first : where.line + AROUND])).rstrip().split("\n")
    digits = len(str(first + len(shown)))
    marked: list[Text] = []
    for number, code in enumerate(shown, start=first + 1):
        culprit = number == where.line
        text = f"{'>' if culprit else ' '} {number:>{digits}} | {printable(code)}".rstrip()
        marked.append(Text(text, style="bold" if culprit else "dim", no_wrap=True))
    return marked
