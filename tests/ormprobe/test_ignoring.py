"""What a user asks not to hear of."""

from __future__ import annotations

from pathlib import Path

import pytest

from ormprobe import config
from ormprobe.errors import UsageError
from ormprobe.ignoring import Ignored, Pattern, patterns_of, thresholds_of
from ormprobe.source import Source
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Place
from ormprobe_taxonomy.terms import Certainty, Severity

LOOP = "n-plus-one-queries"


def finding(line: int = 2, *, cause: str = LOOP, count: int | None = 3) -> Finding:
    return Finding(
        cause=cause,
        outcome="test:a",
        severity=Severity.HAZARD,
        certainty=Certainty.CERTAIN,
        place=Place("shop/views.py", line, "Cart.total"),
        at_us=0,
        evidence=(),
        facet="Cart.lines",
        count=count,
    )


def source(folder: Path, comment: str = "") -> Source:
    (folder / "shop").mkdir()
    (folder / "shop/views.py").write_text(
        f"def total(self):\n    for each in self.lines:{comment}\n"
    )
    return Source(folder)


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        (LOOP, True),
        ("redundant-query", False),
        (f"{LOOP}@shop/*.py", True),
        (f"{LOOP}@desk/*.py", False),
        (f"{LOOP}@shop/views.py:Cart.*", True),
        (f"{LOOP}@shop/views.py:Till.*", False),
        (f"{LOOP}@Cart.lines", True),
        (f"{LOOP}@Cart.*", True),
        (f"{LOOP}@Cart.owner", False),
    ],
)
def test_a_pattern_matches_by_cause_and_place(tmp_path: Path, text: str, covered: bool) -> None:
    ignored = Ignored(patterns_of([text], "--ignore"))

    assert ignored.covers(finding(), source(tmp_path)) is covered


@pytest.mark.parametrize(
    ("comment", "covered"),
    [
        ("", False),
        ("  # ormprobe: ignore", True),
        (f"  # few rows # ormprobe: ignore[{LOOP}]", True),
        (f"  # ormprobe: ignore[redundant-query, {LOOP}]", True),
        ("  # ormprobe: ignore[redundant-query]", False),
        ("  # ormprobe ignores this", False),
    ],
)
def test_a_comment_on_the_line_is_obeyed(tmp_path: Path, comment: str, covered: bool) -> None:
    there = source(tmp_path, comment)

    assert Ignored().covers(finding(), there) is covered
    assert not Ignored().covers(finding(1), there)
    assert not Ignored().covers(finding(99), there)


def test_a_threshold_spares_what_is_done_less_often(tmp_path: Path) -> None:
    there = source(tmp_path)
    ignored = Ignored(thresholds={LOOP: 4})

    assert ignored.covers(finding(count=3), there)
    assert not ignored.covers(finding(count=4), there)
    assert not ignored.covers(finding(count=None), there)
    assert not ignored.covers(finding(cause="redundant-query"), there)


def test_options_come_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "ormprobe.toml").write_text(
        f'ignore = ["redundant-query@old/*"]\n[thresholds]\n{LOOP} = 5\n'
    )
    configured = config.load(tmp_path).ignored

    both = Ignored(patterns_of([LOOP], "--ignore")).over(configured)

    assert both.patterns == (Pattern(LOOP), Pattern("redundant-query", "old/*"))
    assert both.thresholds == {LOOP: 5}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('ignore = "n-plus-one-queries"', "ignore must be a list of strings"),
        ("ignore = [3]", "ignore must be a list of strings"),
        ('ignore = ["n-plus-one"]', "no cause n-plus-one; did you mean n-plus-one-queries?"),
        ('ignore = ["@shop/*"]', "no cause without a name"),
        ("thresholds = 3", "thresholds must be a table"),
        ("[thresholds]\nn-plus-one-queries = 0", "must be a whole number above 0"),
        ("[thresholds]\nn-plus-one-queries = true", "must be a whole number above 0"),
        ("[thresholds]\nintegrity-violation = 2", "is no hazard"),
    ],
)
def test_a_wrong_configuration_is_one_sentence(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "ormprobe.toml").write_text(content)

    with pytest.raises(UsageError, match=says.replace("?", r"\?")) as raised:
        config.load(tmp_path)

    assert str(raised.value).startswith("ormprobe.toml: ")


def test_thresholds_are_for_known_hazards() -> None:
    assert thresholds_of({"redundant-query": 2}, "here") == {"redundant-query": 2}
    with pytest.raises(UsageError, match="no cause redundant; did you mean redundant-query"):
        thresholds_of({"redundant": 2}, "here")
