"""The upstream rule: of the findings of one outcome, which is the cause and which its effect.

A cause-to-effect edge needs a carrier that was observed. Time order alone is never one.

Source: arXiv 2605.06445 ("pick the one that is the upstream root cause"), made operational.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.terms import Layer, Severity

LayerOf = Callable[[Finding], Layer]


@dataclass(frozen=True, slots=True)
class Ranked:
    """The findings of one outcome, the primary first; `causes` by position in `findings`."""

    findings: tuple[Finding, ...]
    causes: tuple[tuple[int, ...], ...]

    @property
    def primary(self) -> Finding | None:
        """The source that everything else is weighed against; hazards never are."""
        for index, finding in enumerate(self.findings):
            if finding.severity is not Severity.HAZARD and not self.causes[index]:
                return finding
        return None


def rank(findings: Sequence[Finding], layer_of: LayerOf) -> Ranked:
    """Draw the edges between the findings of one outcome and order it: sources first."""
    edges = {
        id(effect): [cause for cause in findings if _causes(cause, effect, layer_of)]
        for effect in findings
    }
    ordered = sorted(
        findings,
        key=lambda finding: (
            finding.severity is Severity.HAZARD,
            finding.severity is Severity.DEFECT,  # it explains no failing outcome
            bool(edges[id(finding)]),
            finding.certainty.rank,
            layer_of(finding),
            finding.at_us,
        ),
    )
    position = {id(finding): index for index, finding in enumerate(ordered)}
    causes = tuple(
        tuple(sorted(position[id(cause)] for cause in edges[id(finding)])) for finding in ordered
    )
    return Ranked(tuple(ordered), causes)


def _causes(cause: Finding, effect: Finding, layer_of: LayerOf) -> bool:
    """Whether a carrier leads from one finding to another."""
    if cause is effect or Severity.HAZARD in (cause.severity, effect.severity):
        return False
    if effect.transaction is not None and effect.transaction in cause.settles:
        return True  # its commit never ran: that comes after the write that it lost
    if cause.at_us > effect.at_us:
        return False
    return (
        _by_error(cause, effect)
        or _by_transaction(cause, effect)
        or _by_process(cause, effect, layer_of)
        or _by_connection(cause, effect, layer_of)
        or _by_rows(cause, effect, layer_of)
    )


def _by_error(cause: Finding, effect: Finding) -> bool:
    """The effect's errors are echoes of the cause's."""
    return bool(effect.errors) and set(effect.errors) <= set(cause.echoes)


def _by_transaction(cause: Finding, effect: Finding) -> bool:
    """The cause's error broke the transaction in which the effect's error came later."""
    return (
        bool(cause.errors)
        and bool(effect.errors)
        and cause.transaction is not None
        and cause.transaction == effect.transaction
        and cause.at_us < effect.at_us
    )


def _by_process(cause: Finding, effect: Finding, layer_of: LayerOf) -> bool:
    """A missing connection, mapping or schema breaks whatever the process does later."""
    early = layer_of(cause)
    return early <= Layer.SCHEMA and early < layer_of(effect)


def _by_connection(cause: Finding, effect: Finding, layer_of: LayerOf) -> bool:
    """A connection that was released, or used from elsewhere, fails whoever uses it later."""
    return (
        layer_of(cause) is Layer.CONNECTION
        and layer_of(effect) >= Layer.CONNECTION
        and cause.connection is not None
        and cause.connection == effect.connection
        and cause.at_us < effect.at_us
    )


def _by_rows(cause: Finding, effect: Finding, layer_of: LayerOf) -> bool:
    """The effect's failing statement read rows that the cause's lost write should have left.

    A write that failed by itself explains only rows that were missed, not what else is wrong with
    a statement on the same table.
    """
    if cause.errors and layer_of(effect) is not Layer.READ:
        return False
    return bool(set(cause.tables) & set(effect.reads))
