"""The tables for the terminal, Markdown and LaTeX."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from ormprobe.report.text import show
from ormprobe.tables import as_latex, as_markdown
from ormprobe.tables.as_text import render_tables
from ormprobe.tables.counts import count
from tests.ormprobe.tables.made import failed, run

RECORDS = [run(), failed("run_1"), failed("run_2", model="[bold]x[/]\x1b[31m")]
HOSTILE = "a_b & 100% $x$ #1 {y} ~ ^ \\input{z} -- `` '' \"q\" <|> ünï 模型 \x1b\n"


def test_the_terminal_shows_names_as_they_are_and_obeys_none() -> None:
    console = Console(width=120, color_system=None)
    text = show(render_tables(iter(RECORDS)), console)

    assert "Failures per model" in text
    assert "[bold]x[/]" in text
    assert "\x1b" not in text
    assert "database_runtime_error" in text
    assert "1 100.0%" in text


def test_a_narrow_terminal_loses_no_column() -> None:
    text = show(render_tables([failed(model=f"m{n}") for n in range(6)]), Console(width=60))

    assert all(f"m{n}" in text for n in range(6))


def test_markdown_tables_have_as_many_cells_in_each_row() -> None:
    records = [failed(model="a|b\n*c* <i>"), failed(model="d")]
    text = as_markdown.render(count(records))
    widths = [
        {line.replace("\\|", "").count("|") for line in table.splitlines() if line.startswith("|")}
        for table in text.split("\n## ")[1:]
    ]

    assert widths == [{5}, {5}, {3}, {3}]
    assert "a\\|b \\*c\\* \\<i\\>" in text


def test_latex_escapes_what_it_would_obey() -> None:
    assert as_latex.escaped("a_b & 100%") == r"a\_b \& 100\%"
    assert as_latex.escaped("\\input{x}") == r"\textbackslash{}input\{x\}"
    assert as_latex.escaped("a--b---") == "a-{}-{}b-{}-{}-"
    assert as_latex.escaped("模\n\x1b") == "?"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX is at hand")
def test_latex_compiles(tmp_path: Path) -> None:
    records = [failed(model=HOSTILE, framework=HOSTILE, cause=HOSTILE, category=HOSTILE), *RECORDS]
    records += [failed(framework=f"framework{n}", runtime=f"r_{n}") for n in range(9)]
    (tmp_path / "summary.tex").write_text(as_latex.render(count(records)), encoding="utf-8")
    (tmp_path / "paper.tex").write_text(
        "\\documentclass{article}\\usepackage{booktabs,graphicx}\\begin{document}\n"
        "\\input{summary.tex}\\end{document}\n"
    )
    words = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]

    answer = subprocess.run(
        words, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False
    )

    assert answer.returncode == 0, answer.stdout[-2000:]
    assert "Overfull" not in answer.stdout
