"""Signals: typed facts derived from the events of one outcome. Rules see nothing else.

A signal says what was seen in one sentence and names the events that prove it. Places are lines of
the app's own code. Times are microseconds, comparable within a run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from ormprobe_taxonomy.signals.answers import AnsweredUnread, ValueNotShown
from ormprobe_taxonomy.signals.code import CodeBroken, OrmBypassed
from ormprobe_taxonomy.signals.connections import (
    ConnectionKept,
    ImplicitAccess,
    NeverAwaited,
    NeverSetUp,
    OutOfPlace,
    Overlap,
    PoolDrained,
    UsedClosed,
)
from ormprobe_taxonomy.signals.constraints import KeptInMemory, OtherDatabase
from ormprobe_taxonomy.signals.errors import Place, Raised, Reading
from ormprobe_taxonomy.signals.innocence import AnsweredUnasked, ComputedAfter
from ormprobe_taxonomy.signals.names import FirstConnection, NameUnknown, ObjectLeft, TableMissing
from ormprobe_taxonomy.signals.queries import (
    ChildMismatched,
    ConditionAmiss,
    CountedApart,
    DirectionSwapped,
    InputUnused,
    OperatorMisplaced,
    OrderLeftOpen,
    QueryDiscarded,
    RowsDropped,
    RowsMultiplied,
)
from ormprobe_taxonomy.signals.refusals import (
    Contended,
    DatetimeMixed,
    MappingDeclared,
    ObjectMisused,
    SchemaDrift,
    StatementRefused,
    ValueUnmapped,
)
from ormprobe_taxonomy.signals.rows import LoadsRepeated, QueryRepeated, RowsAssumed
from ormprobe_taxonomy.signals.statements import RowsUnbounded, RowsWrittenSingly, ValueInText
from ormprobe_taxonomy.signals.states import (
    AnsweredStale,
    HalfKept,
    KeyUnset,
    ParentTaken,
    WriteOverwritten,
)
from ormprobe_taxonomy.signals.unwritten import ChangedInPlace, HookBypassed, WriteSkipped
from ormprobe_taxonomy.signals.writes import LeftUndone, SoughtInVain, WriteLost

__all__ = [
    "About",
    "AnsweredStale",
    "AnsweredUnasked",
    "AnsweredUnread",
    "Case",
    "ChangedInPlace",
    "ChildMismatched",
    "CodeBroken",
    "ComputedAfter",
    "ConditionAmiss",
    "ConnectionKept",
    "Contended",
    "CountedApart",
    "DatetimeMixed",
    "DirectionSwapped",
    "FirstConnection",
    "HalfKept",
    "HookBypassed",
    "ImplicitAccess",
    "InputUnused",
    "KeptInMemory",
    "KeyUnset",
    "LeftUndone",
    "LoadsRepeated",
    "MappingDeclared",
    "NameUnknown",
    "NeverAwaited",
    "NeverSetUp",
    "ObjectLeft",
    "ObjectMisused",
    "OperatorMisplaced",
    "OrderLeftOpen",
    "OrmBypassed",
    "OtherDatabase",
    "OutOfPlace",
    "Overlap",
    "ParentTaken",
    "Place",
    "PoolDrained",
    "QueryDiscarded",
    "QueryRepeated",
    "Raised",
    "Reading",
    "RowsAssumed",
    "RowsDropped",
    "RowsMultiplied",
    "RowsUnbounded",
    "RowsWrittenSingly",
    "SchemaDrift",
    "Signal",
    "SoughtInVain",
    "StatementRefused",
    "TableMissing",
    "UsedClosed",
    "ValueInText",
    "ValueNotShown",
    "ValueUnmapped",
    "WriteLost",
    "WriteOverwritten",
    "WriteSkipped",
]

Signal = (
    Raised | ObjectLeft | TableMissing | NameUnknown | FirstConnection | WriteLost | LoadsRepeated
    | ImplicitAccess | Overlap | OutOfPlace | UsedClosed | PoolDrained | ConnectionKept
    | NeverAwaited | NeverSetUp
    | RowsAssumed | CodeBroken | QueryRepeated | LeftUndone | SoughtInVain
    | StatementRefused | SchemaDrift | DatetimeMixed | Contended | MappingDeclared | ObjectMisused
    | OrmBypassed | OtherDatabase | KeptInMemory | ValueUnmapped
    | RowsUnbounded | RowsWrittenSingly | ValueInText
    | ValueNotShown | AnsweredUnread | AnsweredUnasked | ComputedAfter
    | WriteSkipped | ChangedInPlace | HookBypassed
    | KeyUnset | HalfKept | WriteOverwritten | AnsweredStale | ParentTaken
    | OperatorMisplaced | QueryDiscarded | RowsMultiplied | CountedApart | OrderLeftOpen
    | InputUnused | ConditionAmiss | DirectionSwapped | ChildMismatched | RowsDropped
)  # fmt: skip


About = TypeVar(
    "About", ObjectLeft, TableMissing, NameUnknown, FirstConnection,
    ImplicitAccess, Overlap, OutOfPlace, UsedClosed, PoolDrained, NeverAwaited, NeverSetUp,
    RowsAssumed,
    StatementRefused, SchemaDrift, DatetimeMixed, Contended, MappingDeclared, ObjectMisused,
    ValueUnmapped,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One outcome and everything that was derived from its events.

    outcome: its id. failing: it ended badly. checked: it failed by a check on a value, not by an
    exception of the app. failed_us: when. orms: which ORM the events of its statements and errors
    are about, by event; orm: the one that all of them are about.
    """

    outcome: str
    failing: bool
    checked: bool = False
    failed_us: int | None = None
    signals: Sequence[Signal] = field(default_factory=tuple)
    orm: str | None = None
    orms: Mapping[str, str] = field(default_factory=dict[str, str])

    def orm_of(self, evidence: Sequence[Signal]) -> str | None:
        """The ORM that a finding's evidence is about, None where that is not to be told."""
        for signal in evidence:
            for event in signal.events:
                if event in self.orms:
                    return self.orms[event]
        return self.orm

    def raised(self) -> list[Raised]:
        return [signal for signal in self.signals if isinstance(signal, Raised)]

    def about(self, kind: type[About], error: str) -> About | None:
        """What a detector found out about one error."""
        for signal in self.signals:
            if isinstance(signal, kind) and signal.error == error:
                return signal
        return None
