"""By which names the outcomes of a run hang together: what one leaves broken, and others miss.

Within one outcome the upstream rule draws the edges. Between outcomes an edge needs a name that
both have: the table that is missing, the mapping that cannot be set up, the connection that was
released, a value that a failed request should have written, the collection that it should have
added to.
"""

from __future__ import annotations

from collections.abc import Callable

from ormprobe_taxonomy.finding import Finding
from ormprobe_taxonomy.signals import Case, LeftUndone, Raised, SoughtInVain, TableMissing
from ormprobe_taxonomy.terms import Layer

LayerOf = Callable[[Finding], Layer]

_ORIGINAL = "Original exception was: "


def carriers_left(case: Case, finding: Finding, layer_of: LayerOf) -> list[str]:
    """The names by which later outcomes may hang on a finding."""
    names = _shared(finding, layer_of)
    if layer_of(finding) is Layer.CONNECTION and finding.connection is not None:
        names.append(f"connection|{finding.connection}")
    for signal in case.signals:
        if isinstance(signal, LeftUndone) and _is_of(signal, finding):
            names.extend(signal.carriers)
    return names


def carriers_missed(case: Case, primary: Finding | None, layer_of: LayerOf) -> list[str]:
    """The names by which a failing outcome may hang on a finding of an earlier one.

    primary: its own cause. Only what missed rows, or has no cause of its own, is explained by rows
    that were not left.
    """
    names: list[str] = []
    if primary is not None:
        names += _shared(primary, layer_of)
        if primary.connection is not None and layer_of(primary) >= Layer.CONNECTION:
            names.append(f"connection|{primary.connection}")
        if layer_of(primary) is not Layer.READ:
            return names
    for signal in case.signals:
        if isinstance(signal, SoughtInVain):
            names.extend(signal.carriers)
    return names


def carried_on(case: Case) -> list[str]:
    """The names of what an outcome did not leave in its turn, since it missed what came before."""
    return [
        name for signal in case.signals if isinstance(signal, SoughtInVain) for name in signal.left
    ]


def missed_us(case: Case, primary: Finding | None) -> int:
    """When a failing outcome came upon what it missed."""
    if primary is not None:
        return primary.at_us
    return max((s.at_us for s in case.signals if isinstance(s, SoughtInVain)), default=0)


def _shared(finding: Finding, layer_of: LayerOf) -> list[str]:
    """The names of what fails a whole process: the same for the first and for each later one."""
    names = list(finding.carriers)
    for signal in finding.evidence:
        if isinstance(signal, TableMissing):
            names.append(f"table|{signal.table.lower()}")
        elif isinstance(signal, Raised) and layer_of(finding) is Layer.MAPPING:
            original = signal.message.rpartition(_ORIGINAL)[2]
            names.append(f"mapping|{' '.join(original.split())}")
    return names


def _is_of(undone: LeftUndone, finding: Finding) -> bool:
    """Whether a finding is why a request left nothing."""
    if finding.transaction is not None and finding.transaction in undone.transactions:
        return True
    return bool(set(finding.errors) & set(undone.errors))
