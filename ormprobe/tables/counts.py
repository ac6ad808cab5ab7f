"""Runs counted: one pass over the records, memory by the number of groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ormprobe.runs.record import RunRecord
from ormprobe.tables.terms import (
    DATA_LAYER,
    DATA_LAYER_AND_STATE,
    LOGIC_ERROR,
    UNDETERMINED,
    UNKNOWN,
    Ending,
    category_of,
    ending,
    level_of,
    subcategory_of,
)


@dataclass(slots=True)
class Tally:
    """What was found in a group of runs. All but `endings` and `defects` count failed runs.

    causes: by the primary label's cause; runs without one are not in it. defects: causes of runs
    in which nothing failed. certainties: of the primary label, `undetermined` where there is none.
    """

    endings: Counter[Ending] = field(default_factory=Counter[Ending])
    categories: Counter[str] = field(default_factory=Counter[str])
    subcategories: Counter[str] = field(default_factory=Counter[str])
    causes: Counter[str] = field(default_factory=Counter[str])
    certainties: Counter[str] = field(default_factory=Counter[str])
    defects: Counter[str] = field(default_factory=Counter[str])

    def take(self, record: RunRecord) -> None:
        how = ending(record)
        self.endings[how] += 1
        if how is Ending.DEFECTIVE and record.cause:
            self.defects[record.cause] += 1
        if how is not Ending.FAILED:
            return
        self.categories[category_of(record)] += 1
        self.certainties[record.certainty or UNDETERMINED] += 1
        if subcategory := subcategory_of(record):
            self.subcategories[subcategory] += 1
        if record.cause:
            self.causes[record.cause] += 1

    @property
    def runs(self) -> int:
        return self.endings.total()

    @property
    def failed(self) -> int:
        return self.endings[Ending.FAILED]

    @property
    def passed(self) -> int:
        """Runs in which nothing failed, with those in which a defect is certain."""
        return self.endings[Ending.PASSED] + self.endings[Ending.DEFECTIVE]

    @property
    def logic_errors(self) -> int:
        return self.categories[LOGIC_ERROR]

    @property
    def data_layer(self) -> int:
        """Logic errors at the data layer, as the paper adds them up."""
        return sum(self.subcategories[name] for name in DATA_LAYER)

    @property
    def data_layer_and_state(self) -> int:
        return sum(self.subcategories[name] for name in DATA_LAYER_AND_STATE)


Model = tuple[str, str]
"""Agent and model."""


@dataclass(slots=True)
class Groups:
    """Runs, and the same by what they have in common. Keys are in no order."""

    all: Tally = field(default_factory=Tally)
    models: dict[Model, Tally] = field(default_factory=dict[Model, Tally])
    frameworks: dict[str, Tally] = field(default_factory=dict[str, Tally])
    levels: dict[str, Tally] = field(default_factory=dict[str, Tally])

    def take(self, record: RunRecord) -> None:
        model = (record.agent or UNKNOWN, record.model or UNKNOWN)
        for tally in (
            self.all,
            self.models.setdefault(model, Tally()),
            self.frameworks.setdefault(record.framework or UNKNOWN, Tally()),
            self.levels.setdefault(level_of(record), Tally()),
        ):
            tally.take(record)


@dataclass(slots=True)
class Counts(Groups):
    """All runs, and those of each runtime apart."""

    runtimes: dict[str, Groups] = field(default_factory=dict[str, Groups])

    def take(self, record: RunRecord) -> None:
        Groups.take(self, record)  # super() knows no class that slots have made anew
        self.runtimes.setdefault(record.runtime or UNKNOWN, Groups()).take(record)


def count(records: Iterable[RunRecord]) -> Counts:
    counts = Counts()
    for record in records:
        counts.take(record)
    return counts


def names_of(models: Iterable[Model]) -> dict[Model, str]:
    """What each model is called: by its name, with the agent before it where it has several."""
    wanted = sorted(set(models))
    agents = Counter(model for _, model in wanted)
    return {
        (agent, model): model if agents[model] == 1 else f"{agent}/{model}"
        for agent, model in wanted
    }
