"""Judges outcomes one by one: signals to findings, findings to labels that span the run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from ormprobe_taxonomy.carriers import (
    carried_on,
    carriers_left,
    carriers_missed,
    missed_us,
)
from ormprobe_taxonomy.cause import Cause
from ormprobe_taxonomy.causes import BY_ID, CAUSES
from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.innocence import placement_of
from ormprobe_taxonomy.placement import Placement
from ormprobe_taxonomy.signals import Case, Place
from ormprobe_taxonomy.terms import Certainty, Layer, Severity
from ormprobe_taxonomy.upstream import Ranked, rank

MAX_LABELS = 500
MAX_EXPLAINED = 10_000

MAX_CARRIERS = 50_000
"""Names, of what findings left broken, by which later outcomes are tied to them."""

Key = tuple[str, Severity, str | None, int | None]


@dataclass(slots=True)
class Labelled:
    """One cause at one place, over all outcomes in which it was found.

    best: the finding with the strongest evidence. explains: outcomes that it is the primary cause
    of. effects: keys of labels that follow from it.
    """

    best: Finding
    order: int
    explains: dict[str, None] = field(default_factory=dict[str, None])
    seen: dict[str, None] = field(default_factory=dict[str, None])
    caused_by: dict[Key, None] = field(default_factory=dict[Key, None])

    def take(self, finding: Finding) -> None:
        if finding.certainty.rank < self.best.certainty.rank:
            self.best = finding
        if len(self.seen) < MAX_EXPLAINED:
            self.seen[finding.outcome] = None


@dataclass(slots=True)
class Placed:
    """A placement, with the outcomes that it explains; best: the first of them."""

    best: Placement
    explains: dict[str, None] = field(default_factory=dict[str, None])


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A cause that may be meant, and what is missing to say so."""

    cause: str
    needs: str


class Judge:
    """Collects the findings of a run; memory is bounded by its labels.

    ignores: whether a finding is not to be heard of; `ignored` counts those.
    """

    def __init__(
        self,
        causes: Iterable[Cause] = CAUSES,
        ignores: Callable[[Finding], bool] = lambda finding: False,
    ) -> None:
        self.causes = tuple(causes)
        self.ignores = ignores
        self.ignored = 0
        self.labels: dict[Key, Labelled] = {}
        self.placed: dict[tuple[str, Place | None], Placed] = {}
        self.suspicions: dict[Suspicion, int] = {}
        self.carriers: dict[str, Finding] = {}
        self.dropped = 0

    def take(self, case: Case) -> None:
        """Judge one outcome."""
        every = [finding for cause in self.causes for finding in cause.rule(case)]
        findings = [
            finding if finding.orm else replace(finding, orm=case.orm_of(finding.evidence))
            for finding in every
            if not self.ignores(finding)
        ]
        self.ignored += len(every) - len(findings)
        firm: list[Finding] = []
        suspected: list[Finding] = []
        for finding in findings:
            if finding.certainty is Certainty.SUSPECTED:
                self._suspect(finding.cause, finding.needs or "stronger evidence")
                suspected.append(finding)
            else:
                firm.append(finding)
        self._take_ranked(firm, suspected, case)
        self._suspect_unruled(case, findings)
        self._place(case, findings)

    def _place(self, case: Case, findings: list[Finding]) -> None:
        """Place an outcome that nothing else explains, where there is proof for it."""
        placement = placement_of(case, findings)
        if placement is None or any(
            case.outcome in found.explains for found in self.labels.values()
        ):
            return
        key = placement.rule, placement.place
        if key in self.placed or len(self.placed) < MAX_LABELS:
            found = self.placed.setdefault(key, Placed(placement))
            if len(found.explains) < MAX_EXPLAINED:
                found.explains[case.outcome] = None

    def _take_ranked(self, findings: list[Finding], suspected: list[Finding], case: Case) -> None:
        ranked = rank(findings, _layer)
        keys = [key_of(finding) for finding in ranked.findings]
        for index, finding in enumerate(ranked.findings):
            label = self._label(finding)
            if label is None:
                continue
            label.take(finding)
            for cause in ranked.causes[index]:
                if keys[cause] != keys[index]:
                    label.caused_by[keys[cause]] = None
        primary = ranked.primary
        if primary is not None and primary.severity is not Severity.FAILURE:
            primary = None
        upstream = self._upstream(case, primary)
        if upstream is not None:
            self._explain_from(upstream, primary, case.outcome)
            for name in carried_on(case):
                self._carry(name, upstream)
        elif primary is not None:
            self._explain(key_of(primary), case.outcome)
        elif case.failing:
            self._explain_by_known(suspected, case.outcome)
        if upstream is None:
            self._remember(case, ranked)

    def _explain_by_known(self, suspected: list[Finding], outcome: str) -> None:
        """A defect that was only suspected here, but is certain at the same line elsewhere."""
        for finding in suspected:
            for severity in (Severity.FAILURE, Severity.DEFECT):
                known = self.labels.get(key_of(replace(finding, severity=severity)))
                if known is not None and known.best.certainty is Certainty.CERTAIN:
                    self._explain_from(known.best, None, outcome)
                    return

    def _explain(self, key: Key, outcome: str) -> None:
        found = self.labels.get(key)
        if found is not None and len(found.explains) < MAX_EXPLAINED:
            found.explains[outcome] = None
            found.seen[outcome] = None

    def _explain_from(self, upstream: Finding, primary: Finding | None, outcome: str) -> None:
        """Give an outcome to the label of an earlier outcome's finding."""
        if upstream.severity is Severity.DEFECT:  # now something has failed of it
            upstream = replace(upstream, severity=Severity.FAILURE)
        label = self._label(upstream)
        if label is None:
            return
        self._explain(key_of(upstream), outcome)
        effect = self.labels.get(key_of(primary)) if primary is not None else None
        if effect is not None and effect is not label:
            effect.caused_by[key_of(upstream)] = None

    def _upstream(self, case: Case, primary: Finding | None) -> Finding | None:
        """The earlier outcome's finding that a failing outcome hangs on by a carrier."""
        if not case.failing:
            return None
        names = carriers_missed(case, primary, _layer)
        found = [self.carriers[name] for name in names if name in self.carriers]
        found = [
            finding
            for finding in found
            if finding.outcome != case.outcome and finding.at_us <= missed_us(case, primary)
        ]
        return min(found, key=lambda finding: finding.at_us, default=None)

    def _remember(self, case: Case, ranked: Ranked) -> None:
        """Note by which names later outcomes may hang on the sources of this one."""
        for index, finding in enumerate(ranked.findings):
            if finding.severity is Severity.HAZARD or ranked.causes[index]:
                continue
            for name in carriers_left(case, finding, _layer):
                self._carry(name, finding)

    def _carry(self, name: str, finding: Finding) -> None:
        if name in self.carriers or len(self.carriers) < MAX_CARRIERS:
            self.carriers.setdefault(name, finding)

    def _label(self, finding: Finding) -> Labelled | None:
        key = key_of(finding)
        label = self.labels.get(key)
        if label is None:
            if len(self.labels) >= MAX_LABELS:
                self.dropped += 1
                return None
            label = self.labels[key] = Labelled(finding, len(self.labels))
        return label

    def _suspect(self, cause: str, needs: str) -> None:
        suspicion = Suspicion(cause, needs)
        if suspicion in self.suspicions or len(self.suspicions) < MAX_LABELS:
            self.suspicions[suspicion] = self.suspicions.get(suspicion, 0) + 1

    def _suspect_unruled(self, case: Case, findings: list[Finding]) -> None:
        """Errors whose cause has no rule yet, or whose rule held back."""
        if not case.failing:
            return
        told = {finding.cause for finding in findings}
        accounted = {key for finding in findings for key in finding.errors}
        for error in case.raised():
            if error.reading is None or error.link == "none" or error.follows is not None:
                continue
            if error.reading.cause not in told and error.key not in accounted:
                rule = error.reading.cause in BY_ID
                needs = "evidence that excludes its look-alikes" if rule else "a rule of its own"
                self._suspect(error.reading.cause, f"{needs}; {error.type} was raised")


def key_of(finding: Finding) -> Key:
    """What makes two findings one label: cause, severity and place."""
    place: Place | None = finding.place
    if place is None:
        return finding.cause, finding.severity, None, None
    return finding.cause, finding.severity, place.file, place.line


def _layer(finding: Finding) -> Layer:
    return BY_ID[finding.cause].layer


def order_of(label: Labelled) -> tuple[int, int, int, int]:
    """The run's order of labels: most outcomes explained, then certainty, layer, time."""
    best = label.best
    return -len(label.explains), best.certainty.rank, _layer(best), label.order
