"""The page, as text and in a real browser where there is one."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ormprobe.document import Where
from ormprobe.runs.record import RunCause
from ormprobe.tables import page
from ormprobe.tables.writing import write_report
from tests.ormprobe.tables.made import failed, run

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7*7 }}"
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


class Seen(HTMLParser):
    """The elements, their attributes, and the text outside of style and script."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in ("style", "script"):
            self.text.append(data)


def seen(path: Path) -> Seen:
    parser = Seen()
    parser.feed(path.read_text())
    return parser


def hostile(tmp_path: Path) -> Path:
    record = failed(
        HOSTILE,
        path=HOSTILE,
        agent=HOSTILE,
        model=HOSTILE,
        task=HOSTILE,
        framework=HOSTILE,
        runtime=HOSTILE,
        category=HOSTILE,
        subcategory=HOSTILE,
        cause=HOSTILE,
        variant=HOSTILE,
        reasoning=HOSTILE,
        decided_by=HOSTILE,
        first_failed=HOSTILE,
        notes=(HOSTILE,),
        date=HOSTILE,
        where=Where(file=HOSTILE, function=HOSTILE),
        labels=(RunCause(cause=HOSTILE),),
    )
    write_report([record, run(error=HOSTILE)], tmp_path)
    return tmp_path / "index.html"


def test_hostile_names_are_text(tmp_path: Path) -> None:
    found = seen(hostile(tmp_path))

    assert found.tags.count("script") == 1
    assert "img" not in found.tags
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    assert HOSTILE in found.text
    assert "49" not in found.text


def test_the_page_needs_nothing_else(tmp_path: Path) -> None:
    write_report([failed()], tmp_path)
    text = (tmp_path / "index.html").read_text()

    assert not re.search(r"https?:|\b(src|href)=|@import|url\(", text)
    assert "default-src 'none'" in text


def test_a_run_tells_all_that_is_known_of_it(tmp_path: Path) -> None:
    write_report(
        [
            failed(
                where=Where(file="app/db.py", line=7, function="save"),
                labels=(RunCause(cause="write-conflict", explains=3),),
                notes=("the log is cut off",),
                first_failed="Create Article",
            )
        ],
        tmp_path,
    )

    text = " ".join(" ".join(seen(tmp_path / "index.html").text).split())
    for told in (
        'no such table "a", says SQLite',
        "app/db.py:7 in save",
        "write-conflict, explains 3",
        "the log is cut off",
        "Create Article",
    ):
        assert told in text


def test_of_more_runs_than_a_browser_bears_the_failed_ones_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "MOST_RUNS", 3)
    runs = [run("run_0"), failed("run_1"), run("run_2"), run("run_3"), failed("run_4")]
    write_report(runs, tmp_path)
    text = (tmp_path / "index.html").read_text()

    assert re.findall(r"<td>(run_\d)</td>", text) == ["run_1", "run_4", "run_0"]
    assert "Of 5 runs 3 are listed" in text


def run_in_browser(path: Path, script: str) -> str:
    """What `script` leaves as the page's title. The page's policy must go, or it would not run."""
    text = re.sub(r"<meta http-equiv[^>]*>", "", path.read_text())
    changed = path.with_name("changed.html")
    changed.write_text(text.replace("</body>", f"<script>{script}</script></body>"))
    return title(changed)


def title(path: Path) -> str:
    assert BROWSER
    words = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", path.as_uri()]
    answer = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    found = re.search(r"<title>(.*?)</title>", answer.stdout, re.DOTALL)
    return found[1] if found else ""


needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium is at hand")
LISTED = """
const listed = () => [...document.querySelectorAll("#runs tbody")]
  .filter((run) => !run.hidden).map((run) => run.rows[0].cells[3].textContent).join(" ");
const header = (name) => [...document.querySelectorAll("#runs thead th")]
  .find((each) => each.textContent.trim() === name).querySelector("button");
"""


@needs_browser
@pytest.mark.slow
def test_runs_are_sorted_filtered_and_opened(tmp_path: Path) -> None:
    write_report(
        [
            failed("run_10", failed=9, requests=38),
            failed("run_9", failed=10, requests=38, reasoning="zebra"),
            run("run_8", model="other"),
        ],
        tmp_path,
    )
    script = f"""{LISTED}
      const said = [];
      header("run").click(); said.push(listed());
      header("run").click(); said.push(listed());
      header("requests").click(); said.push(listed());
      words.value = "ZEBRA"; filter(); said.push(listed(), number.textContent);
      words.value = "";
      const model = document.querySelector("[data-key=model]");
      model.value = "=other"; filter(); said.push(listed());
      model.value = "*"; filter();
      document.querySelector("button[data-cause]").click(); said.push(listed());
      const first = document.querySelector("#runs tbody");
      said.push(first.rows[1].hidden); first.rows[0].click(); said.push(first.rows[1].hidden);
      document.title = said.join("|");
    """

    assert run_in_browser(tmp_path / "index.html", script).split("|") == [
        "run_8 run_9 run_10",
        "run_10 run_9 run_8",
        "run_10 run_9 run_8",
        "run_9",
        "1 of 3 runs",
        "run_8",
        "run_10 run_9",
        "true",
        "false",
    ]


@needs_browser
@pytest.mark.slow
def test_its_own_script_runs_under_its_policy_and_no_other_does(tmp_path: Path) -> None:
    path = hostile(tmp_path)
    text = path.read_text()
    path.write_text(text.replace("</body>", "<script>document.title = 'taken'</script></body>"))
    answer = subprocess.run(
        [BROWSER or "", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", path.as_uri()],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip

    assert "<title>Why runs failed</title>" in answer.stdout
    assert "any ending</option>" in answer.stdout
