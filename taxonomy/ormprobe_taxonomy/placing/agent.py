"""How the agent ended, where what it left cannot have been meant as finished.

An agent that runs one command over and over with one result, or that was cut off, has not failed at
any layer: nothing was ever handed in. Its end counts only where the program did not serve.
"""

from __future__ import annotations

from collections.abc import Iterator

from ormprobe_taxonomy.finished import Evidence, Finished
from ormprobe_taxonomy.placement import Placement
from ormprobe_taxonomy.terms import Category, Certainty

LOOP = 8
"""How often one command with one result is a loop: people and agents retry a few times."""


def rule(run: Finished) -> Iterator[Placement]:
    unfinished = run.submitted is False
    if run.turns is None or run.answered or not (unfinished or run.limit or run.files == 0):
        return
    everything = tuple(each.position for each in run.failed())
    if run.repeats >= LOOP:
        says = f"one command was run {run.repeats} times with one result, and nothing handed in"
        yield _placed(Category.STUCK_IN_LOOP, says, everything)
    elif unfinished or run.limit:
        how = "a limit ended it" if run.limit else "it ended without handing anything in"
        says = f"the agent took {run.turns} turns, and {how}"
        yield _placed(Category.PREMATURE_TERMINATION, says, everything)


def _placed(category: Category, says: str, positions: tuple[int, ...]) -> Placement:
    return Placement(
        category=category,
        rule=category.value.replace("_", "-"),
        certainty=Certainty.LIKELY,
        positions=positions,
        evidence=(Evidence(signal="AgentEnded", says=says),),
        whole=True,
    )
