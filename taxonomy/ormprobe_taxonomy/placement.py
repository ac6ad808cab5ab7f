"""A placement: the paper's category of failures for which no cause is proven.

A placement names no cause. It says where a failure belongs, which causes may be meant, and which
evidence would decide between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ormprobe_taxonomy.finished import Evidence, Finished, Request
from ormprobe_taxonomy.signals import Place
from ormprobe_taxonomy.terms import Category, Certainty, Subcategory


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """positions: of the failed requests that it explains. whole: it is about the run as such.

    candidates: causes that may be meant, with the evidence that each lacks.
    """

    category: Category
    subcategory: Subcategory | None = None
    rule: str
    certainty: Certainty
    positions: tuple[int, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    candidates: tuple[tuple[str, str], ...] = ()
    place: Place | None = None
    whole: bool = False


Rule = Callable[[Finished], Iterator[Placement]]


def told(requests: tuple[Request, ...], how: str) -> Evidence:
    """What a group of failed requests shows, in one sentence."""
    names = list(dict.fromkeys(each.name for each in requests))
    shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    events = tuple(event for each in requests for event in each.events[:1])
    return Evidence(signal="RequestsFailed", says=f"{shown}: {how}", events=events[:20])
