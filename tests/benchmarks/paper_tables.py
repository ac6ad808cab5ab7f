"""The paper's tables, counted from its own label files: `python paper_tables.py CSV...`."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console

from ormprobe.report.text import show
from ormprobe.tables.as_text import render_tables
from ormprobe.tables.paper import from_paper

ROOT = Path(__file__).parents[2]


def main(arguments: list[str]) -> int:
    """Print every table; without arguments from the published files beside this checkout."""
    data = ROOT.parent / "shared" / "data"
    paths = [Path(each) for each in arguments] or [
        *sorted(data.glob("failure_analysis_*.csv")),
        *sorted(data.glob("logic_subcategories*.csv")),
    ]
    if not paths:
        print("Name the paper's failure_analysis_*.csv and logic_subcategories*.csv.")
        return 2
    print(show(render_tables(from_paper(paths)), Console(width=140)), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
