"""Two sets of runs beside each other: what changed, by how much, and how sure that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import msgspec
from msgspec import Struct

from ormprobe.errors import UsageError
from ormprobe.runs.record import RunRecord
from ormprobe.tables.intervals import CONFIDENCE, Difference, Pairs, of_pairs, of_samples
from ormprobe.tables.terms import (
    CATEGORIES,
    DATA_LAYER,
    DATA_LAYER_AND_STATE,
    JUDGED,
    NO_CAUSE,
    SUBCATEGORIES,
    Ending,
    category_of,
    ending,
    in_order,
    subcategory_of,
)

KINDS = ("ending", "data layer", "category", "subcategory", "cause")
Trait = tuple[str, str]
"""A kind and a word: what a run is counted under."""


class Side(Struct, frozen=True, kw_only=True):
    """`judged`: runs that passed or failed. `left_out`: not observed, or not readable."""

    name: str
    judged: int
    left_out: int


class Change(Struct, frozen=True, kw_only=True):
    """How often a thing was seen on each side. Shares and their change are from 0 to 1.

    low, high: the 95 % interval of the change. p: how likely at least as much is by chance.
    sure: the interval excludes 0.
    """

    kind: str
    name: str
    before: int
    after: int
    before_share: float
    after_share: float
    change: float
    low: float
    high: float
    p: float
    sure: bool


class Comparison(Struct, frozen=True, kw_only=True):
    """`of`: what shares are of. `paired`: how many runs were compared with themselves on the other
    side; null where the sides hold different runs."""

    schema: int = 1
    before: Side
    after: Side
    of: str
    confidence: float = CONFIDENCE
    paired: int | None = None
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()


Key = tuple[str | None, ...]
_KEYS: tuple[Callable[[RunRecord], Key], ...] = (
    lambda run: (run.runtime, run.task, run.run_id or run.path),
    lambda run: (run.runtime, run.agent, run.model, run.task, run.run_id or run.path),
    lambda run: (run.runtime, run.agent, run.model, run.task, run.date, run.run_id or run.path),
)
"""Which runs are the same run: the first that tells the runs of each side apart."""


@dataclass(slots=True)
class _Runs:
    """A side's runs: what each is counted under (None: not judged), by each way to name it."""

    traits: list[frozenset[Trait] | None] = field(default_factory=list[frozenset[Trait] | None])
    keys: list[tuple[Key, ...]] = field(default_factory=list[tuple[Key, ...]])
    passed: int = 0

    def take(self, run: RunRecord) -> None:
        self.traits.append(_traits(run))
        self.keys.append(tuple(key(run) for key in _KEYS))
        self.passed += ending(run) in (Ending.PASSED, Ending.DEFECTIVE)

    @property
    def judged(self) -> list[frozenset[Trait]]:
        return [traits for traits in self.traits if traits is not None]

    def named(self, way: int) -> dict[Key, frozenset[Trait] | None] | None:
        """The runs by their name; None where two have the same."""
        named = dict(zip((keys[way] for keys in self.keys), self.traits, strict=True))
        return named if len(named) == len(self.traits) else None


def compare(
    before: Iterable[RunRecord],
    after: Iterable[RunRecord],
    names: tuple[str, str] = ("before", "after"),
) -> Comparison:
    """What changed from the first runs to the second. Each is read once.

    Shares are of the judged runs, or of the failed ones where neither side has a run that passed.
    Where both sides hold the same runs (by runtime, task and run_id, and if these do not tell them
    apart by agent, model and date too), they are compared in pairs; the pairs of which one was not
    judged are left out.
    """
    first, second = _read(before), _read(after)
    for runs, name in ((first, names[0]), (second, names[1])):
        if not runs.judged:
            raise UsageError(f"{name}: no run that passed or failed, so nothing can be compared.")
    pairs = _paired(first, second)
    all_failed = not first.passed and not second.passed
    found = set[Trait]().union(*first.judged, *second.judged)
    if all_failed:
        found = {trait for trait in found if trait[0] != "ending"}
    made = _in_pairs(pairs, found) if pairs else _apart(first, second, found)
    return Comparison(
        before=_side(names[0], first),
        after=_side(names[1], second),
        of="failed runs" if all_failed else "judged runs",
        paired=len(pairs) if pairs else None,
        changes=tuple(made),
        notes=tuple(_notes(first, second, names, pairs)),
    )


def _read(records: Iterable[RunRecord]) -> _Runs:
    runs = _Runs()
    for record in records:
        runs.take(record)
    return runs


def _side(name: str, runs: _Runs) -> Side:
    judged = len(runs.judged)
    return Side(name=name, judged=judged, left_out=len(runs.traits) - judged)


def _traits(run: RunRecord) -> frozenset[Trait] | None:
    how = ending(run)
    if how not in JUDGED:
        return None
    if how is not Ending.FAILED:
        return frozenset()
    traits = {("ending", "failed"), ("category", category_of(run))}
    if subcategory := subcategory_of(run):
        traits.add(("subcategory", subcategory))
        if subcategory in DATA_LAYER:
            traits.add(("data layer", "data layer"))
        if subcategory in DATA_LAYER_AND_STATE:
            traits.add(("data layer", "data layer with state"))
    traits.add(("cause", run.cause or NO_CAUSE))
    return frozenset(traits)


def _paired(first: _Runs, second: _Runs) -> list[tuple[frozenset[Trait], frozenset[Trait]]]:
    """What each run is counted under on either side; empty where the runs are not the same."""
    for way in range(len(_KEYS)):
        one, other = first.named(way), second.named(way)
        if one is not None and other is not None and one.keys() == other.keys():
            both = ((traits, other[key]) for key, traits in one.items())
            return [(a, b) for a, b in both if a is not None and b is not None]
    return []


def _in_pairs(
    pairs: list[tuple[frozenset[Trait], frozenset[Trait]]], found: set[Trait]
) -> Iterator[Change]:
    both = Counter(trait for one, other in pairs for trait in one & other)
    before = Counter(trait for one, _ in pairs for trait in one)
    after = Counter(trait for _, other in pairs for trait in other)
    for trait in _ordered(found, before, after):
        alone = before[trait] - both[trait], after[trait] - both[trait]
        neither = len(pairs) - both[trait] - sum(alone)
        difference = of_pairs(Pairs(both[trait], *alone, neither))
        yield _change(trait, (before[trait], len(pairs)), (after[trait], len(pairs)), difference)


def _apart(first: _Runs, second: _Runs, found: set[Trait]) -> Iterator[Change]:
    before = Counter(trait for traits in first.judged for trait in traits)
    after = Counter(trait for traits in second.judged for trait in traits)
    of_before, of_after = len(first.judged), len(second.judged)
    for trait in _ordered(found, before, after):
        difference = of_samples(before[trait], of_before, after[trait], of_after)
        yield _change(trait, (before[trait], of_before), (after[trait], of_after), difference)


def _ordered(found: set[Trait], before: Counter[Trait], after: Counter[Trait]) -> list[Trait]:
    """By kind; the paper's words in its order, causes by how often they were seen."""
    by_kind = {kind: {name for of, name in found if of == kind} for kind in KINDS}
    causes = sorted(
        by_kind["cause"],
        key=lambda name: (
            name == NO_CAUSE,
            -before[("cause", name)] - after[("cause", name)],
            name,
        ),
    )
    known = {"category": CATEGORIES, "subcategory": SUBCATEGORIES, "cause": tuple(causes)}
    return [
        (kind, name)
        for kind in KINDS
        for name in in_order(by_kind[kind], known.get(kind, ()))
        if name in by_kind[kind]
    ]


def _change(
    trait: Trait, before: tuple[int, int], after: tuple[int, int], found: Difference
) -> Change:
    return Change(
        kind=trait[0],
        name=trait[1],
        before=before[0],
        after=after[0],
        before_share=round(before[0] / before[1], 6),
        after_share=round(after[0] / after[1], 6),
        change=round(found.change, 6),
        low=round(found.low, 6),
        high=round(found.high, 6),
        p=round(found.p, 6),
        sure=found.low > 0 or found.high < 0,
    )


def _notes(
    first: _Runs,
    second: _Runs,
    names: tuple[str, str],
    pairs: list[tuple[frozenset[Trait], frozenset[Trait]]],
) -> Iterator[str]:
    for runs, name in ((first, names[0]), (second, names[1])):
        if left_out := len(runs.traits) - len(runs.judged):
            yield f"{name}: {left_out} of {len(runs.traits)} runs were not judged and are left out."
    if not pairs:
        yield "The sides hold different runs, so they are compared as independent samples."
    yield (
        "Each interval is of its own row: of many rows some exclude 0 by chance."
        " Runs of one task are alike, which makes true intervals wider than these."
    )


def as_json(comparison: Comparison) -> str:
    return msgspec.json.format(msgspec.json.encode(comparison), indent=2).decode() + "\n"
